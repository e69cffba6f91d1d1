//! What travels: the search request and its reply. Absent things are `null`, never missing.

use serde::{Deserialize, Serialize};
use time::Date;

use super::referral::ReferralPart;
use crate::analysis::Lang;
use crate::corpus::{Citation, Corpus, Digest, Entry, EntryId, day};
use crate::engine::Engine;
use crate::retrieval::{Candidate, Decision, Exclusion, Explanation, Outcome, Profile, Query};

/// Candidates in a reply when the request does not say.
pub const DEFAULT_LIMIT: usize = 5;
/// Most candidates in a reply.
pub const MAX_LIMIT: usize = 50;
/// Longest question, in characters.
pub const MAX_QUESTION_CHARS: usize = 4_096;
/// Questions offered to choose from when it is not clear which is meant.
const MAX_CHOICES: usize = 5;

/// The body of `POST /v1/search`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// The question as it was typed.
    pub question: String,
    /// Preferred language of the answer.
    #[serde(default)]
    pub language: Option<String>,
    /// What is known of the person.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// Most candidates wanted.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Whether the numbers behind the decision are wanted.
    #[serde(default)]
    pub explain: Option<bool>,
}

/// The reply of `POST /v1/search`, and what `sahihi ask --json` prints.
#[derive(Debug, Serialize)]
pub struct SearchReply {
    /// Name of this query, for feedback; none outside the service.
    pub query_id: Option<String>,
    /// What to do.
    pub decision: Outcome,
    /// Why, as a stable name.
    pub reason: &'static str,
    /// Probability that the first candidate is right.
    pub confidence: f64,
    /// Languages of question and answer.
    pub language: Languages,
    /// The answer, when it is given directly.
    pub answer: Option<AnswerPart>,
    /// What may be meant, best first.
    pub candidates: Vec<CandidatePart>,
    /// Resources to read on.
    pub resources: Option<Vec<String>>,
    /// Programmatic approaches.
    pub approaches: Option<Vec<String>>,
    /// Where to go on in the decision tree.
    pub tree: Option<()>,
    /// Where to find help, for a red flag.
    pub referral: Option<ReferralPart>,
    /// What was left out because of the profile.
    pub excluded: Vec<Exclusion>,
    /// Whether the corpus is a demonstration that was not clinically reviewed.
    pub sample: bool,
    /// A ready text for channels that cannot branch.
    pub message: Option<String>,
    /// The numbers behind the decision, when they were asked for.
    pub explain: Option<Explanation>,
}

/// Languages of a reply.
#[derive(Debug, Serialize)]
pub struct Languages {
    /// Most likely language of the question.
    pub question: Option<Lang>,
    /// Language of the answer.
    pub answer: Option<Lang>,
    /// Probability that the question is in that language.
    pub certainty: f64,
}

/// An approved answer.
#[derive(Debug, Serialize)]
pub struct AnswerPart {
    /// The entry.
    pub entry: EntryId,
    /// Its question.
    pub question: String,
    /// The answer, byte for byte as approved.
    pub text: String,
    /// Its language.
    pub language: Lang,
    /// Digest of what was approved.
    pub digest: Digest,
    /// By whom.
    pub reviewed_by: String,
    /// When.
    #[serde(with = "day")]
    pub reviewed_on: Date,
    /// Last day it is served.
    #[serde(with = "day")]
    pub valid_until: Date,
    /// Where its statements come from.
    pub sources: Vec<Citation>,
}

/// A candidate.
#[derive(Debug, Serialize)]
pub struct CandidatePart {
    /// The entry.
    pub entry: EntryId,
    /// Its question, in the language of the reply.
    pub question: String,
    /// Probability that it is meant.
    pub confidence: f64,
}

impl Outcome {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Clarify => "clarify",
            Self::Tree => "tree",
            Self::Urgent => "urgent",
        }
    }
}

impl SearchReply {
    /// Puts the reply together from approved units.
    #[must_use]
    pub fn new(engine: &Engine, query: &Query<'_>, decision: &Decision, explain: bool) -> Self {
        let corpus = engine.corpus();
        let view = View { corpus, chain: reply_chain(corpus, query, decision), today: query.today };
        let first = decision.candidates.first();
        let answer = first.filter(|_| decision.gives_answer).and_then(|first| view.answer(first));
        let candidates: Vec<CandidatePart> =
            decision.candidates.iter().filter_map(|it| view.candidate(it)).collect();
        let country = query.profile.country.as_deref();
        let referral =
            ReferralPart::new(corpus, &decision.dangers, country, &view.chain, query.today);
        let given = answer.as_ref().map(|it| it.text.as_str());
        let message = match &referral {
            Some(referral) => Some(referral.message(given, |id| view.say(id))),
            None => view.message(decision.outcome, given, &candidates),
        };
        let asked = decision.language();
        Self {
            query_id: None,
            decision: decision.outcome,
            reason: decision.reason.name(),
            confidence: rounded(decision.confidence.value()),
            language: Languages {
                question: asked.map(|(lang, _)| lang.clone()),
                answer: answer.as_ref().map(|it| it.language.clone()),
                certainty: rounded(asked.map_or(0.0, |(_, certainty)| *certainty)),
            },
            answer,
            candidates,
            resources: None,
            approaches: None,
            tree: None,
            referral,
            excluded: decision.excluded.clone(),
            sample: corpus.settings.sample,
            message,
            explain: explain.then(|| engine.explain(query, decision)),
        }
    }
}

/// Languages in which to look for a text: the stated one, the one asked in, their fallbacks.
fn reply_chain<'a>(
    corpus: &'a Corpus,
    query: &'a Query<'_>,
    decision: &'a Decision,
) -> Vec<&'a Lang> {
    let asked = decision.language().map(|(lang, _)| lang);
    let wanted: Vec<&Lang> = query.language.into_iter().chain(asked).collect();
    corpus.chain(&wanted)
}

/// The corpus as one person sees it.
struct View<'a> {
    corpus: &'a Corpus,
    chain: Vec<&'a Lang>,
    today: Date,
}

impl View<'_> {
    /// The text of an entry in the first language that has a valid one.
    fn text<'e>(&self, entry: &'e Entry) -> Option<(&'e Lang, &'e crate::corpus::Text)> {
        entry.text_in(&self.chain, self.today)
    }

    fn answer(&self, candidate: &Candidate) -> Option<AnswerPart> {
        let entry = self.corpus.entry(&candidate.entry)?;
        let (language, text) = self.text(entry)?;
        Some(AnswerPart {
            entry: entry.id.clone(),
            question: text.question.clone(),
            text: text.answer.clone(),
            language: language.clone(),
            digest: text.digest,
            reviewed_by: text.approval.by.clone(),
            reviewed_on: text.approval.on,
            valid_until: text.approval.until,
            sources: entry.neutral.sources.clone(),
        })
    }

    fn candidate(&self, candidate: &Candidate) -> Option<CandidatePart> {
        let entry = self.corpus.entry(&candidate.entry)?;
        let (_, text) = self.text(entry)?;
        Some(CandidatePart {
            entry: entry.id.clone(),
            question: text.question.clone(),
            confidence: rounded(candidate.confidence.value()),
        })
    }

    fn say(&self, id: &str) -> Option<&str> {
        self.corpus.messages.get(id, &self.chain, self.today).map(|(_, text)| text)
    }

    fn message(
        &self,
        outcome: Outcome,
        answer: Option<&str>,
        candidates: &[CandidatePart],
    ) -> Option<String> {
        let say = |id: &str| self.say(id);
        match outcome {
            Outcome::Answer => answer.map(str::to_owned),
            Outcome::Clarify => {
                let questions = candidates.iter().take(MAX_CHOICES).map(|it| it.question.as_str());
                let choices = (1..)
                    .zip(questions.chain(say("none_of_these")))
                    .map(|(number, text)| format!("{number}. {text}"));
                let lines = say("clarify").map(str::to_owned).into_iter().chain(choices);
                Some(lines.collect::<Vec<_>>().join("\n"))
            }
            Outcome::Tree | Outcome::Urgent => say("no_answer").map(str::to_owned),
        }
    }
}

/// Four decimals: what a probability is worth saying.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
