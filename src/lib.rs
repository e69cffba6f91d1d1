//! Sahihi: a closed-dataset FAQ engine. It answers with reviewed texts or not at all.
//!
//! Two paths run through the layers. *Build*: [`corpus`] files become an [`index`] and what
//! [`retrieval`] learns, put down as one snapshot. *Answer*: a question goes through [`analysis`]
//! and [`retrieval`] to one decision, which [`service`] puts on the wire; [`dialogue`] makes a
//! conversation of it.
//!
//! ```
//! use sahihi::config::Config;
//! use sahihi::engine::{self, Engine};
//! use sahihi::retrieval::{Profile, Query};
//!
//! # let folder = tempfile::tempdir()?;
//! # let corpus = folder.path().join("corpus");
//! # std::fs::create_dir(&corpus)?;
//! # let line = r#"{"id":"clinic","phrasings":[{"lang":"en","text":"Where is the clinic?"}],"answer":"By the market."}"#;
//! # std::fs::write(corpus.join("entries.jsonl"), line)?;
//! let today = time::macros::date!(2026 - 11 - 22);
//! let index = folder.path().join("index");
//! let config = Config { corpus, index, trust: true, ..Config::new(today) };
//! engine::build(&config)?;
//! let engine = Engine::open(&config)?;
//! let query = Query {
//!     text: "where can I find the clinic",
//!     language: None,
//!     profile: &Profile::default(),
//!     limit: 5,
//!     today,
//! };
//! let decision = engine.decide(&query);
//! assert_eq!(decision.candidates[0].entry.as_str(), "clinic");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod analysis;
pub mod config;
pub mod corpus;
pub mod dialogue;
pub mod engine;
pub mod eval;
pub mod exchange;
pub mod index;
pub mod release;
pub mod retrieval;
pub mod service;
