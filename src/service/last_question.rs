//! What a conversation leaves in the state beside its session: the name of its last question, for
//! feedback; what is to be sent; and, where the settings keep questions, those that found no answer.
//!
//! The words of a question are held only from asking back until the person has chosen.

use serde::{Deserialize, Serialize};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::privacy::Person;
use super::scrub::Scrubbed;
use super::store::{self, Asked, Feedback, FeedbackKind, Missed, Sentiment, Store};
use crate::analysis::Lang;
use crate::corpus::EntryId;
use crate::dialogue::{Effect, Input, Session, Turn};
use crate::retrieval::Decision;

/// What is remembered of the last question of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LastQuestion {
    /// Its name, for feedback; none when it could not be given one.
    pub(super) query: Option<String>,
    /// What was found for it.
    entries: Vec<EntryId>,
    language: Option<Lang>,
    /// Its words, where they are kept.
    text: Option<Scrubbed>,
}

/// A conversation as it is stored.
#[derive(Serialize)]
struct Stored<'a> {
    #[serde(flatten)]
    session: &'a Session,
    last: Option<&'a LastQuestion>,
}

/// What is stored beside the session.
#[derive(Deserialize)]
struct Beside {
    #[serde(default)]
    last: Option<LastQuestion>,
}

/// A conversation as it is stored.
pub(super) fn to_json(session: &Session, last: Option<&LastQuestion>) -> String {
    serde_json::to_string(&Stored { session, last }).unwrap_or_default()
}

/// Reads what was stored; `None` when it is damaged or of another version.
pub(super) fn from_json(json: &str) -> Option<(Session, Option<LastQuestion>)> {
    let session = Session::from_json(json)?;
    let beside: Beside = serde_json::from_str(json).ok()?;
    Some((session, beside.last))
}

/// A turn that was taken, and by whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken<'a> {
    pub(super) input: &'a Input,
    pub(super) turn: &'a Turn,
    pub(super) person: &'a Person,
    pub(super) lifetime: Duration,
}

/// Does what a turn asks for beside the reply. Returns what is remembered of the last question now.
///
/// # Errors
///
/// [`store::Error`] when something that was promised to the person cannot be kept or erased.
pub(super) async fn carry_out(
    store: &Store,
    taken: &Taken<'_>,
    before: Option<LastQuestion>,
    now: OffsetDateTime,
) -> Result<Option<LastQuestion>, store::Error> {
    let (turn, person, second) = (taken.turn, taken.person, now.unix_timestamp());
    let mut last = match (&turn.asked, taken.input) {
        (Some(decision), Input::Text(text)) => {
            Some(LastQuestion::new(store, (text, decision), person, second))
        }
        _ => before,
    };
    for effect in &turn.effects {
        match effect {
            Effect::Send { email, items, created } => {
                let created = created.unix_timestamp();
                let payload = json!({ "email": email, "items": items, "created": created });
                store.outbox_push("cart", &payload.to_string(), Some(person), second).await?;
            }
            Effect::Feedback { entry, helpful } => {
                give(store, last.as_ref(), (entry, *helpful), person, second).await;
            }
            Effect::Missed { declined } => {
                let expires = turn.session.forget_at(taken.lifetime).unix_timestamp();
                if let Some(LastQuestion { text: Some(text), language, .. }) = &last {
                    let language = language.as_ref().map(Lang::as_str);
                    let person = Some((person, expires));
                    store.unanswered_add(&Missed { text, language, declined, person }, second);
                }
            }
            Effect::Forget => {
                store.erase_person(person).await?;
                last = None;
            }
        }
    }
    if let Some(question) = last.as_mut().filter(|_| !turn.session.is_choosing()) {
        question.text = None;
    }
    Ok(last)
}

impl LastQuestion {
    /// Gives a question its name. Nobody who looks for help is to be read by others, hence no words
    /// where there is danger.
    fn new(store: &Store, (text, decision): (&str, &Decision), person: &Person, now: i64) -> Self {
        let entries: Vec<EntryId> = decision.candidates.iter().map(|it| it.entry.clone()).collect();
        let language = decision.language().map(|(lang, _)| lang.clone());
        let asked = Asked {
            decision: decision.outcome.name(),
            entry: entries.first().map(EntryId::as_str),
            language: language.as_ref().map(Lang::as_str),
            person: Some(person),
        };
        let query = store.query_save(&asked, now).ok().map(|it| it.id);
        let is_kept = store.keeps_questions() && decision.dangers.is_empty();
        let text = is_kept.then(|| Scrubbed::of(text));
        Self { query, entries, language, text }
    }
}

/// Keeps what a person says of an answer: of the question it was found for, else of a choice. It is
/// not worth failing a turn for.
async fn give(
    store: &Store,
    last: Option<&LastQuestion>,
    (entry, helpful): (&EntryId, bool),
    person: &Person,
    now: i64,
) {
    let asked = last.filter(|it| it.entries.contains(entry)).and_then(|it| it.query.clone());
    let chosen = || {
        let entry = Some(entry.as_str());
        let asked = Asked { decision: "answer", entry, language: None, person: Some(person) };
        store.query_save(&asked, now).ok().map(|it| it.id)
    };
    let Some(query) = asked.or_else(chosen) else { return };
    let sentiment = if helpful { Sentiment::Positive } else { Sentiment::Negative };
    let (kind, entry) = (FeedbackKind::Content, Some(entry.as_str()));
    let feedback = Feedback { query: &query, kind, sentiment, entry, text: None };
    if let Err(error) = store.feedback_add(&feedback, now).await {
        tracing::warn!(%error, "feedback from a conversation was lost");
    }
}
