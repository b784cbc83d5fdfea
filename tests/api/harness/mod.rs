//! What every test stands on.

mod app;
mod client;
mod local;
mod log;
mod postgres;
mod served;
mod sources;
mod sqlite;
mod texts;
mod world;

pub use app::{METRICS_TOKEN, SIGNER, Setup, TestApp};
pub use client::{Answer, Client};
pub use local::{Heard, Local};
pub use log::Log;
pub use postgres::{OWNER, SERVANT, as_role, database as postgres_url};
pub use served::Served;
pub use sources::sources;
pub use texts::Texts;
pub use world::{Pair, Person};

/// Whether a test may not go without what this setting speaks of.
#[expect(clippy::disallowed_methods, reason = "the tests' own settings")]
pub fn is_required(setting: &str) -> bool {
    std::env::var(setting).is_ok_and(|value| value == "required")
}

/// Writes each test twice: `…::sqlite` and `…::postgres`. Begun with `set up by <Setup>;` each of
/// them has a service with that set-up.
macro_rules! on_both_engines {
    (set up by $setup:expr; $($(#[doc = $doc:literal])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        $(#[doc = $doc])*
        mod $name {
            use super::*;

            #[actix_web::test]
            async fn sqlite() {
                let $app = TestApp::on_sqlite_with($setup).await;
                run(&$app).await;
                $app.stop().await;
            }

            #[actix_web::test]
            async fn postgres() {
                let Some($app) = TestApp::on_postgres_with($setup).await else { return };
                run(&$app).await;
                $app.stop().await;
            }

            async fn run($app: &TestApp) $body
        }
    )+};
    ($($(#[doc = $doc:literal])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {
        on_both_engines! { set up by $crate::harness::Setup::default(); $($(#[doc = $doc])* async fn $name($app: TestApp) $body)+ }
    };
}
