//! Any text as a question: one decision, the same twice, with an explanation.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sahihi::engine::Engine;
use sahihi::retrieval::{Profile, Query};
use sahihi_fuzz::{TODAY, small_engine};

static ENGINE: LazyLock<Engine> = LazyLock::new(small_engine);

fuzz_target!(init: { LazyLock::force(&ENGINE); }, |text: &str| {
    let profile = Profile::default();
    let query = Query { text, language: None, profile: &profile, limit: 5, today: TODAY };
    let decision = ENGINE.decide(&query);
    let again = ENGINE.decide(&query);
    assert_eq!(format!("{decision:?}"), format!("{again:?}"), "two decisions for one question");
    assert!((0.0..=1.0).contains(&decision.confidence.value()));
    drop(ENGINE.explain(&query, &decision));
});
