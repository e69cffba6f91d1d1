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
mod deploy;
mod dialogue;
mod eval;
mod explain;
mod export;
mod faults;
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
mod release;
mod reload;
mod replicas;
mod review;
mod reviewing;
mod s3;
mod safety;
mod search;
mod settings;
mod snapshot;
mod state;
mod support;
mod translation;
mod tree;
mod walk;
