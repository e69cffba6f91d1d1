//! `sahihi ask`: one question, its decision, and why.

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::analysis::Lang;
use sahihi::config::Config;
use sahihi::engine::Engine;
use sahihi::retrieval::{Explanation, Profile, Query};
use sahihi::service::wire::SearchReply;

use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The question, in any language
    text: String,
    /// Preferred language of the answer, like sw
    #[arg(long, value_name = "TAG")]
    lang: Option<Lang>,
    /// What is known of the person, like country=KE age=18-24 gender=f role=client topics=pills
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    profile: Vec<String>,
    /// Show the numbers behind the decision
    #[arg(long)]
    explain: bool,
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let profile = profile(&arguments.profile)?;
    let (engine, opened) = Engine::open_or_build(config).into_diagnostic()?;
    super::build::show_opened(&opened);
    let query = Query {
        text: &arguments.text,
        language: arguments.lang.as_ref(),
        profile: &profile,
        limit: sahihi::service::wire::DEFAULT_LIMIT,
        today: config.today,
    };
    let decision = engine.decide(&query);
    let reply = SearchReply::new(&engine, &query, &decision, arguments.explain);
    if json {
        terminal::json(&reply);
    } else {
        show(&reply);
        if let Some(explanation) = &reply.explain {
            explain(explanation, 0);
        }
    }
    Ok(Outcome::Done)
}

/// Reads `key=value` pairs; `topics` may be given more than once.
pub(super) fn profile(pairs: &[String]) -> Result<Profile> {
    let mut fields = serde_json::Map::new();
    for pair in pairs {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| miette!("`{pair}` is no KEY=VALUE; write for example country=KE"))?;
        if key == "topics" {
            let list = fields.entry(key).or_insert_with(|| serde_json::Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut() {
                list.extend(value.split(',').map(|it| it.trim().into()));
            }
        } else {
            fields.insert(key.to_owned(), value.into());
        }
    }
    serde_json::from_value(fields.into()).map_err(|error| miette!("in --profile: {error}"))
}

fn show(reply: &SearchReply) {
    let language = reply.language.question.as_ref().map_or("?", Lang::as_str);
    terminal::line(&format!(
        "{} ({}), confidence {:.2}, question in {language}",
        reply.decision.name(),
        reply.reason,
        reply.confidence
    ));
    if reply.sample {
        terminal::line("SAMPLE: written for demonstration, not clinically reviewed.");
    }
    if let Some(answer) = &reply.answer {
        terminal::line(&format!("\n{}  [{} {}]\n", answer.question, answer.entry, answer.language));
        terminal::line(&terminal::wrapped(&answer.text, "  "));
        terminal::line(&format!(
            "\nreviewed by {} on {}, valid until {}",
            answer.reviewed_by, answer.reviewed_on, answer.valid_until
        ));
        for source in &answer.sources {
            let (title, publisher, year) = (&source.title, &source.publisher, source.year);
            terminal::line(&format!("source: {title}. {publisher}, {year}"));
        }
    }
    for it in reply.resources.iter().flatten() {
        terminal::line(&format!("to read on: {} ({}) {}", it.title, it.publisher, it.url));
    }
    for it in reply.approaches.iter().flatten() {
        terminal::line(&format!("approach: {}: {} [{}]", it.title, it.summary, it.evidence));
    }
    if let Some(tree) = &reply.tree {
        terminal::line(&format!("\n{}  [node {}]", tree.lines(), tree.node));
    }
    let others = reply.candidates.iter().skip(usize::from(reply.answer.is_some()));
    let others: Vec<String> =
        others.map(|it| format!("  {:.2}  {}  {}", it.confidence, it.entry, it.question)).collect();
    if !others.is_empty() {
        let title = if reply.answer.is_some() { "\nother candidates:" } else { "\ncandidates:" };
        terminal::line(&format!("{title}\n{}", others.join("\n")));
    }
}

fn explain(part: &Explanation, depth: usize) {
    let indent = "  ".repeat(depth);
    let value = part.value.map_or_else(String::new, |value| format!(" {value:.3}"));
    let text = if part.text.is_empty() { String::new() } else { format!(" {}", part.text) };
    terminal::line(&format!("{indent}{}{value}{text}", part.name));
    for part in &part.parts {
        explain(part, depth + 1);
    }
}
