//! `sahihi calibrate`: labelled questions set the confidence and its thresholds.

use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::config::Config;
use sahihi::corpus::{self, Bound, Corpus, TAUGHT_FILE, Taught};
use sahihi::engine::Engine;
use sahihi::eval::judgment::{self, Judgment, Kind};
use sahihi::retrieval::Query;
use sahihi::retrieval::labelled::{self, Labelled};

use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Labelled questions; may be given more than once
    #[arg(long, value_name = "FILE", required = true)]
    queries: Vec<PathBuf>,
    /// Only the questions of this split
    #[arg(long, value_name = "dev|test")]
    split: Option<String>,
    /// Say what would change, write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    if corpus::load(&config.corpus, config.today, config.trust).into_diagnostic()?.units.is_empty()
    {
        return Err(miette!("a bulk corpus keeps no calibration"));
    }
    let (engine, opened) = Engine::open_or_build(config).into_diagnostic()?;
    super::build::show_opened(&opened);
    let mut questions = Vec::new();
    for path in &arguments.queries {
        let judgments = judgment::read(path, arguments.split.as_deref()).into_diagnostic()?;
        questions.extend(judgments.iter().filter_map(|it| ask(&engine, it, config)));
    }
    if questions.is_empty() {
        return Err(miette!("there is no labelled question to learn from"));
    }
    let tolerated = tolerated(engine.corpus());
    let on = config.today.to_string();
    let taught = labelled::teach(engine.calibration(), &questions, &tolerated, on);
    if !arguments.dry_run {
        write(config, &taught)?;
    }
    if json {
        terminal::json(&taught);
    } else {
        show(&engine, &taught);
    }
    Ok(Outcome::Done)
}

fn ask(engine: &Engine, judgment: &Judgment, config: &Config) -> Option<Labelled> {
    if judgment.kind() == Kind::Redflag {
        return None;
    }
    let query = Query {
        text: &judgment.text,
        language: None,
        profile: &judgment.profile,
        limit: 2,
        today: config.today,
    };
    let decision = engine.decide(&query);
    let first = decision.candidates.first()?;
    Some(Labelled {
        signals: decision.signals,
        right: judgment.relevant.contains(&first.entry),
        in_scope: judgment.kind() == Kind::In,
    })
}

/// The shares of wrong answers that the tiers tolerate, each once.
fn tolerated(corpus: &Corpus) -> Vec<f64> {
    let mut shares: Vec<f64> = corpus.settings.tiers.values().map(|it| it.max_wrong).collect();
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    shares
}

fn write(config: &Config, taught: &Taught) -> Result<()> {
    let path = config.corpus.join(TAUGHT_FILE);
    let text = toml::to_string(taught).into_diagnostic()?;
    let head = "# What labelled questions taught about confidence. Written by `sahihi calibrate`;\n\
                # delete it and the corpus calibrates itself.\n\n";
    corpus::write_whole(&path, format!("{head}{text}").as_bytes())
        .map_err(|error| miette!("cannot write {}: {error}", path.display()))
}

fn show(engine: &Engine, taught: &Taught) {
    terminal::line(&format!("from {} labelled questions:", taught.questions));
    for bound in &taught.bounds {
        let before = engine.calibration().threshold(bound.max_wrong);
        terminal::line(&format!("  {}", sentence(bound, before)));
    }
    terminal::line("run `sahihi build` to use it");
}

fn sentence(bound: &Bound, before: f64) -> String {
    let Bound { threshold, answered, wrong, .. } = bound;
    let percent = bound.max_wrong * 100.0;
    let seen = format!("{wrong} of {answered} answered were wrong");
    if bound.certain {
        return format!(
            "at most {percent:.0} % wrong with 95 % confidence from confidence {threshold:.3} on \
             (was {before:.3}); {seen}"
        );
    }
    let needed = labelled::questions_needed(bound.max_wrong);
    let worst = labelled::upper_bound(*wrong, *answered) * 100.0;
    format!(
        "at most {percent:.0} % wrong as far as seen, from confidence {threshold:.3} on (was \
         {before:.3}); {seen}, so up to {worst:.0} % cannot be ruled out: at least {needed} \
         questions must be answered at that confidence"
    )
}
