//! What travels: the search request and its reply. Absent things are `null`, never missing.

use serde::{Deserialize, Serialize};
use time::Date;
use utoipa::ToSchema;

use super::reading::{ApproachPart, ResourcePart};
use super::tree::TreePart;
use super::{routes, schema};
use crate::analysis::Lang;
use crate::corpus::{Citation, Corpus, Digest, Entry, EntryId, Role, Text, day};
use crate::dialogue::referral::ReferralPart;
use crate::engine::Engine;
use crate::retrieval::{
    Candidate, Decision, Exclusion, Explanation, Outcome, Profile, Query, Walk,
};

/// Candidates in a reply when the request does not say.
pub const DEFAULT_LIMIT: usize = 5;
/// Most candidates in a reply.
pub const MAX_LIMIT: usize = 50;
/// Longest question, in characters.
pub const MAX_QUESTION_CHARS: usize = 4_096;
/// Questions offered to choose from when it is not clear which is meant.
const MAX_CHOICES: usize = 5;

/// The body of `POST /v1/search`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// The question as it was typed.
    #[schema(min_length = 1, max_length = 4096)]
    pub question: String,
    /// Preferred language of the answer.
    #[serde(default)]
    pub language: Option<String>,
    /// What is known of the person.
    #[serde(default, deserialize_with = "routes::profile")]
    #[schema(value_type = Option<schema::Profile>)]
    pub profile: Option<Profile>,
    /// Most candidates wanted.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 50)]
    pub limit: Option<u32>,
    /// Whether the numbers behind the decision are wanted.
    #[serde(default)]
    pub explain: Option<bool>,
}

/// The reply of `POST /v1/search`, and what `sahihi ask --json` prints.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchReply {
    /// Name of this query, for feedback; none outside the service.
    pub query_id: Option<String>,
    /// What to do.
    #[schema(value_type = schema::Decision)]
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
    /// Resources to read on, with an answer.
    pub resources: Option<Vec<ResourcePart>>,
    /// Programmatic approaches, for those who run or give services.
    pub approaches: Option<Vec<ApproachPart>>,
    /// Where to go on in the decision tree.
    pub tree: Option<TreePart>,
    /// Where to find help, for a red flag.
    #[schema(value_type = Option<schema::Referral>)]
    pub referral: Option<ReferralPart>,
    /// What was left out because of the profile.
    #[schema(value_type = Vec<schema::Exclusion>)]
    pub excluded: Vec<Exclusion>,
    /// Whether the corpus is a demonstration that was not clinically reviewed.
    pub sample: bool,
    /// A ready text for channels that cannot branch.
    pub message: Option<String>,
    /// The numbers behind the decision, when they were asked for.
    #[schema(value_type = Option<schema::Explanation>)]
    pub explain: Option<Explanation>,
}

/// Languages of a reply.
#[derive(Debug, Serialize, ToSchema)]
pub struct Languages {
    /// Most likely language of the question.
    #[schema(value_type = Option<String>, example = "sw")]
    pub question: Option<Lang>,
    /// Language of the answer.
    #[schema(value_type = Option<String>, example = "sw")]
    pub answer: Option<Lang>,
    /// Probability that the question is in that language.
    pub certainty: f64,
}

/// An approved answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerPart {
    /// The entry.
    #[schema(value_type = String, example = "PIL-02")]
    pub entry: EntryId,
    /// Its question.
    pub question: String,
    /// The answer, byte for byte as approved.
    pub text: String,
    /// Its language.
    #[schema(value_type = String, example = "sw")]
    pub language: Lang,
    /// Digest of what was approved.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// By whom.
    pub reviewed_by: String,
    /// When.
    #[serde(with = "day")]
    #[schema(value_type = String, format = Date)]
    pub reviewed_on: Date,
    /// Last day it is served.
    #[serde(with = "day")]
    #[schema(value_type = String, format = Date)]
    pub valid_until: Date,
    /// Where its statements come from.
    #[schema(value_type = Vec<schema::Citation>)]
    pub sources: Vec<Citation>,
}

impl AnswerPart {
    /// An entry's text as it is served.
    #[must_use]
    pub fn of(entry: &Entry, language: &Lang, text: &Text) -> Self {
        Self {
            entry: entry.id.clone(),
            question: text.question.clone(),
            text: text.answer.clone(),
            language: language.clone(),
            digest: text.digest,
            reviewed_by: text.approval.by.clone(),
            reviewed_on: text.approval.on,
            valid_until: text.approval.until,
            sources: entry.neutral.sources.clone(),
        }
    }
}

/// A candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidatePart {
    /// The entry.
    #[schema(value_type = String, example = "PIL-02")]
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
        let chain = corpus.reply_chain(query.language, &decision.languages);
        let walk = Walk::new(corpus, chain, query.profile, query.today);
        let view = View::of(corpus, query, decision);
        let first = decision.candidates.first();
        let first = first.filter(|_| decision.gives_answer);
        let answer = first.and_then(|first| view.answer(first));
        let given = answer.as_ref().and_then(|it| corpus.entry(&it.entry));
        let resources = given.map(|it| ResourcePart::all(&walk, walk.resources_for(it)));
        let approaches = match given {
            Some(entry) => Some(ApproachPart::all(&walk, walk.approaches_for(entry))),
            None => advised(engine, query, &walk),
        };
        let tree = match decision.outcome {
            Outcome::Tree => walk.near(decision).map(|fork| TreePart::of(&fork, &walk)),
            Outcome::Answer | Outcome::Clarify | Outcome::Urgent => None,
        };
        let candidates: Vec<CandidatePart> =
            decision.candidates.iter().filter_map(|it| view.candidate(it)).collect();
        let country = query.profile.country.as_deref();
        let referral =
            ReferralPart::new(corpus, &decision.dangers, country, &view.chain, query.today);
        let given = answer.as_ref().map(|it| view.given(it));
        let message = match &referral {
            Some(referral) => Some(referral.message(given.as_deref(), |id| view.say(id))),
            None => view.message(decision.outcome, given, &candidates, tree.as_ref()),
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
            resources: resources.filter(|it| !it.is_empty()),
            approaches: approaches.filter(|it| !it.is_empty()),
            tree,
            referral,
            excluded: decision.excluded.clone(),
            sample: corpus.settings.sample,
            message,
            explain: explain.then(|| engine.explain(query, decision)),
        }
    }
}

/// Approaches for somebody who runs a programme and asks what no entry answers.
fn advised(engine: &Engine, query: &Query<'_>, walk: &Walk<'_>) -> Option<Vec<ApproachPart>> {
    (query.profile.role == Some(Role::Manager)).then(|| {
        let advice = engine.recommend(query.text, query.language, query.today);
        let approaches = advice.approaches.iter().filter_map(|it| walk.approach(&it.approach));
        ApproachPart::all(walk, approaches)
    })
}

/// The corpus as one person sees it.
pub(super) struct View<'a> {
    pub(super) corpus: &'a Corpus,
    chain: Vec<&'a Lang>,
    today: Date,
}

impl<'a> View<'a> {
    /// The corpus as the person sees it who asked.
    pub(super) fn of(corpus: &'a Corpus, query: &'a Query<'_>, decision: &'a Decision) -> Self {
        Self {
            corpus,
            chain: corpus.reply_chain(query.language, &decision.languages),
            today: query.today,
        }
    }

    /// The text of an entry in the first language that has a valid one.
    pub(super) fn text<'e>(&self, entry: &'e Entry) -> Option<(&'e Lang, &'e Text)> {
        entry.text_in(&self.chain, self.today)
    }

    fn answer(&self, candidate: &Candidate) -> Option<AnswerPart> {
        let entry = self.corpus.entry(&candidate.entry)?;
        let (language, text) = self.text(entry)?;
        Some(AnswerPart::of(entry, language, text))
    }

    /// The answer as it is said: below the sentence that says in which other language it is.
    fn given(&self, answer: &AnswerPart) -> String {
        let notice = self.corpus.messages.answer_in(&answer.language, &self.chain, self.today);
        let lines = notice.into_iter().map(|(_, text)| text).chain([answer.text.as_str()]);
        lines.collect::<Vec<_>>().join("\n\n")
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
        answer: Option<String>,
        candidates: &[CandidatePart],
        tree: Option<&TreePart>,
    ) -> Option<String> {
        let say = |id: &str| self.say(id);
        match outcome {
            Outcome::Answer => answer,
            Outcome::Clarify => {
                let questions = candidates.iter().take(MAX_CHOICES).map(|it| it.question.as_str());
                let choices = (1..)
                    .zip(questions.chain(say("none_of_these")))
                    .map(|(number, text)| format!("{number}. {text}"));
                let lines = say("clarify").map(str::to_owned).into_iter().chain(choices);
                Some(lines.collect::<Vec<_>>().join("\n"))
            }
            Outcome::Tree | Outcome::Urgent => {
                let asked = tree.map(TreePart::lines);
                let parts = say("no_answer").map(str::to_owned).into_iter().chain(asked);
                Some(parts.collect::<Vec<_>>().join("\n\n")).filter(|it| !it.is_empty())
            }
        }
    }
}

/// Four decimals: what a probability is worth saying.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
