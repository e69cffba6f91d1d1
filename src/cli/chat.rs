//! `sahihi chat`: a conversation in the terminal, or line by line from a file.

use std::io::{self, BufRead as _, IsTerminal as _};

use clap::Args;
use miette::{IntoDiagnostic as _, Result};
use sahihi::analysis::Lang;
use sahihi::config::Config;
use sahihi::dialogue::{Effect, Input, Session};
use sahihi::engine::Engine;
use sahihi::service::chat::ReplyPart;
use time::{OffsetDateTime, Time};

use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Language to be answered in, like sw
    #[arg(long, value_name = "TAG")]
    lang: Option<Lang>,
    /// What is known of the person, like country=KE age=18-24 gender=f role=client topics=pills
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    profile: Vec<String>,
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let profile = super::ask::profile(&arguments.profile)?;
    let (engine, opened) = Engine::open_or_build(config).into_diagnostic()?;
    super::build::show_opened(&opened);
    // The conversation is held on the day the approvals are looked at.
    let now = OffsetDateTime::new_utc(config.today, Time::MIDNIGHT);
    let mut session = Session::new(now);
    session.tell(&profile);
    if let Some(lang) = &arguments.lang {
        session.speak(lang.clone());
    }
    let is_person = io::stdin().is_terminal() && !json;
    if is_person {
        session = turn(&engine, session, &Input::Text(String::new()), now, json);
    }
    for line in io::stdin().lock().lines() {
        let line = line.into_diagnostic()?;
        session = turn(&engine, session, &Input::Text(line), now, json);
    }
    Ok(Outcome::Done)
}

fn turn(
    engine: &Engine,
    session: Session,
    input: &Input,
    now: OffsetDateTime,
    json: bool,
) -> Session {
    let turn = engine.step(session, input, now);
    let reply = ReplyPart::new(engine, &turn, now);
    if json {
        terminal::json_line(&reply);
    } else {
        show(&reply);
    }
    for effect in &turn.effects {
        if let Effect::Send { items, .. } = effect {
            // There is nobody here to send anything.
            terminal::note(&format!("(the server would send {} items now)", items.len()));
        }
    }
    turn.session
}

fn show(reply: &ReplyPart) {
    terminal::line(&terminal::wrapped(&reply.text, ""));
    for (number, choice) in (1..).zip(&reply.choices) {
        let description = match choice.description.as_str() {
            "" => String::new(),
            text => format!(" \u{2013} {text}"),
        };
        terminal::line(&format!("  {number}. {}{description}", choice.title));
    }
    terminal::line("");
}
