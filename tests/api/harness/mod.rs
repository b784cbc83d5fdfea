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

/// Makes two tests of one: `…::sqlite` and `…::postgres`. Write it as `#[apply(on_both_engines!)]`. With
/// `#[set_up_by(<Setup>)]` below it, the service of each has that set-up.
macro_rules! on_both_engines {
    ($(#[doc = $doc:literal])* #[set_up_by($setup:expr)] async fn $name:ident($app:ident: TestApp) $body:block) => {
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
    };
    ($(#[doc = $doc:literal])* async fn $name:ident($app:ident: TestApp) $body:block) => {
        on_both_engines! {
            $(#[doc = $doc])*
            #[set_up_by($crate::harness::Setup::default())]
            async fn $name($app: TestApp) $body
        }
    };
}
