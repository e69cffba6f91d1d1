//! `sahihi serve`: the HTTP interface and the chat page.

use std::net::SocketAddr;

use clap::Args;
use miette::{IntoDiagnostic as _, Result};
use sahihi::config::Config;
use sahihi::engine::{Engine, Error};
use sahihi::service;

use super::settings::Given;
use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long)]
    addr: Option<SocketAddr>,
    /// Let everybody search and chat without a key
    #[arg(long)]
    open: bool,
    /// Keep the questions that found no answer, names and numbers taken out, for `review inbox`
    #[arg(long)]
    keep_questions: bool,
}

pub(crate) fn run(config: &Config, given: &Given, arguments: &Arguments) -> Result<Outcome> {
    let addr = arguments.addr.map(|it| ("server.addr".to_owned(), it.to_string()));
    let open = arguments.open.then(|| ("server.open".to_owned(), "true".to_owned()));
    let keep = ("privacy.keep_questions".to_owned(), "true".to_owned());
    let keep = arguments.keep_questions.then_some(keep);
    let settings = given.load(addr.into_iter().chain(open).chain(keep))?;
    service::log::start(&settings.log);
    let (engine, opened) = match Engine::open_or_build(config) {
        Ok(opened) => opened,
        Err(error @ Error::BrokenCorpus { .. }) => {
            terminal::note(&format!("error: {error}"));
            return super::check::run(config, &super::check::Arguments::default(), false);
        }
        Err(error) => return Err(error).into_diagnostic(),
    };
    super::build::show_opened(&opened);
    service::serve(engine, &settings, |addr| {
        terminal::note(&format!("sahihi serves http://{addr}/"));
    })
    .into_diagnostic()?;
    Ok(Outcome::Done)
}
