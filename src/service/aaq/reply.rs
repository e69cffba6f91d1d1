//! The reply of a search as Ask-A-Question clients read it.
//!
//! Results are an object keyed "0", "1", …, and there are three where the corpus has three: flows
//! read the first three without looking whether they are there. In danger all of them are the
//! referral, so that whatever a flow shows is help.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::corpus::{Corpus, DangerClass, Digest, Entry, Text};
use crate::engine::Engine;
use crate::retrieval::{Decision, Outcome, Profile, Query};
use crate::service::store::QueryRecord;
use crate::service::wire::{SearchReply, View};

/// Results in a reply where there are as many.
const RESULTS: usize = 4;
/// Results that flows read without looking.
const READ_BLINDLY: usize = 3;

/// The reply of `POST /api/search`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AaqReply {
    /// The name of this query, for feedback.
    #[schema(example = 1_528_077_312)]
    query_id: i64,
    /// The secret that feedback must carry.
    feedback_secret_key: String,
    /// As it was sent.
    session_id: Option<i64>,
    /// The text to send: the answer, the question back, or the referral.
    llm_response: Option<String>,
    /// Always null: there is no chat history.
    message_type: Option<String>,
    /// What may be meant, best first, keyed "0", "1", …; in danger each is the referral.
    search_results: BTreeMap<String, AaqResult>,
    /// Why it was decided so.
    debug_info: Debug,
    /// `final`, or `error` with status 400.
    #[schema(example = "final")]
    state: &'static str,
    /// With status 400, `unable_to_generate_response`.
    error_type: Option<&'static str>,
    /// With status 400, a reviewed sentence to show.
    error_message: Option<String>,
    /// What to do: `answer`, `clarify`, `tree` or `urgent`.
    #[schema(value_type = String, example = "answer")]
    decision: Outcome,
    /// Probability that the first result is right.
    confidence: f64,
    /// A ready text for flows that cannot branch.
    message: Option<String>,
    /// The titles of the results as a numbered list, one a line; empty in danger.
    #[schema(example = "1. Missed pills\n2. Torn condom")]
    options_text: String,
    /// Whether the corpus is a demonstration that was not clinically reviewed.
    sample: bool,
}

/// One result.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct AaqResult {
    /// The integer name of the entry; the same after a restart.
    id: i64,
    /// Its title.
    title: String,
    /// Its answer, byte for byte as approved.
    text: String,
    /// 1 − confidence: smaller is better.
    distance: f64,
}

/// Why it was decided so.
#[derive(Debug, Serialize, ToSchema)]
struct Debug {
    /// The stable name of the reason.
    #[schema(example = "confident")]
    reason: &'static str,
    /// Most likely language of the question.
    original_language: Option<String>,
    /// Where to go on in the decision tree.
    #[schema(value_type = Option<Object>)]
    tree: serde_json::Value,
}

impl AaqReply {
    /// The reply to a decision; `strict` makes errors of all that is no answer and no danger.
    pub(super) fn new(
        reply: SearchReply,
        results: Vec<AaqResult>,
        record: QueryRecord,
        strict: bool,
    ) -> Self {
        let in_danger = reply.decision == Outcome::Urgent;
        let fails = strict && matches!(reply.decision, Outcome::Clarify | Outcome::Tree);
        let text = match reply.decision {
            Outcome::Answer => reply.answer.map(|it| it.text),
            Outcome::Clarify | Outcome::Tree | Outcome::Urgent => reply.message.clone(),
        };
        Self {
            query_id: record.alias,
            feedback_secret_key: record.secret,
            session_id: None,
            llm_response: text.filter(|_| !fails),
            message_type: None,
            options_text: if in_danger { String::new() } else { numbered(&results) },
            search_results: (0..).zip(results).map(|(at, it)| (keyed(at), it)).collect(),
            debug_info: Debug {
                reason: reply.reason,
                original_language: reply.language.question.as_ref().map(ToString::to_string),
                tree: serde_json::to_value(&reply.tree).unwrap_or_default(),
            },
            state: if fails { "error" } else { "final" },
            error_type: fails.then_some("unable_to_generate_response"),
            error_message: reply.message.clone().filter(|_| fails),
            decision: reply.decision,
            confidence: reply.confidence,
            message: reply.message,
            sample: reply.sample,
        }
    }

    /// The same reply with the session the client named.
    pub(super) fn in_session(self, session_id: Option<i64>) -> Self {
        Self { session_id, ..self }
    }

    /// Whether it is sent with status 400.
    pub(super) fn is_error(&self) -> bool {
        self.error_type.is_some()
    }
}

/// The results of a reply.
pub(super) fn results(
    engine: &Engine,
    query: &Query<'_>,
    decision: &Decision,
    reply: &SearchReply,
) -> Vec<AaqResult> {
    let corpus = engine.corpus();
    match decision.outcome {
        Outcome::Urgent => referral(corpus, reply),
        _ => candidates(&View::of(corpus, query, decision), query.profile, reply),
    }
}

/// The candidates; where they are too few, one entry a topic follows them at the full distance.
fn candidates(view: &View<'_>, profile: &Profile, reply: &SearchReply) -> Vec<AaqResult> {
    let corpus = view.corpus;
    let mut taken: Vec<&Entry> = Vec::new();
    let mut results = Vec::new();
    for candidate in &reply.candidates {
        let Some(entry) = corpus.entry(&candidate.entry) else { continue };
        if let (Some((_, text)), true) = (view.text(entry), results.len() < RESULTS) {
            results.push(result(entry, text, 1.0 - candidate.confidence));
            taken.push(entry);
        }
    }
    let first_of = |topic: &str| corpus.entries.iter().find(|it| it.topic == topic);
    let of_topics = corpus.topics.iter().filter_map(|topic| first_of(&topic.id));
    for entry in of_topics.chain(&corpus.entries) {
        if results.len() >= READ_BLINDLY {
            break;
        }
        let is_new = !taken.iter().any(|it| it.id == entry.id) && profile.barrier(entry).is_none();
        if let (Some((_, text)), true) = (view.text(entry), is_new) {
            results.push(result(entry, text, 1.0));
            taken.push(entry);
        }
    }
    results
}

fn result(entry: &Entry, text: &Text, distance: f64) -> AaqResult {
    let title = if text.title.is_empty() { &text.question } else { &text.title };
    AaqResult {
        id: i64::from(entry.alias()),
        title: title.clone(),
        text: text.answer.clone(),
        distance: (distance * 10_000.0).round() / 10_000.0,
    }
}

/// The referral, as often as flows read blindly.
fn referral(corpus: &Corpus, reply: &SearchReply) -> Vec<AaqResult> {
    let Some(referral) = &reply.referral else { return Vec::new() };
    let result = AaqResult {
        id: number_of(referral.class),
        title: title(corpus, reply, referral.class),
        text: reply.message.clone().unwrap_or_default(),
        distance: 0.0,
    };
    vec![result; READ_BLINDLY]
}

/// The title of a red flag in the language of the referral, else in any.
pub(super) fn title(corpus: &Corpus, reply: &SearchReply, class: DangerClass) -> String {
    let lang = reply.referral.as_ref().and_then(|it| it.language.as_ref());
    let flags = || corpus.red_flags.iter().filter(|it| it.class == class);
    let flag = flags().find(|it| Some(&it.lang) == lang).or_else(|| flags().next());
    flag.map_or_else(|| class.to_string(), |it| it.title.clone())
}

/// The integer name of a referral, made like that of an entry.
pub(super) fn number_of(class: DangerClass) -> i64 {
    i64::from(Digest::of(format!("redflag/{class}").as_bytes()).low_bits() & 0x7FFF_FFFF)
}

/// The name of a rank.
fn keyed(at: u32) -> String {
    at.to_string()
}

fn numbered(results: &[AaqResult]) -> String {
    let lines = (1..).zip(results).map(|(number, it): (u32, _)| format!("{number}. {}", it.title));
    lines.collect::<Vec<_>>().join("\n")
}
