//! `sahihi serve`: the HTTP interface and the chat page.

use std::net::SocketAddr;

use clap::Args;
use miette::{IntoDiagnostic as _, Result};
use sahihi::config::Config;
use sahihi::engine::{Engine, Error};
use sahihi::service;

use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    addr: SocketAddr,
}

pub(crate) fn run(config: &Config, arguments: &Arguments) -> Result<Outcome> {
    let (engine, opened) = match Engine::open_or_build(config) {
        Ok(opened) => opened,
        Err(error @ Error::BrokenCorpus { .. }) => {
            terminal::note(&format!("error: {error}"));
            return super::check::run(config, &super::check::Arguments::default(), false);
        }
        Err(error) => return Err(error).into_diagnostic(),
    };
    super::build::show_opened(&opened);
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    service::serve(engine, config, arguments.addr, |addr| {
        terminal::note(&format!("sahihi serves http://{addr}/"));
    })
    .into_diagnostic()?;
    Ok(Outcome::Done)
}
