//! `sahihi review due`: what needs a reviewer soon, as a table, JSON or a calendar.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{ContentArrangement, Table};
use miette::{IntoDiagnostic as _, Result, WrapErr as _};
use sahihi::config::Config;
use sahihi::corpus::{self, DueKind, Loaded};

use super::{calendar, terminal};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How many days to look ahead
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    within: u32,
    /// Write a calendar file too, for any calendar program
    #[arg(long, value_name = "FILE")]
    ics: Option<PathBuf>,
}

pub(super) fn run(
    config: &Config,
    loaded: &Loaded,
    arguments: &Arguments,
    json: bool,
) -> Result<()> {
    let due = corpus::due(loaded, config.today, arguments.within);
    if let Some(path) = &arguments.ics {
        let text = calendar::text(&loaded.corpus.settings.name, &due, config.today);
        let cannot = || format!("cannot write {}", path.display());
        corpus::write_whole(path, text.as_bytes()).into_diagnostic().wrap_err_with(cannot)?;
    }
    if json {
        terminal::json(&due);
        return Ok(());
    }
    if !due.is_empty() {
        let mut table = Table::new();
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(["by", "what", "unit", "to do"]);
        for it in &due {
            let kind = match it.kind {
                DueKind::Expires => "expires",
                DueKind::CheckContact => "check contact",
                DueKind::CheckLink => "check link",
                DueKind::StaleTranslation => "stale translation",
            };
            table.add_row([it.on.to_string(), kind.to_owned(), it.unit.clone(), it.what.clone()]);
        }
        terminal::line(&table.to_string());
    }
    terminal::line(&format!("{} due within {} days", due.len(), arguments.within));
    Ok(())
}
