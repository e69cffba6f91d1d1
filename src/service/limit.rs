//! How many requests a minute: one bucket a key, one an address. No clock can be set under it.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// A limit of requests a minute for each `K`; no limit when it is 0.
#[derive(Debug)]
pub(super) struct Limit<K: Hash + Eq + Clone> {
    buckets: Option<DefaultKeyedRateLimiter<K>>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    pub(super) fn per_minute(n_requests: u32) -> Self {
        let quota = NonZeroU32::new(n_requests).map(Quota::per_minute);
        Self { buckets: quota.map(RateLimiter::keyed), clock: DefaultClock::default() }
    }

    /// Counts a request; how long to wait when there were too many.
    pub(super) fn count(&self, key: &K) -> Result<(), Duration> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        buckets.check_key(key).map_err(|full| full.wait_time_from(self.clock.now()))
    }

    /// Forgets who has not come for a while.
    pub(super) fn tidy(&self) {
        if let Some(buckets) = &self.buckets {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

/// What counts as one address: of IPv6 the network, as a household has a whole one.
pub(super) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => IpAddr::V6((it.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_bucket() {
        let limit = Limit::per_minute(2);
        assert!(limit.count(&"a").is_ok());
        assert!(limit.count(&"a").is_ok());
        let wait = limit.count(&"a").unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(30), "{wait:?}");
        assert!(limit.count(&"b").is_ok());
        assert!(Limit::per_minute(0).count(&"a").is_ok());
    }

    #[test]
    fn one_network_is_one_household() {
        let of = |text: &str| household(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
