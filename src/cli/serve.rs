//! `sahihi serve`: the HTTP interface and the chat page.

use std::net::SocketAddr;

use clap::Args;
use miette::{IntoDiagnostic as _, Result};
use sahihi::config::Config;
use sahihi::config::settings::Typed;
use sahihi::engine::{Engine, Error};
use sahihi::service;
use sahihi::service::follow::{Following, Start};

use super::settings::Given;
use super::{Outcome, heaps, terminal};

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
    /// Fetch the index from where `publish` puts it, instead of building it
    #[arg(long, value_name = "DIR or s3://BUCKET/PREFIX")]
    follow: Option<String>,
    /// The channel to follow [default: stable]
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// A public key whose releases are served; may be repeated
    #[arg(long, value_name = "KEY")]
    trust_key: Vec<String>,
}

pub(crate) fn run(config: &Config, given: &Given, arguments: &Arguments) -> Result<Outcome> {
    heaps::few();
    let settings = given.load(arguments.settings())?;
    service::log::start(&settings.log);
    let following = Following::of(&settings).into_diagnostic()?;
    let engine = match &following {
        Some(following) => {
            let (engine, start) = following.open(config).into_diagnostic()?;
            if let Start::Kept(error) = start {
                let report = miette::Report::from_err(error).wrap_err("the last index is served");
                terminal::error(&report);
            }
            engine
        }
        None => match Engine::open_or_build(config) {
            Ok((engine, opened)) => {
                super::build::show_opened(&opened);
                engine
            }
            Err(error @ Error::BrokenCorpus { .. }) => {
                terminal::note(&format!("error: {error}"));
                return super::check::run(config, &super::check::Arguments::default(), false);
            }
            Err(error) => return Err(error).into_diagnostic(),
        },
    };
    service::serve(engine, (config, following), &settings, |addr| {
        terminal::note(&format!("sahihi serves http://{addr}/"));
    })
    .into_diagnostic()?;
    Ok(Outcome::Done)
}

impl Arguments {
    /// What the flags set.
    fn settings(&self) -> impl Iterator<Item = Typed> {
        let yes = |it: bool| it.then(|| "true".to_owned());
        let trust = (!self.trust_key.is_empty()).then(|| self.trust_key.join(","));
        let given = [
            ("server.addr", self.addr.map(|it| it.to_string())),
            ("server.open", yes(self.open)),
            ("privacy.keep_questions", yes(self.keep_questions)),
            ("follow.url", self.follow.clone()),
            ("follow.channel", self.channel.clone()),
            ("follow.trust", trust),
        ];
        given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)))
    }
}
