//! What the service remembers, the same on SQLite and on PostgreSQL:
//!
//! 1. a conversation is saved over the version that was read, expires, and can be deleted;
//! 2. a query is found at once, by both names, and after a restart;
//! 3. feedback is kept before it is acknowledged; texts only where the settings say so;
//! 4. what waits to be sent stays until it is sent;
//! 5. a person's rows can be erased, and old ones are forgotten;
//! 6. tables of every earlier version are brought to this one, rows and all;
//! 7. servers on one PostgreSQL share conversations and know the same people;
//! 8. without the database search and talk go on, and it is used again when it is back.

use std::borrow::Cow;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use sahihi::config::Settings;
use sahihi::config::settings::Secret;
use sahihi::corpus::EntryId;
use sahihi::service::scrub::Scrubbed;
use sahihi::service::store::{
    Asked, Error, Feedback, FeedbackKind, Held, Missed, QueryName, QueryRecord, Sentiment, Store,
};
use serde_json::{Value, json};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use tempfile::TempDir;

use crate::connection::Server;
use crate::http::{agent, body, post_to};
use crate::postgres::{Postgres, postgres};
use crate::support::Home;

const NOW: i64 = 1_795_000_000;
const DAY: i64 = 24 * 60 * 60;

/// Where a store keeps its rows, and what must live as long.
struct Place {
    settings: Settings,
    folder: TempDir,
    _postgres: Option<Arc<Postgres>>,
}

impl Place {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut settings = Settings::default();
        settings.state.dir = folder.path().join("state");
        Self { settings, folder, _postgres: None }
    }

    fn postgres() -> Self {
        let (server, mut place) = (postgres(), Self::sqlite());
        place.settings.database_url = Some(Secret::new(server.database()));
        Self { _postgres: Some(server), ..place }
    }

    async fn open(&self) -> Store {
        Store::open_now(&self.settings).await.unwrap()
    }
}

/// Runs to the end; what the store logs is shown when the test fails.
fn run<T>(work: impl Future<Output = T>) -> T {
    drop(tracing_subscriber::fmt().with_test_writer().try_init());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The same on both engines.
fn on_both(check: impl AsyncFn(Place)) {
    run(check(Place::sqlite()));
    run(check(Place::postgres()));
}

fn ask(store: &Store) -> QueryRecord {
    let asked =
        Asked { decision: "answer", entry: Some("A-01"), language: Some("sw"), person: None };
    store.query_save(&asked, NOW).unwrap()
}

/// Remembers a question that found no answer.
fn miss(store: &Store, text: &str, language: Option<&str>, now: i64) {
    let text = &Scrubbed::of(text);
    store.unanswered_add(&Missed { text, language, declined: &[], person: None }, now);
}

fn good(query: &QueryRecord) -> Feedback<'_> {
    Feedback {
        query: &query.id,
        kind: FeedbackKind::Content,
        sentiment: Sentiment::Positive,
        entry: Some("A-01"),
        text: Some("asante, call me on 0700 000 001"),
    }
}

#[test]
fn a_conversation_is_saved_over_the_version_that_was_read() {
    on_both(async |place| {
        let (one, other) = (place.open().await, place.open().await);
        let until = (NOW, NOW + DAY);
        assert_eq!(one.session_load("x", NOW).await.unwrap(), None);
        one.session_save("x", 0, b"first", until, None).await.unwrap();
        let again = other.session_save("x", 0, b"again", until, None).await;
        assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
        let held = other.session_load("x", NOW).await.unwrap().unwrap();
        assert_eq!(held, Held { content: b"first".to_vec(), version: 1 });
        other.session_save("x", 1, b"second", until, None).await.unwrap();
        let late = one.session_save("x", 1, b"late", until, None).await;
        assert!(matches!(late, Err(Error::Conflict)), "{late:?}");
        assert_eq!(one.session_load("x", NOW).await.unwrap().unwrap().content, b"second");
        assert_eq!(one.session_load("y", NOW).await.unwrap(), None);
        one.session_delete("x").await.unwrap();
        assert_eq!(other.session_load("x", NOW).await.unwrap(), None);
    });
}

#[test]
fn an_expired_conversation_is_gone_and_its_name_is_free() {
    on_both(async |place| {
        let store = place.open().await;
        store.session_save("x", 0, b"old", (NOW, NOW + 10), None).await.unwrap();
        assert_eq!(store.session_load("x", NOW + 10).await.unwrap(), None);
        let times = (NOW + 10, NOW + 20);
        store.session_save("x", 0, b"new", times, None).await.unwrap();
        let held = store.session_load("x", NOW + 11).await.unwrap().unwrap();
        assert_eq!(held.content, b"new");
        store.session_save("x", held.version, b"newer", times, None).await.unwrap();
    });
}

#[test]
fn a_value_that_a_database_refuses_does_not_take_the_state_away() {
    on_both(async |mut place| {
        place.settings.privacy.keep_questions = true;
        let store = place.open().await;
        let query = ask(&store);
        miss(&store, "zero \u{0} byte", Some("\u{0}"), NOW);
        assert_eq!(store.query_find(QueryName::Id("\u{0}")).await.unwrap(), None);
        drop(store.outbox_push("email", "\u{0}", None, NOW).await);
        drop(store.flush().await);
        assert_eq!(store.status(), "ok");
        store.flush().await.unwrap();
        drop(query);
        store.feedback_add(&good(&ask(&store)), NOW).await.unwrap();
    });
}

#[test]
fn a_query_is_found_at_once_and_after_a_restart() {
    on_both(async |place| {
        let store = place.open().await;
        let (query, second) = (ask(&store), ask(&store));
        assert_ne!(query.id, second.id);
        for _ in 0..2 {
            for name in [QueryName::Id(&query.id), QueryName::Alias(query.alias)] {
                assert_eq!(store.query_find(name).await.unwrap(), Some(query.clone()));
            }
            assert_eq!(store.query_find(QueryName::Id("none")).await.unwrap(), None);
            assert_eq!(store.query_find(QueryName::Alias(-1)).await.unwrap(), None);
            store.flush().await.unwrap();
        }
        store.close().await;
        let store = place.open().await;
        let found = store.query_find(QueryName::Alias(second.alias)).await.unwrap();
        assert_eq!(found, Some(second));
    });
}

#[test]
fn many_queries_are_written_in_batches() {
    on_both(async |place| {
        let store = place.open().await;
        let queries: Vec<QueryRecord> = (0..5_001).map(|_| ask(&store)).collect();
        store.flush().await.unwrap();
        let other = place.open().await;
        for query in [&queries[0], &queries[2_500], &queries[5_000]] {
            assert!(other.query_find(QueryName::Id(&query.id)).await.unwrap().is_some());
        }
        assert_eq!(store.n_lost(), 0);
    });
}

#[test]
fn feedback_is_kept_when_it_is_acknowledged() {
    on_both(async |place| {
        let store = place.open().await;
        let query = ask(&store);
        let number = store.feedback_add(&good(&query), NOW).await.unwrap();
        // As after a crash: the store is not closed.
        let other = place.open().await;
        assert_eq!(other.feedback_counts("A-01", NOW).await.unwrap(), (1, 0));
        assert!(other.query_find(QueryName::Id(&query.id)).await.unwrap().is_some());
        let bad = Feedback { sentiment: Sentiment::Negative, ..good(&query) };
        assert!(other.feedback_add(&bad, NOW + 1).await.unwrap() > number);
        assert_eq!(other.feedback_counts("A-01", NOW).await.unwrap(), (1, 1));
        assert_eq!(other.feedback_counts("A-01", NOW + 1).await.unwrap(), (0, 1));
        let unknown = Feedback { query: "none", ..good(&query) };
        let refused = store.feedback_add(&unknown, NOW).await;
        assert!(matches!(refused, Err(Error::Unknown(_))), "{refused:?}");
    });
}

/// All bytes of the files of a state folder. SQLite folds its log into the file while it closes,
/// so a file that goes between listing and reading means to look again.
fn bytes_of(place: &Place) -> Vec<u8> {
    loop {
        let files = fs::read_dir(&place.settings.state.dir).unwrap();
        let read: Result<Vec<Vec<u8>>, _> = files.map(|it| fs::read(it.unwrap().path())).collect();
        if let Ok(read) = read {
            return read.concat();
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

#[test]
fn no_text_is_kept_unless_the_settings_say_so_and_never_a_number() {
    let mut place = Place::sqlite();
    for keep in [false, true] {
        place.settings.privacy.keep_feedback_text = keep;
        place.settings.privacy.keep_questions = keep;
        run(async {
            let store = place.open().await;
            miss(&store, "my swali is 0700000001", Some("sw"), NOW);
            let query = ask(&store);
            store.feedback_add(&good(&query), NOW).await.unwrap();
            store.session_save("secret-name", 0, b"{}", (NOW, NOW + 1), None).await.ok();
            let unanswered = store.unanswered_list(10).await.unwrap();
            assert_eq!(unanswered.len(), usize::from(keep), "{unanswered:?}");
        });
        let bytes = bytes_of(&place);
        assert!(holds(&bytes, "A-01"), "rows are there to be looked at");
        assert_eq!(holds(&bytes, "asante"), keep);
        assert_eq!(holds(&bytes, "swali"), keep);
        for secret in ["0700", "secret-name"] {
            assert!(!holds(&bytes, secret), "{secret}");
        }
    }
}

#[test]
fn unanswered_questions_are_counted_and_can_be_taken_off() {
    on_both(async |mut place| {
        place.settings.privacy.keep_questions = true;
        let store = place.open().await;
        for (text, at) in [("b", 0), ("a", 1), ("b", 2), ("call 0700000001", 3)] {
            miss(&store, text, Some("sw"), NOW + at);
        }
        store.flush().await.unwrap();
        miss(&store, "b", Some("sw"), NOW + 4);
        miss(&store, "b", None, NOW);
        let list = store.unanswered_list(9).await.unwrap();
        let rows: Vec<_> =
            list.iter().map(|it| (it.text.as_str(), it.language.as_str(), it.times)).collect();
        assert_eq!(rows, [("b", "sw", 3), ("b", "", 1), ("a", "sw", 1), ("call …", "sw", 1)]);
        assert_eq!((list[0].first_seen, list[0].last_seen), (NOW, NOW + 4));
        assert!(store.unanswered_remove("sw", "b").await.unwrap());
        assert!(!store.unanswered_remove("sw", "b").await.unwrap());
        assert_eq!(store.unanswered_list(9).await.unwrap().len(), 3);
        assert_eq!(store.unanswered_list(1).await.unwrap().len(), 1);
    });
}

#[test]
fn what_waits_to_be_sent_stays_until_it_is_sent() {
    on_both(async |place| {
        let store = place.open().await;
        let first = store.outbox_push("email", r#"{"to":1}"#, None, NOW).await.unwrap();
        let second = store.outbox_push("email", r#"{"to":2}"#, None, NOW).await.unwrap();
        store.outbox_push("message", "{}", None, NOW).await.unwrap();
        let store = place.open().await;
        let waiting = store.outbox_list("email", 9).await.unwrap();
        assert_eq!(waiting.iter().map(|it| it.id).collect::<Vec<_>>(), [first, second]);
        assert_eq!(waiting[0].payload, r#"{"to":1}"#);
        assert!(store.outbox_remove(first).await.unwrap());
        assert!(!store.outbox_remove(first).await.unwrap());
        assert_eq!(store.outbox_list("email", 9).await.unwrap().len(), 1);
    });
}

#[test]
fn a_person_can_be_erased_and_nobody_else_is() {
    on_both(async |place| {
        let store = place.open().await;
        let (asha, ben) = (store.people().of("254700000001"), store.people().of("254700000002"));
        let mut queries = Vec::new();
        for person in [&asha, &ben] {
            let asked =
                Asked { decision: "tree", entry: None, language: None, person: Some(person) };
            let query = store.query_save(&asked, NOW).unwrap();
            store.feedback_add(&good(&query), NOW).await.unwrap();
            queries.push(query);
            let name = person.as_str();
            store.session_save(name, 0, b"{}", (NOW, NOW + DAY), Some(person)).await.unwrap();
            store.outbox_push("email", name, Some(person), NOW).await.unwrap();
        }
        store.erase_person(&asha).await.unwrap();
        assert_eq!(store.session_load(asha.as_str(), NOW).await.unwrap(), None);
        assert!(store.session_load(ben.as_str(), NOW).await.unwrap().is_some());
        let name = |it: usize| QueryName::Id(&queries[it].id);
        assert_eq!(store.query_find(name(0)).await.unwrap(), None);
        assert!(store.query_find(name(1)).await.unwrap().is_some());
        assert_eq!(store.feedback_counts("A-01", 0).await.unwrap(), (1, 0));
        assert_eq!(store.outbox_list("email", 9).await.unwrap().len(), 1);
    });
}

#[test]
fn what_one_person_asked_in_vain_is_erased_and_what_others_asked_stays() {
    on_both(async |mut place| {
        place.settings.privacy.keep_questions = true;
        let store = place.open().await;
        let (asha, ben) = (store.people().of("a"), store.people().of("b"));
        let declined = [EntryId::new("A-01"), EntryId::new("B-01")];
        for (text, person) in [("both", &asha), ("both", &ben), ("both", &asha), ("one", &asha)] {
            let (text, person) = (&Scrubbed::of(text), Some((person, NOW + DAY)));
            let declined = &declined[..];
            let missed = Missed { text, language: Some("sw"), declined, person };
            store.unanswered_add(&missed, NOW);
        }
        miss(&store, "both", Some("sw"), NOW + 1);
        let list = store.unanswered_list(9).await.unwrap();
        assert_eq!((list[0].text.as_str(), list[0].times), ("both", 4));
        assert_eq!(list[0].declined, ["A-01", "B-01"], "a miss without choice takes none away");
        store.erase_person(&asha).await.unwrap();
        let rows = async || {
            let list = store.unanswered_list(9).await.unwrap();
            list.into_iter().map(|it| (it.text, it.times)).collect::<Vec<_>>()
        };
        assert_eq!(rows().await, [("both".to_owned(), 2)]);
        store.erase_person(&asha).await.unwrap();
        assert_eq!(rows().await, [("both".to_owned(), 2)], "once is enough");
        // When the conversation is over nobody knows whose question it was.
        assert_eq!(store.sweep(NOW + DAY).await.unwrap().ties, 1);
        store.erase_person(&ben).await.unwrap();
        assert_eq!(rows().await, [("both".to_owned(), 2)]);
    });
}

#[test]
fn what_is_old_is_forgotten_and_nothing_else() {
    on_both(async |mut place| {
        place.settings.state.queries_days = 1;
        place.settings.state.feedback_days = 2;
        let store = place.open().await;
        let query = ask(&store);
        store.feedback_add(&good(&query), NOW).await.unwrap();
        store.session_save("x", 0, b"{}", (NOW, NOW + DAY), None).await.unwrap();
        store.outbox_push("email", "{}", None, NOW).await.unwrap();
        let nothing = store.sweep(NOW + DAY - 1).await.unwrap();
        assert_eq!(nothing, Default::default());
        let day_after = store.sweep(NOW + DAY).await.unwrap();
        assert_eq!((day_after.queries, day_after.sessions, day_after.feedback), (1, 1, 0));
        assert_eq!(store.query_find(QueryName::Id(&query.id)).await.unwrap(), None);
        let month_after = store.sweep(NOW + 30 * DAY).await.unwrap();
        assert_eq!((month_after.feedback, month_after.outbox), (1, 1));
        // A clock that goes back forgets nothing, however far.
        assert_eq!(store.sweep(i64::MIN).await.unwrap(), Default::default());
    });
}

/// The first version of the tables, as it was released.
fn first_version(sql: &'static str) -> Migrator {
    let name = Cow::Borrowed("version 1");
    let first = Migration::new(1, name, MigrationType::Simple, sql.into_sql_str(), false);
    Migrator::with_migrations(vec![first])
}

const OLD_ROWS: [&str; 2] = [
    "INSERT INTO queries (id, alias, secret, decision, created) VALUES ('q', 7, 's', 'tree', 1)",
    "INSERT INTO outbox (kind, payload, created) VALUES ('email', 'kept', 1)",
];

async fn check_brought_up(place: &Place) {
    for _ in 0..2 {
        let store = place.open().await;
        let query = store.query_find(QueryName::Alias(7)).await.unwrap().unwrap();
        assert_eq!((query.id.as_str(), query.decision.as_str()), ("q", "tree"));
        assert_eq!(store.outbox_list("email", 9).await.unwrap()[0].payload, "kept");
        store.unanswered_list(1).await.unwrap();
        let person = store.people().of("254700000001");
        store.erase_person(&person).await.unwrap();
        store.close().await;
    }
}

#[test]
fn tables_of_the_first_version_are_brought_to_this_one() {
    run(async {
        let place = Place::sqlite();
        fs::create_dir(&place.settings.state.dir).unwrap();
        let file = place.settings.state.dir.join("state.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let old = sqlx::SqlitePool::connect_with(options.create_if_missing(true)).await.unwrap();
        let sql = include_str!("../../src/service/store/migrations/sqlite/1.sql");
        first_version(sql).run(&old).await.unwrap();
        for row in OLD_ROWS {
            sqlx::query(row).execute(&old).await.unwrap();
        }
        old.close().await;
        check_brought_up(&place).await;

        let place = Place::postgres();
        let url = place.settings.database_url.as_ref().unwrap().reveal();
        let old = sqlx::PgPool::connect(url).await.unwrap();
        let sql = include_str!("../../src/service/store/migrations/postgres/1.sql");
        first_version(sql).run(&old).await.unwrap();
        for row in OLD_ROWS {
            sqlx::query(row).execute(&old).await.unwrap();
        }
        check_brought_up(&place).await;
    });
}

#[test]
fn tables_of_a_newer_version_are_left_alone() {
    run(async {
        let place = Place::sqlite();
        place.open().await.close().await;
        let file = place.settings.state.dir.join("state.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let newer = sqlx::SqlitePool::connect_with(options).await.unwrap();
        let row = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                   execution_time) VALUES (99, 'later', true, x'00', 0)";
        sqlx::query(row).execute(&newer).await.unwrap();
        newer.close().await;
        let error = Store::open_now(&place.settings).await.unwrap_err().to_string();
        assert!(error.contains("newer sahihi") && error.contains("state.db"), "{error}");
    });
}

#[test]
fn servers_on_one_postgres_know_the_same_people() {
    run(async {
        let place = Place::postgres();
        let one = place.open().await;
        let mut elsewhere = place.settings.clone();
        elsewhere.state.dir = place.folder.path().join("elsewhere");
        let other = Store::open_now(&elsewhere).await.unwrap();
        assert_eq!(one.people().of("254700000001"), other.people().of("254700000001"));
        // A key file that was named is used, and stays out of the database.
        let file = place.folder.path().join("named.key");
        elsewhere.privacy.key_file = Some(file);
        let named = Store::open_now(&elsewhere).await.unwrap();
        assert_ne!(one.people().of("254700000001"), named.people().of("254700000001"));
        let again = Store::open_now(&elsewhere).await.unwrap();
        assert_eq!(named.people().of("x"), again.people().of("x"));
    });
}

#[test]
fn the_key_file_is_for_its_owner_alone_and_a_damaged_one_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::sqlite();
    let file = place.settings.state.dir.join("privacy.key");
    let before = run(async { place.open().await.people().of("x") });
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&place.settings.state.dir).unwrap().permissions().mode() & 0o077, 0);
    assert_eq!(run(async { place.open().await.people().of("x") }), before);
    for damaged in ["", "short", "\u{0}\u{ffff}", &"!".repeat(86)] {
        fs::write(&file, damaged).unwrap();
        let error = run(Store::open(&place.settings)).unwrap_err().to_string();
        assert!(error.contains("privacy.key") && error.contains("put back"), "{error}");
    }
}

/// Waits until the store says so; it looks every second.
async fn until(store: &Store, is_away: bool) {
    let waited = async {
        while store.is_away() != is_away {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waited).await.expect("in time");
}

#[test]
fn while_postgres_is_away_conversations_go_on_and_then_it_is_used_again() {
    let server = Postgres::start();
    let mut place = Place::sqlite();
    place.settings.database_url = Some(Secret::new(server.database()));
    run(async {
        let store = Store::open(&place.settings).await.unwrap();
        let keeper = store.clone();
        let kept = async move { keeper.keep().await };
        let checked = async {
            // The keeper forgets by the clock on the wall.
            let until_then = (NOW, NOW + 36_500 * DAY);
            store.session_save("x", 0, b"before", until_then, None).await.unwrap();
            server.stop();
            let query = ask(&store);
            let refused = store.feedback_add(&good(&query), NOW).await;
            assert!(matches!(refused, Err(Error::Away)), "{refused:?}");
            assert_eq!(store.status(), "away");
            store.session_save("x", 1, b"without", until_then, None).await.unwrap();
            store.session_save("y", 0, b"new", until_then, None).await.unwrap();
            assert_eq!(store.session_load("x", NOW).await.unwrap().unwrap().content, b"without");
            server.resume();
            until(&store, false).await;
            for (name, last) in [("x", &b"without"[..]), ("y", b"new")] {
                let held = store.session_load(name, NOW).await.unwrap().unwrap();
                assert_eq!(held.content, last, "{name}");
                store.session_save(name, held.version, b"after", until_then, None).await.unwrap();
            }
            store.feedback_add(&good(&query), NOW).await.unwrap();
            let other = Store::open_now(&place.settings).await.unwrap();
            assert_eq!(other.session_load("x", NOW).await.unwrap().unwrap().content, b"after");
        };
        tokio::select! {
            () = kept => unreachable!("the keeper never ends"),
            () = checked => (),
        }
    });
}

#[test]
fn a_store_that_starts_without_postgres_comes_to_it_later() {
    let server = Postgres::start();
    let mut place = Place::sqlite();
    place.settings.database_url = Some(Secret::new(server.database()));
    server.stop();
    run(async {
        let error = Store::open_now(&place.settings).await.unwrap_err().to_string();
        assert!(error.contains("SAHIHI_DATABASE_URL"), "{error}");
        assert!(!error.contains("not-asked-for"), "the password is not shown: {error}");
        let store = Store::open(&place.settings).await.unwrap();
        assert!(store.is_away());
        server.resume();
        let keeper = store.clone();
        tokio::select! {
            () = async move { keeper.keep().await } => unreachable!("the keeper never ends"),
            () = until(&store, false) => (),
        }
        let query = ask(&store);
        store.feedback_add(&good(&query), NOW).await.unwrap();
    });
}

#[test]
fn a_file_that_is_removed_is_made_anew() {
    let place = Place::sqlite();
    run(async {
        let store = place.open().await;
        let keeper = store.clone();
        let made_anew = async {
            for name in ["state.db", "state.db-wal", "state.db-shm"] {
                drop(fs::remove_file(place.settings.state.dir.join(name)));
            }
            until(&store, true).await;
            until(&store, false).await;
            let query = ask(&store);
            store.feedback_add(&good(&query), NOW).await.unwrap();
            let other = place.open().await;
            assert_eq!(other.feedback_counts("A-01", 0).await.unwrap(), (1, 0));
        };
        tokio::select! {
            () = async move { keeper.keep().await } => unreachable!("the keeper never ends"),
            () = made_anew => (),
        }
    });
}

fn search(server: &Server) -> Value {
    let response =
        post_to(server, "/v1/search", &json!({ "question": "nimesahau kumeza kidonge jana" }));
    assert_eq!(response.status(), 200);
    body(response)
}

fn feedback(server: &Server, id: &str) -> u16 {
    let request = json!({ "query_id": id, "helpful": true, "entry": "A-01", "text": "asante" });
    post_to(server, "/v1/feedback", &request).status().as_u16()
}

fn state(server: &Server) -> String {
    let ready = body(agent().get(server.url("/readyz")).call().unwrap());
    ready["state"].as_str().unwrap().to_owned()
}

#[test]
fn feedback_right_after_its_search_is_taken_and_survives_a_kill() {
    let mut server = Server::with(Home::approved(), &[]);
    let id = search(&server)["query_id"].as_str().unwrap().to_owned();
    assert_eq!(state(&server), "ok");
    assert_eq!(feedback(&server, &id), 204);
    assert_eq!(feedback(&server, "none"), 404);
    server.kill();
    let mut settings = Settings::default();
    settings.state.dir = server.home.folder().join(".sahihi");
    let counts = async { Store::open_now(&settings).await?.feedback_counts("A-01", 0).await };
    assert_eq!(run(counts).unwrap(), (1, 0));
}

#[test]
fn feedback_that_cannot_be_understood_is_refused() {
    let server = crate::connection::server();
    for (request, status) in [
        (json!({}), 400),
        (json!({ "query_id": 5, "helpful": true }), 400),
        (json!({ "query_id": "x", "helpful": "yes" }), 400),
        (json!({ "query_id": "x", "helpful": true, "stars": 5 }), 400),
        (json!({ "query_id": "x", "helpful": true, "text": "x".repeat(4_097) }), 400),
        (json!({ "query_id": "", "helpful": true }), 404),
        (json!({ "query_id": "' OR 1=1 --", "helpful": true }), 404),
        (json!({ "query_id": "\u{0}", "helpful": true }), 404),
        (json!({ "query_id": "x", "helpful": false, "entry": null, "text": null }), 404),
    ] {
        let given = post_to(&server, "/v1/feedback", &request);
        assert_eq!(given.status().as_u16(), status, "{request}");
    }
}

#[test]
fn with_a_damaged_file_search_goes_on_and_the_operator_is_told() {
    let home = Home::approved();
    let folder = home.folder().join(".sahihi");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("state.db"), "this is no database".repeat(500)).unwrap();
    let done = home.run(&["keys", "list"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("state.db") && done.stderr.contains("backup"), "{done:#?}");
    let server = Server::with(home, &[]);
    let id = search(&server)["query_id"].as_str().unwrap().to_owned();
    assert_eq!(state(&server), "away");
    assert_eq!(feedback(&server, &id), 503);
    let kept = fs::read(folder.join("state.db")).unwrap();
    assert!(kept.starts_with(b"this is no database"), "the file is left as it is");
}

#[test]
fn where_no_folder_can_be_made_search_goes_on() {
    let home = Home::approved();
    fs::write(home.folder().join(".sahihi"), "a file").unwrap();
    let server = Server::with(home, &[]);
    assert!(search(&server)["query_id"].is_string());
    assert_eq!(state(&server), "away");
}
