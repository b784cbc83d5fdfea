//! Asking a running service whether it is ready, for container health checks.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

/// What to ask.
#[derive(Clone, Debug, Args)]
pub struct HealthSettings {
    /// Address that the service listens on.
    #[arg(long, env = "MENTORSHIP_ADDRESS", default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    pub address: SocketAddr,
}

/// Success if the service is ready.
pub async fn run(settings: &HealthSettings) -> ExitCode {
    match ask(settings.address).await {
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

async fn ask(mut address: SocketAddr) -> reqwest::Result<reqwest::StatusCode> {
    // A service that listens on every address is asked on this machine's own.
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    let client = reqwest::Client::builder().timeout(Duration::from_secs(3)).no_proxy().build()?;
    Ok(client.get(format!("http://{address}/health/ready")).send().await?.status())
}
