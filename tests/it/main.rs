//! The integration tests: one binary, one module per feature.
//!
//! Each module lists the properties it tests. Nothing here reaches the network beyond 127.0.0.1,
//! sleeps, or reads the clock to decide what is right.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed test panics; that is its report"
)]

mod bulk;
mod calibrate;
mod connection;
mod corpus;
mod eval;
mod hostile;
mod http;
mod layering;
mod regressions;
mod review;
mod safety;
mod search;
mod snapshot;
mod support;
mod translation;
