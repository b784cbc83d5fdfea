//! Asking a running service whether it is ready, for container health checks.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

/// What to ask.
#[derive(Clone, Debug, Args)]
pub struct HealthSettings {
    /// Address of the readiness check.
    #[arg(
        long,
        env = "MENTORSHIP_HEALTH_URL",
        default_value = "http://127.0.0.1:8080/health/ready",
        value_name = "URL"
    )]
    pub url: String,
}

/// Success if the service is ready.
pub async fn run(settings: &HealthSettings) -> ExitCode {
    match ask(&settings.url).await {
        Ok(status) if status.is_success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("not ready: {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("not ready: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn ask(url: &str) -> reqwest::Result<reqwest::StatusCode> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(3)).no_proxy().build()?;
    Ok(client.get(url).send().await?.status())
}
