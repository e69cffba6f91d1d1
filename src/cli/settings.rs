//! Where the settings of the service come from, for the commands that need them.

use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic as _, Result};
use sahihi::config::Settings;
use sahihi::config::settings::Typed;

/// How settings are given, for every command.
#[derive(Debug, Args)]
pub(crate) struct Given {
    /// File of the settings [default: sahihi.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// A setting, as `server.addr=127.0.0.1:8080`; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = typed)]
    set: Vec<Typed>,
    /// Folder of the state [default: .sahihi]
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl Given {
    /// The settings, with what a command's own flags say.
    pub(crate) fn load(&self, flags: impl IntoIterator<Item = Typed>) -> Result<Settings> {
        let mut typed = self.set.clone();
        typed.extend(flags);
        let mut settings = Settings::load(self.settings.as_deref(), &typed).into_diagnostic()?;
        if let Some(folder) = &self.state {
            settings.state.dir.clone_from(folder);
        }
        Ok(settings)
    }
}

fn typed(text: &str) -> Result<Typed, String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE, as log.format=json")?;
    if !key.contains('.') && key != "database_url" {
        return Err(format!("`{key}` is no setting; they are written section.key"));
    }
    Ok((key.trim().to_owned(), value.to_owned()))
}
