//! Evaluation: how good an engine is, on questions with judgments.
//!
//! It drives the same [`crate::engine::Engine`] as the service.

pub mod judgment;
pub mod measure;
pub mod run;
pub mod summary;
