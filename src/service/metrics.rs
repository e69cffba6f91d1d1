//! What is counted and timed, for Prometheus at `/metrics`.
//!
//! Labels come from closed lists (paths that are served, languages of the corpus, names of
//! decisions), so nothing a client sends makes a new series, and no series says anything of a person.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use time::Date;

use super::error::RequestError;
use super::follow::Following;
use super::live::Reload;
use crate::analysis::Lang;
use crate::dialogue::Reply;
use crate::engine::Engine;
use crate::retrieval::{Decision, Outcome};

/// Upper bounds of times, in seconds: from the floor of the engine to the deadline of a body.
const SECONDS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// Upper bounds of confidences.
const CONFIDENCES: [f64; 11] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
/// Days before its last one in which a unit counts as expiring.
const SOON: time::Duration = time::Duration::days(30);
/// How often what was timed is put into its buckets, so that it does not pile up unread.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Starts counting. To be called in the runtime.
pub(super) fn start() {
    let handle = handle();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(UPKEEP_EVERY);
        loop {
            tick.tick().await;
            handle.run_upkeep();
        }
    });
}

/// Everything counted so far and what `engine` is, in the text format of Prometheus.
pub(super) fn render(engine: &Engine, today: Date, state_is_up: bool) -> String {
    describe_engine(engine, today);
    gauge!("sahihi_state_up").set(if state_is_up { 1.0 } else { 0.0 });
    handle().render()
}

/// The one recorder of the process.
fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = builder().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("something else records the metrics of this process");
        }
        describe();
        handle
    })
}

fn builder() -> PrometheusBuilder {
    let suffixed = |name: &str| Matcher::Suffix(name.to_owned());
    PrometheusBuilder::new()
        .set_buckets_for_metric(suffixed("_seconds"), &SECONDS)
        .and_then(|it| it.set_buckets_for_metric(suffixed("_confidence"), &CONFIDENCES))
        // Only an empty list of bounds is refused.
        .unwrap_or_default()
}

fn describe() {
    use metrics::{
        describe_counter as counts, describe_gauge as is, describe_histogram as spreads,
    };
    counts!("sahihi_requests_total", "Requests by path, method and status");
    counts!("sahihi_errors_total", "Refused or failed requests by stable code");
    counts!("sahihi_decisions_total", "Decisions by kind and language of the question");
    counts!("sahihi_chat_turns_total", "Turns of conversations by kind and language of the reply");
    counts!("sahihi_fallbacks_total", "Questions not answered directly, by reason");
    counts!("sahihi_red_flags_total", "Messages of people in danger, by class");
    counts!("sahihi_reloads_total", "Reloads of the corpus by cause and outcome");
    spreads!("sahihi_request_seconds", "Time from the head of a request to its reply, by path");
    spreads!("sahihi_decide_seconds", "Time inside the engine");
    spreads!("sahihi_confidence", "Probability given to the first candidate");
    is!("sahihi_index_age_seconds", "Time since the day the index was built for");
    is!("sahihi_index_entries", "Entries that are served");
    is!("sahihi_units_expiring", "Units whose approval ends within 30 days");
    is!("sahihi_units_expired", "Units no longer served since their approval has ended");
    is!("sahihi_state_up", "1 when the state can be written, 0 when it is away");
    is!("sahihi_follow_up", "1 when the last look at the channel went well, 0 when it failed");
    is!("sahihi_follow_release", "Number of the release that is served");
    is!("sahihi_build_info", "Always 1; version and snapshot are labels");
}

fn describe_engine(engine: &Engine, today: Date) {
    let corpus = engine.corpus();
    let count = |days: &mut dyn Iterator<Item = Date>| {
        u32::try_from(days.count()).map_or(f64::MAX, f64::from)
    };
    let last_days = corpus.last_days();
    let soon = |day: &Date| *day >= today && *day - today <= SOON;
    let expiring = count(&mut last_days.iter().copied().filter(soon));
    let expired = count(&mut last_days.iter().copied().filter(|day| *day < today));
    gauge!("sahihi_units_expiring").set(expiring);
    gauge!("sahihi_units_expired").set(expired);
    gauge!("sahihi_index_age_seconds").set((today - engine.built_for).as_seconds_f64());
    let entries = u32::try_from(corpus.entries.len()).unwrap_or(u32::MAX);
    gauge!("sahihi_index_entries").set(f64::from(entries));
    let sample = if corpus.settings.sample { "true" } else { "false" };
    gauge!("sahihi_build_info", "version" => env!("CARGO_PKG_VERSION"), "sample" => sample)
        .set(1.0);
}

/// Counts and times every request.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.map_or_else(|| "unmatched".to_owned(), |it| it.as_str().to_owned());
    let method = method(request.method());
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    if let Some(error) = response.extensions().get::<RequestError>() {
        counter!("sahihi_errors_total", "code" => error.code).increment(1);
    }
    histogram!("sahihi_request_seconds", "path" => path.clone()).record(start.elapsed());
    let labels = [("path", path), ("method", method.to_owned()), ("status", status)];
    counter!("sahihi_requests_total", &labels).increment(1);
    response
}

fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Counts a decision, and how long the engine took where that is known.
pub(super) fn decided(engine: &Engine, decision: &Decision, took: Option<Duration>) {
    let language = language(engine, decision.language().map(|(lang, _)| lang));
    let labels = [("decision", decision.outcome.name().to_owned()), ("language", language)];
    counter!("sahihi_decisions_total", &labels).increment(1);
    if let Some(took) = took {
        histogram!("sahihi_decide_seconds").record(took);
    }
    histogram!("sahihi_confidence").record(decision.confidence.value());
    match decision.outcome {
        Outcome::Clarify | Outcome::Tree => {
            counter!("sahihi_fallbacks_total", "reason" => decision.reason.name()).increment(1);
        }
        Outcome::Urgent => {
            for class in &decision.dangers {
                counter!("sahihi_red_flags_total", "class" => class.name()).increment(1);
            }
        }
        Outcome::Answer => (),
    }
}

/// How following the channel goes, where one is followed.
pub(super) fn following(following: Option<&Following>) {
    let Some(following) = following else { return };
    gauge!("sahihi_follow_up").set(if following.is_failing() { 0.0 } else { 1.0 });
    let number = following.number().and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
    gauge!("sahihi_follow_release").set(f64::from(number));
}

/// Counts a turn of a conversation.
pub(super) fn turned(engine: &Engine, reply: &Reply) {
    let language = language(engine, reply.language.as_ref());
    let labels = [("kind", reply.kind.name().to_owned()), ("language", language)];
    counter!("sahihi_chat_turns_total", &labels).increment(1);
}

/// A language of the corpus as a label; all others are one.
fn language(engine: &Engine, lang: Option<&Lang>) -> String {
    let own = &engine.corpus().settings.languages;
    lang.filter(|it| own.contains(it)).map_or("other", |it| it.as_str()).to_owned()
}

/// Counts a reload.
pub(super) fn reloaded(reload: &Reload) {
    let labels = [("cause", reload.cause.name()), ("outcome", reload.outcome.name())];
    counter!("sahihi_reloads_total", &labels).increment(1);
}
