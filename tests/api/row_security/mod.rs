//! Row security of PostgreSQL: the service works behind it, and it holds where the service's own
//! policy is not asked.

mod blocks;
mod inert;
mod wall;

use crate::harness::{Setup, TestApp};
use crate::matrix;

async fn walled() -> Option<TestApp> {
    TestApp::on_postgres_with(Setup { has_row_security: true, ..Setup::default() }).await
}

/// Every operation of the document, as everybody: done by whom it is for, refused to all others.
#[actix_web::test]
async fn everything_works_behind_the_wall() {
    let Some(app) = walled().await else { return };
    matrix::check(&app).await;
    app.stop().await;
}
