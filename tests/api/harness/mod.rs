//! What every test stands on.

mod app;
mod client;
mod postgres;
mod world;

pub use app::TestApp;
pub use client::{Answer, Client};
pub use world::{Pair, Person};

/// Writes each test twice: `…::sqlite` and `…::postgres`.
macro_rules! on_both_engines {
    ($($(#[doc = $doc:literal])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        $(#[doc = $doc])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[actix_web::test]
            async fn sqlite() {
                let $app = TestApp::on_sqlite().await;
                run(&$app).await;
                $app.stop().await;
            }

            #[actix_web::test]
            async fn postgres() {
                let Some($app) = TestApp::on_postgres().await else { return };
                run(&$app).await;
                $app.stop().await;
            }

            async fn run($app: &TestApp) $body
        }
    )+};
}
