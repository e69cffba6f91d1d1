//! `POST /v1/chat`: one turn of a conversation.
//!
//! Messages of one conversation are taken one at a time, in the order in which they came; those of
//! others go on beside it. The name of a conversation is random and is never chosen by a client.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ErrorBody, RequestError};
use super::last_question::{self, LastQuestion, Taken};
use super::log::Noted;
use super::metrics;
use super::privacy::Person;
use super::reading::ResourcePart;
use super::refusal::{BadBody, Barred};
use super::routes::{self, Shared, check_profile, from_json, read_json};
use super::schema;
use super::store;
use crate::analysis::Lang;
use crate::config::settings::Chat;
use crate::corpus::EntryId;
use crate::dialogue::{self, Choice, Effect, Guide, Input, Kind, Reply, Session, Turn};
use crate::engine::Engine;
use crate::retrieval::{Profile, Walk};

/// Random bytes of a name of a conversation.
const NAME_BYTES: usize = 24;
/// Conversations that are kept apart when messages come at the same time.
const LANES: usize = 1_024;
/// How often a turn is taken again when another server was faster.
const ATTEMPTS: usize = 8;

/// The body of `POST /v1/chat`: `text` or `choice`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatRequest {
    /// The name of the conversation, from the reply before; a new one begins without.
    #[serde(default)]
    pub session: Option<String>,
    /// What was typed; empty to begin.
    #[serde(default)]
    pub text: Option<String>,
    /// The id of a choice.
    #[serde(default)]
    pub choice: Option<String>,
    /// What is known of the person; what it does not say stays as it was.
    #[serde(default, deserialize_with = "routes::profile")]
    #[schema(value_type = Option<schema::Profile>)]
    pub profile: Option<Profile>,
}

/// The reply of `POST /v1/chat`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatReply {
    /// The name of the conversation, to be sent with the next message.
    pub session: String,
    /// What the person is told.
    pub reply: ReplyPart,
}

/// What a person is told, and what can be chosen next.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyPart {
    /// The text, put together from approved units.
    pub text: String,
    /// What it is.
    #[schema(value_type = schema::Kind)]
    pub kind: Kind,
    /// At most ten; the number of a choice, typed, is as good as its id.
    #[schema(value_type = Vec<super::tree::ChoicePart>)]
    pub choices: Vec<Choice>,
    /// The entry that is answered.
    #[schema(value_type = Option<String>)]
    pub entry: Option<EntryId>,
    /// Resources that go with it.
    pub resources: Option<Vec<ResourcePart>>,
    /// The language of the text.
    #[schema(value_type = Option<String>)]
    pub language: Option<Lang>,
    /// Whether the corpus is a demonstration that was not clinically reviewed.
    pub sample: bool,
}

impl ReplyPart {
    /// A reply as it travels.
    #[must_use]
    pub fn new(engine: &Engine, turn: &Turn, now: OffsetDateTime) -> Self {
        let Reply { kind, entry, resources, language, .. } = &turn.reply;
        let corpus = engine.corpus();
        let chain = turn.session.chain(corpus);
        let walk = Walk::new(corpus, chain, turn.session.profile(), now.date());
        let resources = resources.iter().filter_map(|it| corpus.catalogue.resource(it));
        let resources = ResourcePart::all(&walk, resources);
        Self {
            text: turn.reply.text(),
            kind: *kind,
            choices: turn.reply.choices.clone(),
            entry: entry.clone(),
            resources: Some(resources).filter(|it| !it.is_empty()),
            language: language.clone(),
            sample: corpus.settings.sample,
        }
    }
}

/// What conversations share.
#[derive(Debug)]
pub(super) struct Conversations {
    lifetime: Duration,
    lanes: Vec<Mutex<()>>,
}

impl Conversations {
    pub(super) fn new(settings: &Chat) -> Self {
        let lanes = (0..LANES).map(|_| Mutex::default()).collect();
        Self { lifetime: Duration::hours(settings.session_hours.into()), lanes }
    }

    /// The lane of a conversation; two may share one, which only makes them wait.
    fn lane(&self, name: &str) -> Option<&Mutex<()>> {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let n_lanes = u64::try_from(self.lanes.len().max(1)).ok()?;
        self.lanes.get(usize::try_from(hasher.finish() % n_lanes).ok()?)
    }
}

/// The path of this file.
pub(super) fn router() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new().routes(routes!(take))
}

/// Takes one turn.
#[utoipa::path(post, path = "/v1/chat", tag = "chat",
    security((), ("bearer" = ["chat"]), ("key" = ["chat"])),
    request_body(content = ChatRequest, example = json!({ "text": "nimesahau kumeza kidonge" })),
    responses(
        (status = 200, description = "What the person is told", body = ChatReply),
        (status = 409, description = "Another message of this conversation came at the same time", body = ErrorBody),
        (status = 503, description = "The conversation cannot be kept now; send it again", body = ErrorBody),
        Barred, BadBody))]
async fn take(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(Extension<Noted>, Json<ChatReply>), RequestError> {
    let request: ChatRequest = from_json(&read_json(&headers, body).await?)?;
    let profile = request.profile.unwrap_or_default();
    check_profile(&profile)?;
    let input = match (request.text, request.choice) {
        (Some(text), None) => Input::Text(text),
        (None, Some(choice)) => Input::Choice(choice),
        _ => {
            let message = "send `text` (what was typed) or `choice` (the id of a choice), not both";
            return Err(RequestError::bad("text-or-choice", message));
        }
    };
    let lane = request.session.as_deref().and_then(|it| shared.chats.lane(it));
    let _one_at_a_time = match lane {
        Some(lane) => Some(lane.lock().await),
        None => None,
    };
    let message = Message { given: request.session.as_deref(), input: &input, profile: &profile };
    let engine = shared.live.engine();
    let (name, turn, last, now) = turn(&shared, &engine, &message).await?;
    metrics::turned(&engine, &turn.reply);
    if let Some(decision) = &turn.asked {
        metrics::decided(&engine, decision, None);
    }
    let reply = ReplyPart::new(&engine, &turn, now);
    let noted = Noted {
        query_id: turn.asked.as_ref().and(last).and_then(|it| it.query),
        language: reply.language.as_ref().map(|it| it.as_str().to_owned()),
        decision: reply.kind.name(),
        entry: reply.entry.as_ref().map(|it| it.as_str().to_owned()),
    };
    Ok((Extension(noted), Json(ChatReply { session: name, reply })))
}

/// What came in.
struct Message<'a> {
    /// The name of the conversation, as the client says.
    given: Option<&'a str>,
    input: &'a Input,
    profile: &'a Profile,
}

/// Loads, steps, saves; again when another server has saved meanwhile. What is to be done beside
/// it is done before the conversation goes on, once. Who wants to be forgotten goes on under
/// another name.
async fn turn(
    shared: &Shared,
    engine: &Engine,
    message: &Message<'_>,
) -> Result<(String, Turn, Option<LastQuestion>, OffsetDateTime), RequestError> {
    let mut done = None;
    let mut attempt = 0;
    loop {
        let now = OffsetDateTime::now_utc();
        let Stepped { name, version, turn, last } = step(shared, engine, message, now).await?;
        let last = match done.clone() {
            Some(last) => last,
            None => {
                let person = person(shared, &name);
                let lifetime = shared.chats.lifetime;
                let taken = Taken { input: message.input, turn: &turn, person: &person, lifetime };
                last_question::carry_out(&shared.store, &taken, last, now).await?
            }
        };
        let is_forgotten = turn.effects.contains(&Effect::Forget);
        if !turn.effects.is_empty() || turn.asked.is_some() {
            done = Some(last.clone());
        }
        let (name, version) = if is_forgotten { (new_name()?, 0) } else { (name, version) };
        let expires = turn.session.forget_at(shared.chats.lifetime).unix_timestamp();
        let content = last_question::to_json(&turn.session, last.as_ref());
        let times = (now.unix_timestamp(), expires);
        let person = person(shared, &name);
        let saved =
            shared.store.session_save(&name, version, content.as_bytes(), times, Some(&person));
        match saved.await {
            Ok(()) => return Ok((name, turn, last, now)),
            Err(store::Error::Conflict) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Who talks, as rows may know it: nothing but the name of the conversation, hashed.
fn person(shared: &Shared, name: &str) -> Person {
    shared.store.people().of(&format!("chat {name}"))
}

/// A conversation that was stepped, and is not saved yet.
struct Stepped {
    name: String,
    /// The version stepped from.
    version: i64,
    turn: Turn,
    /// What was remembered of the last question before.
    last: Option<LastQuestion>,
}

/// One step from what is stored.
async fn step(
    shared: &Shared,
    engine: &Engine,
    message: &Message<'_>,
    now: OffsetDateTime,
) -> Result<Stepped, RequestError> {
    let held = match message.given {
        Some(name) => shared.store.session_load(name, now.unix_timestamp()).await?,
        None => None,
    };
    let known = held.and_then(|it| {
        let (session, last) = last_question::from_json(std::str::from_utf8(&it.content).ok()?)?;
        Some((session, last, it.version))
    });
    let guide = Guide { lifetime: shared.chats.lifetime, ..engine.guide() };
    let tell = |mut session: Session| {
        session.tell(message.profile);
        session
    };
    Ok(match (message.given, known) {
        (Some(name), Some((session, last, version))) => {
            let turn = dialogue::step(&guide, tell(session), message.input, now);
            Stepped { name: name.to_owned(), version, turn, last }
        }
        // A name that nobody gave out, or that has expired, is not taken over.
        (Some(_), None) => {
            let session = tell(Session::new(now));
            let turn = dialogue::step_lost(&guide, session, message.input, now);
            Stepped { name: new_name()?, version: 0, turn, last: None }
        }
        (None, _) => {
            let session = tell(Session::new(now));
            let turn = dialogue::step(&guide, session, message.input, now);
            Stepped { name: new_name()?, version: 0, turn, last: None }
        }
    })
}

/// A name nobody can guess.
fn new_name() -> Result<String, store::Error> {
    let mut bytes = [0; NAME_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| store::Error::Random)?;
    Ok(BASE64.encode(bytes))
}
