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

mod aaq;
mod access;
mod approval;
mod browse;
mod browser;
mod bulk;
mod calibrate;
mod catalogue;
mod chat;
mod connection;
mod corpus;
mod deep;
mod dialogue;
mod eval;
mod explain;
mod export;
mod forgetting;
mod hostile;
mod http;
mod import;
mod inbox;
mod layering;
mod metrics;
mod openapi;
mod postgres;
mod regressions;
mod reload;
mod review;
mod reviewing;
mod safety;
mod search;
mod settings;
mod snapshot;
mod state;
mod support;
mod tree;
mod walk;
