//! The addresses that webhooks may have: public ones, by https, on two ports. Otherwise an admin could use the service
//! to reach internal systems (SSRF).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Ports of public receivers.
const PORTS: [u16; 2] = [443, 8443];

/// Which addresses the service may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedAddresses {
    /// Public addresses, by https.
    Public,
    /// Any address, also by http: for laptops and tests.
    Anywhere,
}

impl AllowedAddresses {
    /// Checks an address as far as possible before its name is resolved. `Err`: what is wrong with it.
    pub fn check(self, address: &str) -> Result<Url, &'static str> {
        // The parser knows every form of a numeric address that a resolver accepts.
        let url = Url::parse(address).map_err(|_| "must be a web address such as https://example.com/hooks")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a user name or password");
        }
        if self == Self::Anywhere {
            return if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err("must be http or https") };
        }
        if url.scheme() != "https" {
            return Err("must be https");
        }
        if !url.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
            return Err("must be on port 443 or 8443");
        }
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_fine = match literal {
            Ok(ip) => self.allows(ip),
            Err(_) => !is_here(host),
        };
        if is_fine {
            Ok(url)
        } else {
            Err("must be a public address, not an address of this machine or of a private network")
        }
    }

    /// Whether the service may connect to this IP address.
    pub fn allows(self, ip: IpAddr) -> bool {
        self == Self::Anywhere
            || match ip {
                IpAddr::V4(ip) => is_public_v4(ip),
                IpAddr::V6(ip) => is_public_v6(ip),
            }
    }
}

/// Whether a name means this machine (RFC 6761 §6.3).
fn is_here(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Networks that are not public, from the registry of special addresses (RFC 6890): address and number of bits.
const NOT_PUBLIC: [(Ipv4Addr, u8); 16] = [
    // This network, this machine.
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Private.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared by the customers of a carrier (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Link-local, where clouds serve credentials; and the address of the host in one cloud.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Protocol assignments, and 6to4 relays.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Benchmarks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast; reserved and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    !NOT_PUBLIC.iter().any(|(network, bits)| (ip.to_bits() ^ network.to_bits()) >> (32 - bits) == 0)
}

/// Whether an IPv6 address is public: in the assigned range (`2000::/3`), without ranges for special use. So mapped and
/// compatible IPv4, NAT64, private, local and multicast addresses are not public.
const fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        // Protocols with Teredo, documentation, 6to4, documentation again.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_called() {
        for fine in [
            "https://example.com",
            "https://example.com:8443/hooks?for=mentorship",
            "https://EXAMPLE.com./hooks",
            "https://bücher.example/",
            "https://8.8.8.8/",
            "https://100.63.255.255/",
            "https://100.128.0.0/",
            "https://172.15.0.1/",
            "https://172.32.0.1/",
            "https://[2606:4700:4700::1111]/",
            "https://[2001:200::1]/",
            "https://localhost.example.com/",
        ] {
            assert!(AllowedAddresses::Public.check(fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn the_setting_for_laptops_allows_every_web_address() {
        for fine in ["http://localhost:3000/hooks", "http://127.0.0.1:1/", "https://10.0.0.1:9000", "http://[::1]/"] {
            assert!(AllowedAddresses::Anywhere.check(fine).is_ok(), "{fine}");
        }
        for wrong in ["ftp://example.com", "file:///etc/passwd", "http://ada:x@localhost/", "localhost:3000"] {
            assert!(AllowedAddresses::Anywhere.check(wrong).is_err(), "{wrong}");
        }
    }
}
