//! `mentorship health`: asks a running service whether it is ready, for the health check of a container.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

/// Settings of the command.
#[derive(Clone, Debug, Args)]
pub struct HealthSettings {
    /// Address that the service listens on.
    #[arg(long, env = "MENTORSHIP_ADDRESS", default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    pub address: SocketAddr,
}

/// Succeeds if the service is ready.
pub async fn run(settings: &HealthSettings) -> ExitCode {
    match ask(settings.address).await {
        Ok(status) if status.is_success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!(
                "not ready: http://{}/health/ready answers {status}; see the log of the service",
                settings.address
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!(
                "not ready: no answer from {}: {error}; check --address, and that the service runs",
                settings.address
            );
            ExitCode::FAILURE
        }
    }
}

async fn ask(mut address: SocketAddr) -> reqwest::Result<reqwest::StatusCode> {
    // A service that listens on every address is asked at this machine's own address.
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    let client = reqwest::Client::builder().timeout(Duration::from_secs(3)).no_proxy().build()?;
    Ok(client.get(format!("http://{address}/health/ready")).send().await?.status())
}
