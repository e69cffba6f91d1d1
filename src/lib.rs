//! Sahihi: a closed-dataset FAQ engine. It answers with reviewed texts or not at all.

pub mod analysis;
pub mod config;
pub mod corpus;
pub mod engine;
pub mod eval;
pub mod index;
pub mod retrieval;
