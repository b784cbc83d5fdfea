//! The address that a request comes from. The header of a proxy counts only if the proxy is trusted.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use ipnet::IpNet;

/// How to find the address of a client.
#[derive(Clone, Debug)]
pub struct ClientAddress {
    header: HeaderName,
    proxies: Vec<IpNet>,
}

impl Default for ClientAddress {
    fn default() -> Self {
        Self::behind(Vec::new())
    }
}

impl ClientAddress {
    /// Trusts `X-Forwarded-For` of these proxies. Without proxies the address is the address of the connection.
    pub const fn behind(proxies: Vec<IpNet>) -> Self {
        Self { header: HeaderName::from_static("x-forwarded-for"), proxies }
    }

    /// The address of the client: the last address in the chain that is not a trusted proxy.
    pub(super) fn of(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip().to_canonical());
        let lines = request.headers().get_all(&self.header).filter_map(|line| line.to_str().ok());
        let named: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let mut address = peer;
        for hop in named.into_iter().rev() {
            if !self.is_trusted(address) {
                break;
            }
            let Ok(hop) = hop.parse::<IpAddr>() else { break };
            address = hop.to_canonical();
        }
        address
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxy| proxy.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(proxies: &[&str], peer: &str, lines: &[&str]) -> String {
        let proxies = proxies.iter().map(|net| net.parse().expect("a network")).collect();
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().expect("an address"));
        for line in lines {
            request = request.append_header(("x-forwarded-for", *line));
        }
        ClientAddress::behind(proxies).of(&request.to_http_request()).to_string()
    }

    #[test]
    fn only_trusted_proxies_may_state_the_address() {
        assert_eq!(seen(&[], "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(seen(&["10.0.0.0/8"], "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.1.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.1.1", &["1.1.1.1, 198.51.100.7, 10.2.2.2"]), "198.51.100.7");
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.1.1", &["1.1.1.1", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.1.1", &["unknown"]), "10.1.1.1");
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.1.1", &[]), "10.1.1.1");
    }
}
