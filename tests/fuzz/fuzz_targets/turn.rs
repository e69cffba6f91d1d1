//! Any stored session and any text: a reply with a way on, and a session that can be stored.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sahihi::dialogue::{Input, Session};
use sahihi::engine::Engine;
use sahihi_fuzz::small_engine;
use time::macros::datetime;

static ENGINE: LazyLock<Engine> = LazyLock::new(small_engine);

fuzz_target!(init: { LazyLock::force(&ENGINE); }, |input: (Option<String>, Vec<(bool, String)>)| {
    let now = datetime!(2026 - 11 - 22 12:00 UTC);
    let (stored, said) = input;
    let mut session =
        stored.and_then(|it| Session::from_json(&it)).unwrap_or_else(|| Session::new(now));
    for (is_choice, text) in said.into_iter().take(8) {
        let input = if is_choice { Input::Choice(text) } else { Input::Text(text) };
        let turn = ENGINE.step(session, &input, now);
        assert!(!turn.reply.text().is_empty(), "a reply without words");
        let json = turn.session.to_json();
        session = Session::from_json(&json).expect("a session that was stored can be read");
    }
});
