//! Any bytes as the body of a request.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sahihi::service::chat::ChatRequest;
use sahihi::service::feedback::FeedbackRequest;
use sahihi::service::scrub;
use sahihi::service::wire::SearchRequest;

fuzz_target!(|bytes: &[u8]| {
    drop(serde_json::from_slice::<SearchRequest>(bytes));
    drop(serde_json::from_slice::<ChatRequest>(bytes));
    drop(serde_json::from_slice::<FeedbackRequest>(bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(scrub::scrub(text));
    }
});
