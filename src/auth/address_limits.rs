//! Limits the requests without a valid token that one address may send. A request is charged before any work is done
//! for it. The charge is given back if its token is accepted, so only failures count.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Number of addresses that are counted separately; further addresses share one count.
const MOST_ADDRESSES: usize = 20_000;

/// The failures of each address.
#[derive(Debug)]
pub struct AddressLimits {
    per_minute: NonZeroU32,
    debts: Mutex<HashMap<IpAddr, Debt>>,
}

/// Failures that still count, at a point in time.
#[derive(Clone, Copy, Debug)]
struct Debt {
    failures: f64,
    at: Instant,
}

/// The network that one request was charged to.
#[derive(Clone, Copy, Debug)]
pub struct Charge(IpAddr);

impl AddressLimits {
    /// Allows each address `per_minute` failures per minute, which may come at once.
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self { per_minute, debts: Mutex::default() }
    }

    /// Charges a request. `Err`: the address has failed too often and has to wait this long.
    pub fn charge(&self, address: IpAddr) -> Result<Charge, Duration> {
        let (mut debts, now) = (self.debts(), Instant::now());
        let mut network = network_of(address);
        if debts.len() >= MOST_ADDRESSES && !debts.contains_key(&network) {
            debts.retain(|_, debt| self.left(*debt, now) > 0.0);
            if debts.len() >= MOST_ADDRESSES {
                // All further addresses share one count.
                network = Ipv4Addr::UNSPECIFIED.into();
            }
        }
        let failures = debts.get(&network).map_or(0.0, |debt| self.left(*debt, now));
        let most = f64::from(self.per_minute.get());
        if failures + 1.0 > most {
            return Err(Duration::from_secs_f64((failures + 1.0 - most) * 60.0 / most));
        }
        debts.insert(network, Debt { failures: failures + 1.0, at: now });
        Ok(Charge(network))
    }

    /// Gives a charge back, because the token was accepted.
    pub fn give_back(&self, Charge(network): Charge) {
        if let Some(debt) = self.debts().get_mut(&network) {
            debt.failures = (debt.failures - 1.0).max(0.0);
        }
    }

    /// Forgets addresses whose failures no longer count.
    pub fn tidy(&self) {
        let now = Instant::now();
        self.debts().retain(|_, debt| self.left(*debt, now) > 0.0);
    }

    fn left(&self, debt: Debt, now: Instant) -> f64 {
        let forgotten = now.duration_since(debt.at).as_secs_f64() * f64::from(self.per_minute.get()) / 60.0;
        (debt.failures - forgotten).max(0.0)
    }

    fn debts(&self) -> MutexGuard<'_, HashMap<IpAddr, Debt>> {
        self.debts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The network of an address. An IPv6 subscriber has a whole /64, so it counts as one address.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> AddressLimits {
        AddressLimits::new(NonZeroU32::new(3).expect("not zero"))
    }

    #[test]
    fn failures_of_one_network_add_up_and_others_are_free() {
        let limits = three();
        for address in ["2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:db8:1:2::3"] {
            limits.charge(address.parse().expect("an address")).expect("there is room");
        }
        let wait = limits.charge("2001:db8:1:2::4".parse().expect("an address")).expect_err("it is full");
        assert!(wait > Duration::from_secs(15) && wait <= Duration::from_secs(20), "{wait:?}");
        limits.charge("2001:db8:1:3::1".parse().expect("an address")).expect("another network");
        for address in ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"] {
            limits.charge(address.parse().expect("an address")).expect("there is room");
        }
        limits.charge("::ffff:192.0.2.1".parse().expect("an address")).expect_err("it is the same address");
    }

    #[test]
    fn an_accepted_request_costs_nothing() {
        let limits = three();
        for _ in 0..100 {
            let charge = limits.charge(Ipv4Addr::LOCALHOST.into()).expect("there is room");
            limits.give_back(charge);
        }
        limits.tidy();
        assert!(limits.debts().is_empty());
    }

    #[test]
    fn the_number_of_counted_addresses_is_bounded() {
        let limits = three();
        for number in 0..30_000_u32 {
            let _ = limits.charge(Ipv4Addr::from(number + 1).into());
        }
        assert!(limits.debts().len() <= MOST_ADDRESSES + 1);
    }
}
