//! What a conversation leaves in the state, and that it goes when the person says so:
//!
//! 1. a question whose offered entries were all declined is kept as unanswered, with those entries,
//!    where questions are kept at all; one of somebody in danger never;
//! 2. what helped is feedback on the question that was asked;
//! 3. DELETE takes everything of the person out of the database, of SQLite and of PostgreSQL, and
//!    the conversation goes on under another name.

use std::fs;
use std::process::Command;
use std::time::Instant;

use sahihi::dialogue::{Input, Session};
use serde_json::{Value, json};
use sqlx::{PgPool, SqlitePool};

use crate::connection::{Server, serve};
use crate::http::{body, post_to};
use crate::postgres::postgres;
use crate::support::{Home, TODAY, finish, shipped, shipped_config, until};

/// Short questions, of which at least one can mean several entries.
const VAGUE: [&str; 6] = ["pill", "vidonge", "side effects", "bleeding", "injection", "condom"];
const ADDRESS: &str = "someone@example.org";
/// Rows that belong to somebody.
const ROWS: [&str; 5] = [
    "SELECT COUNT(*) FROM queries",
    "SELECT COUNT(*) FROM feedback",
    "SELECT COUNT(*) FROM outbox",
    "SELECT COUNT(*) FROM unanswered",
    "SELECT COUNT(*) FROM unanswered_by",
];
/// Feedback on a question that was asked, not on a choice from a list.
const ON_QUESTIONS: &str = "SELECT COUNT(*) FROM feedback JOIN queries ON queries.id = query
    WHERE language IS NOT NULL AND feedback.entry = queries.entry";
const SESSIONS: &str = "SELECT COUNT(*) FROM sessions";

/// A server of the shipped corpus with a state of its own.
fn server(options: &[&str], database: Option<&str>) -> Server {
    let (home, config) = (Home::unapproved(), shipped_config());
    let mut command = Command::new(env!("CARGO_BIN_EXE_sahihi"));
    command.current_dir(home.folder()).env("NO_COLOR", "1").args(["--today", TODAY]);
    command.arg("--corpus").arg(&config.corpus).arg("--index").arg(&config.index);
    command.args(serve(options)).envs(database.map(|url| ("SAHIHI_DATABASE_URL", url)));
    Server::with_command(command, home)
}

/// One conversation.
struct Talk<'a> {
    server: &'a Server,
    session: Value,
}

impl<'a> Talk<'a> {
    fn with(server: &'a Server) -> Self {
        Self { server, session: Value::Null }
    }

    fn send(&mut self, mut message: Value) -> Value {
        message["session"] = self.session.clone();
        let response = post_to(self.server, "/v1/chat", &message);
        assert_eq!(response.status(), 200, "{message}");
        let reply = body(response);
        self.session = reply["session"].clone();
        reply["reply"].clone()
    }

    fn say(&mut self, text: &str) -> Value {
        self.send(json!({ "text": text }))
    }

    fn choose(&mut self, id: &str) -> Value {
        self.send(json!({ "choice": id }))
    }
}

/// A question that is asked back about.
fn vague() -> &'static str {
    let asks_back = |text: &&&str| {
        let input = Input::Text((**text).to_owned());
        let now = time::OffsetDateTime::UNIX_EPOCH;
        let now = now.replace_date(sahihi::corpus::day::parse(TODAY).unwrap());
        let turn = shipped().step(Session::new(now), &input, now);
        turn.reply.choices.iter().any(|it| it.id == "none")
    };
    VAGUE.iter().find(asks_back).expect("one of the vague questions is asked back about")
}

fn inbox(server: &Server) -> Vec<Value> {
    let home = &server.home;
    let (corpus, index) = (&shipped_config().corpus, &shipped_config().index);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sahihi"));
    command.current_dir(home.folder()).args(["--today", TODAY, "--json"]);
    command.arg("--corpus").arg(corpus).arg("--index").arg(index).args(["review", "inbox"]);
    let report = finish(command).json();
    report["groups"].as_array().unwrap().clone()
}

#[test]
fn what_was_declined_is_kept_with_the_entries_that_were_offered() {
    let server = server(&["--keep-questions"], None);
    let (mut talk, question) = (Talk::with(&server), vague());
    talk.say(question);
    let has = |groups: &[Value]| groups.iter().any(|it| it["questions"][0] == question);
    assert!(!has(&inbox(&server)), "nobody declined yet");
    talk.choose("none");
    until("it is kept", || has(&inbox(&server)));
    let groups = inbox(&server);
    let group = groups.iter().find(|it| it["questions"][0] == question);
    let group = group.unwrap_or_else(|| panic!("{question} is kept: {groups:#?}"));
    let declined = group["declined"].as_array().unwrap();
    assert!(!declined.is_empty(), "{group:#}");
    let near = group["nearest"].as_array().unwrap();
    assert!(near.iter().all(|it| !declined.contains(&it["entry"])), "{group:#}");
    // In danger, then said to be only a question, then declined: kept nowhere.
    let mut talk = Talk::with(&server);
    assert_eq!(talk.say("my husband beats me")["kind"], "urgent");
    talk.choose("only-question");
    talk.choose("none");
    assert!(!json!(inbox(&server)).to_string().contains("husband"));
}

#[test]
fn nothing_is_kept_of_a_conversation_unless_the_operator_says_so() {
    let server = server(&[], None);
    let mut talk = Talk::with(&server);
    talk.say(vague());
    talk.choose("none");
    assert_eq!(inbox(&server), Vec::<Value>::new());
}

/// Leaves something of every kind in the state: a question declined, an answer that helped, an
/// address.
fn leave_everything(talk: &mut Talk<'_>) {
    talk.say(vague());
    talk.choose("none");
    let mut reply = talk.say("i forgot to take my pill yesterday, what should i do");
    for _ in 0..3 {
        if reply["kind"] != "answer" {
            reply = talk.say("1");
        }
    }
    assert_eq!(reply["kind"], "answer", "{reply:#}");
    let resource = reply["resources"][0]["id"].as_str().expect("something to read").to_owned();
    talk.choose("yes");
    talk.choose(&format!("add:{resource}"));
    talk.choose("checkout");
    talk.say(ADDRESS);
}

async fn check_forgotten(server: &Server, count: impl AsyncFn(&'static str) -> i64) {
    let mut talk = Talk::with(server);
    leave_everything(&mut talk);
    let start = Instant::now();
    for rows in ROWS {
        while count(rows).await == 0 {
            assert!(start.elapsed().as_secs() < 20, "never written: {rows}");
        }
    }
    assert_eq!(count(ON_QUESTIONS).await, 1, "what helped is feedback on the question");
    let name = talk.session.clone();
    let reply = talk.say("delete");
    assert_eq!(reply["kind"], "notice", "{reply:#}");
    for rows in ROWS {
        assert_eq!(count(rows).await, 0, "not forgotten: {rows}");
    }
    assert_ne!(talk.session, name, "it goes on under another name");
    assert_eq!(count(SESSIONS).await, 1, "the old conversation is gone");
    let new = talk.session.clone();
    let reply = talk.say("menu");
    assert_eq!((reply["kind"].as_str(), &talk.session), (Some("tree"), &new), "{reply:#}");
}

#[test]
fn delete_takes_everything_of_a_person_out_of_sqlite() {
    let server = server(&["--keep-questions"], None);
    let state = server.home.folder().join(".sahihi");
    let bytes = || -> Vec<u8> {
        let files = fs::read_dir(&state).unwrap().map(|it| it.unwrap().path());
        files.filter_map(|it| fs::read(it).ok()).flatten().collect()
    };
    let holds = |text: &str| bytes().windows(text.len()).any(|it| it == text.as_bytes());
    block_on(async {
        let file = fs::read_dir(&state).unwrap().map(|it| it.unwrap().path());
        let mut files = file.filter(|it| fs::read(it).is_ok_and(|it| it.starts_with(b"SQLite")));
        let file = files.next().expect("there is a database").to_str().unwrap().to_owned();
        let db = SqlitePool::connect(&format!("sqlite://{file}?mode=ro")).await.unwrap();
        check_forgotten(&server, async |sql| {
            let row = sqlx::query_scalar::<_, i64>(sql).fetch_one(&db).await;
            row.unwrap_or_else(|error| panic!("{sql}: {error}"))
        })
        .await;
        db.close().await;
    });
    assert!(holds("menu"), "there is a conversation to be looked at");
    for secret in [ADDRESS, vague()] {
        assert!(!holds(secret), "the bytes of `{secret}` are still in the files");
    }
}

#[test]
fn delete_takes_everything_of_a_person_out_of_postgresql() {
    let postgres = postgres();
    let url = postgres.database();
    let server = server(&["--keep-questions"], Some(&url));
    block_on(async {
        let db = PgPool::connect(&url).await.unwrap();
        check_forgotten(&server, async |sql| {
            let row = sqlx::query_scalar::<_, i64>(sql).fetch_one(&db).await;
            row.unwrap_or_else(|error| panic!("{sql}: {error}"))
        })
        .await;
        db.close().await;
    });
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
