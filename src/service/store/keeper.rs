//! What the store does by itself: write what waits, come back to a database that was away, forget
//! what is old.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::database::{Pool, on};
use super::{Error, Store};
use crate::config;

/// How long a write waits at most for its batch. What a kill may lose is names of queries this young;
/// longer batches sync less often and write the pages of an index they share once.
const BATCH_EVERY: Duration = Duration::from_millis(250);
const PROBE_EVERY: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// When the clock has moved that many seconds more or less than time has, it was set, and what is
/// old by it may not be.
const STEADY_SECONDS: i64 = 3_600;

impl Store {
    /// Takes care of the store for as long as it is polled; the service runs it beside its work.
    pub async fn keep(&self) {
        let (mut batch, mut probe) = (interval(BATCH_EVERY), interval(PROBE_EVERY));
        let mut sweep = interval(SWEEP_EVERY);
        for timer in [&mut batch, &mut probe, &mut sweep] {
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let start = (Instant::now(), config::now());
        loop {
            tokio::select! {
                _ = batch.tick() => drop(self.flush().await),
                () = self.inner.pending.wake.notified() => drop(self.flush().await),
                _ = probe.tick() => self.come_back().await,
                _ = sweep.tick() => {
                    let now = config::now();
                    let passed = start.0.elapsed();
                    if is_steady(now - start.1, passed) {
                        self.sweep_and_say(now).await;
                    } else {
                        tracing::warn!("the clock was set; nothing is forgotten until a restart");
                    }
                }
            }
        }
    }

    async fn come_back(&self) {
        if self.inner.place.is_gone()
            && let Some(removed) = self.inner.pool.swap(None)
        {
            tracing::error!(place = self.place(), "the state was removed; a new one is made");
            self.inner.away.store(true, Ordering::Relaxed);
            // First: at its close SQLite removes a log of that name, which would be the new one's.
            on!(&*removed, db => db.close().await);
        }
        if !self.is_away() {
            return;
        }
        match self.connect().await {
            Ok(()) => tracing::info!(place = self.place(), "the state is back"),
            Err(error @ (Error::Migrate { .. } | Error::Privacy(_))) => {
                tracing::error!(%error, "the state stays away");
            }
            Err(error) => tracing::debug!(%error, "the state is still away"),
        }
    }

    async fn sweep_and_say(&self, now: i64) {
        match self.sweep(now).await {
            Ok(swept) => tracing::debug!(?swept, "what was old is forgotten"),
            Err(error) => tracing::warn!(%error, "what is old could not be forgotten"),
        }
    }
}

/// Whether the clock has moved about as much as time has.
fn is_steady(clock_seconds: i64, passed: Duration) -> bool {
    let passed = i64::try_from(passed.as_secs()).unwrap_or(i64::MAX);
    clock_seconds.abs_diff(passed) <= STEADY_SECONDS.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_not_steady() {
        let hour = Duration::from_secs(3_600);
        assert!(is_steady(3_600, hour));
        assert!(is_steady(3_590, hour));
        assert!(!is_steady(400 * 24 * 3_600, hour));
        assert!(!is_steady(-24 * 3_600, hour));
    }
}
