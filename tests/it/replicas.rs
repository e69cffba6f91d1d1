//! Two servers on one PostgreSQL:
//!
//! 1. are one to a conversation: each turn may come to the other one, also at the same moment;
//! 2. take feedback on each other's replies and know the same keys;
//! 3. while PostgreSQL is stopped they answer, say so, and refuse what must be kept; when it is
//!    started again they are one again, without a restart.

use std::thread;

use serde_json::{Value, json};

use crate::connection::{Server, serve};
use crate::http::{agent, body, post_to};
use crate::postgres::{Postgres, postgres};
use crate::support::{Home, TODAY, finish, plant_tree, until};

fn home() -> Home {
    let home = Home::approved();
    plant_tree(&home);
    home.approve("amina", "all");
    home
}

fn replica(database: &str, arguments: &[&str]) -> Server {
    let home = home();
    let mut command = home.command_on(TODAY, &serve(arguments));
    command.env("SAHIHI_DATABASE_URL", database);
    Server::with_command(command, home)
}

fn talk(server: &Server, request: &Value) -> Value {
    let response = post_to(server, "/v1/chat", request);
    assert_eq!(response.status(), 200, "{request}");
    body(response)
}

fn feedback(server: &Server, id: &Value) -> u16 {
    let request = json!({ "query_id": id, "helpful": true });
    post_to(server, "/v1/feedback", &request).status().as_u16()
}

fn search(server: &Server) -> Value {
    let question = json!({ "question": "nimesahau kumeza kidonge jana" });
    let response = post_to(server, "/v1/search", &question);
    assert_eq!(response.status(), 200);
    body(response)
}

fn state(server: &Server) -> Value {
    body(agent().get(server.url("/readyz")).call().unwrap())["state"].clone()
}

#[test]
fn a_conversation_goes_on_at_the_other_server() {
    let postgres = postgres();
    let database = postgres.database();
    let servers = [replica(&database, &[]), replica(&database, &[])];
    let first = talk(&servers[0], &json!({ "text": "menu" }));
    let session = &first["session"];
    assert_eq!(first["reply"]["choices"][0]["id"], "node:pills", "{first:#}");
    // A number is only understood by who knows what was offered.
    let second = talk(&servers[1], &json!({ "session": session, "text": "1" }));
    assert_eq!(&second["session"], session, "the other server knows the conversation");
    assert_eq!(second["reply"]["choices"][0]["id"], "entry:A-01", "{second:#}");
    let third = talk(&servers[0], &json!({ "session": session, "text": "1" }));
    assert_eq!(third["reply"]["entry"], "A-01", "{third:#}");
    for turn in 0..20 {
        let request = json!({ "session": session, "text": "menu" });
        let menu = talk(&servers[turn % 2], &request);
        assert_eq!(menu["reply"]["choices"][0]["id"], "node:pills", "turn {turn}: {menu:#}");
        let request = json!({ "session": session, "text": "1" });
        let node = talk(&servers[(turn + 1) % 2], &request);
        assert_eq!(node["reply"]["choices"][0]["id"], "entry:A-01", "turn {turn}: {node:#}");
    }
    thread::scope(|scope| {
        for server in servers.iter().cycle().take(4) {
            scope.spawn(move || {
                for _ in 0..10 {
                    let reply = talk(server, &json!({ "session": session, "text": "menu" }));
                    assert_eq!(&reply["session"], session);
                }
            });
        }
    });
}

#[test]
fn feedback_and_keys_are_good_at_either_server() {
    let postgres = postgres();
    let database = postgres.database();
    let servers = [replica(&database, &[]), replica(&database, &[])];
    let id = search(&servers[0])["query_id"].clone();
    until("the other server never learns of the query", || feedback(&servers[1], &id) == 204);
    let mut command = servers[0].home.command_on(TODAY, &["keys", "create", "bot", "--json"]);
    command.env("SAHIHI_DATABASE_URL", &database);
    let made = finish(command).json();
    let token = made["token"].as_str().unwrap();
    for server in &servers {
        let search = |token: Option<&str>| {
            let mut request = agent().post(server.url("/v1/search"));
            if let Some(token) = token {
                request = request.header("X-Api-Key", token);
            }
            request.send_json(json!({ "question": "kondomu" })).unwrap().status().as_u16()
        };
        until("the key is never needed", || search(None) == 401);
        assert_eq!(search(Some(token)), 200);
    }
}

#[test]
fn while_postgres_is_stopped_both_answer_and_then_they_are_one_again() {
    let postgres = Postgres::start();
    let database = postgres.database();
    let servers = [replica(&database, &[]), replica(&database, &[])];
    let begun = talk(&servers[0], &json!({ "text": "menu" }));
    let session = &begun["session"];
    postgres.stop();
    for server in &servers {
        let id = search(server)["query_id"].clone();
        assert_eq!(feedback(server, &id), 503);
        assert_eq!(state(server), "away");
        let reply = talk(server, &json!({ "text": "menu" }));
        let next = json!({ "session": reply["session"], "text": "1" });
        assert_eq!(talk(server, &next)["reply"]["choices"][0]["id"], "entry:A-01");
    }
    postgres.resume();
    for server in &servers {
        until("the state never comes back", || state(server) == "ok");
    }
    let id = search(&servers[0])["query_id"].clone();
    until("the other server never learns of the query", || feedback(&servers[1], &id) == 204);
    let reply = talk(&servers[1], &json!({ "session": session, "text": "1" }));
    assert_eq!(&reply["session"], session, "what was kept is still there");
    let reply = talk(&servers[0], &json!({ "session": session, "text": "menu" }));
    assert_eq!(&reply["session"], session);
}
