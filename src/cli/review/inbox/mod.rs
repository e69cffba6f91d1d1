//! `sahihi review inbox`: what people asked in vain, grouped, with what could be done about it.

mod accept;
mod draft;
mod predict;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::analysis::Lang;
use sahihi::config::{Config, Settings};
use sahihi::corpus::{EntryId, Problems, SourceTree};
use sahihi::engine::Engine;
use sahihi::exchange;
use sahihi::retrieval::cluster::clusters;
use sahihi::retrieval::{Candidate, Outcome as Decided, Profile, Query};
use sahihi::service::inbox::{self, Unanswered};
use serde::Serialize;
use serde_json::json;

use super::super::build;
use super::{Outcome, decide, terminal};

/// Entries shown beside a group.
const NEAREST: usize = 3;
/// From this confidence on a group is taken for another way to ask for its nearest entry.
const SAME_FROM: f64 = 0.15;
/// Stands where something was taken out of a question.
const REMOVED: char = '…';

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Show group N, the file it would change and what that does to the test questions
    #[arg(long, value_name = "N", conflicts_with_all = ["accept", "draft", "dismiss"])]
    show: Option<usize>,
    /// Make a question of group N a phrasing of an entry, and approve that phrasing alone
    #[arg(long, value_name = "N", requires = "by", conflicts_with_all = ["draft", "dismiss"])]
    accept: Option<usize>,
    /// Write files to start a new entry from, with the questions of group N
    #[arg(long, value_name = "N", requires_all = ["entry", "topic"], conflicts_with = "dismiss")]
    draft: Option<usize>,
    /// Take group N off the list; nothing of the corpus changes
    #[arg(long, value_name = "N")]
    dismiss: Option<usize>,
    /// The entry it is a phrasing of, when it is not the nearest one; the id of a new entry
    #[arg(long, value_name = "ID")]
    entry: Option<String>,
    /// The phrasing as it is to stand, when it is not the first question of the group
    #[arg(long, value_name = "TEXT")]
    words: Option<String>,
    /// The topic of a new entry
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Where the files of a new entry are written, in a folder named after its topic
    #[arg(long, value_name = "DIR", default_value = "drafts")]
    out: PathBuf,
    /// Your name in reviewers.toml
    #[arg(long)]
    by: Option<String>,
    /// Your key file; the passphrase is asked, or taken from `SAHIHI_PASSPHRASE`
    #[arg(long, value_name = "FILE", requires = "by")]
    key: Option<PathBuf>,
    /// A remark for the review log
    #[arg(long, default_value = "taken from the inbox")]
    note: String,
    /// Questions with judgments, to see what a phrasing does to the others
    #[arg(long, value_name = "PATH", default_value = "eval/queries")]
    queries: PathBuf,
    /// Do not ask before writing
    #[arg(long)]
    yes: bool,
}

/// Questions of one language that ask for the same.
#[derive(Debug, Serialize)]
struct Group {
    /// By which it is named on the command line.
    number: usize,
    language: Lang,
    /// How often they came.
    times: i64,
    questions: Vec<String>,
    nearest: Vec<Near>,
    /// Entries that were offered to somebody and declined.
    declined: Vec<String>,
    /// `phrasing` of the nearest entry, or `entry`: a new one.
    proposal: &'static str,
    #[serde(skip)]
    kept: Vec<Unanswered>,
}

#[derive(Debug, Serialize)]
struct Near {
    entry: String,
    question: String,
    confidence: f64,
}

pub(super) fn run(
    config: &Config,
    settings: &Settings,
    arguments: &Arguments,
    json: bool,
) -> Result<Outcome> {
    let (engine, opened) = Engine::open_or_build(config).into_diagnostic()?;
    build::show_opened(&opened);
    let kept = inbox::list(settings).into_diagnostic()?;
    let (groups, n_answered) = groups(&engine, kept, config);
    let group = |number: usize| {
        let found = groups.iter().find(|it| it.number == number);
        found.ok_or_else(|| miette!("there is no group {number}; there are {}", groups.len()))
    };
    let asked = Asked { config, settings, engine: &engine, arguments, json };
    if let Some(number) = arguments.dismiss {
        inbox::remove(settings, &group(number)?.kept).into_diagnostic()?;
        asked.say(&json!({ "dismissed": number }), &format!("group {number} is off the list"));
    } else if let Some(number) = arguments.accept {
        accept::run(&asked, group(number)?)?;
    } else if let Some(number) = arguments.draft {
        draft::run(&asked, group(number)?)?;
    } else if let Some(number) = arguments.show {
        show(&asked, group(number)?)?;
    } else if json {
        terminal::json(&json!({ "groups": groups, "answered_since": n_answered }));
    } else {
        groups.iter().for_each(list);
        terminal::line(&format!(
            "{} groups; {n_answered} questions are answered now",
            groups.len()
        ));
    }
    Ok(Outcome::Done)
}

/// What was asked of the inbox, and what it takes to do it.
struct Asked<'a> {
    config: &'a Config,
    settings: &'a Settings,
    engine: &'a Engine,
    arguments: &'a Arguments,
    json: bool,
}

impl Asked<'_> {
    fn say(&self, json: &serde_json::Value, text: &str) {
        if self.json {
            terminal::json(json);
        } else {
            terminal::line(text);
        }
    }

    /// The files of the corpus as they are now.
    fn tree(&self) -> Result<SourceTree> {
        SourceTree::read(&self.config.corpus, &mut Problems::default()).into_diagnostic()
    }

    /// The entry a group is made a phrasing of: the one named, else the nearest.
    fn entry(&self, group: &Group) -> Result<EntryId> {
        let id = self.arguments.entry.as_deref().or_else(|| group.nearest_id());
        Ok(EntryId::new(id.ok_or_else(|| miette!("no entry is near; name one with --entry"))?))
    }

    /// The words that become a phrasing: those named, else the first question.
    fn words(&self, group: &Group) -> Result<String> {
        let words = self.arguments.words.as_deref().unwrap_or_else(|| group.first());
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.contains(REMOVED) {
            return Err(miette!(
                "something was taken out of “{words}”: say with --words how it is to stand"
            ));
        }
        Ok(words)
    }
}

/// The groups, the most frequent first; and how many questions the corpus answers by now.
fn groups(engine: &Engine, kept: Vec<Unanswered>, config: &Config) -> (Vec<Group>, usize) {
    let corpus = engine.corpus();
    let mut open: BTreeMap<Lang, Vec<(Unanswered, Vec<Candidate>)>> = BTreeMap::new();
    let mut n_answered = 0;
    for question in kept {
        let decision = engine.decide(&Query {
            text: &question.text,
            language: None,
            profile: &Profile::default(),
            limit: NEAREST + question.declined.len(),
            today: config.today,
        });
        let said = Lang::parse(&question.language).ok();
        let found = decision.languages.first().map(|(lang, _)| lang.clone());
        let known = |lang: &Lang| corpus.settings.languages.contains(lang);
        let lang = said.filter(known).or(found.filter(known));
        match (decision.outcome, lang.or_else(|| corpus.settings.languages.first().cloned())) {
            (Decided::Answer, _) | (_, None) => n_answered += 1,
            (_, Some(lang)) => {
                let is_open = |it: &Candidate| {
                    question.declined.iter().all(|declined| declined != it.entry.as_str())
                };
                let near = decision.candidates.into_iter().filter(is_open).take(NEAREST).collect();
                open.entry(lang).or_default().push((question, near));
            }
        }
    }
    let mut all = Vec::new();
    for (lang, questions) in open {
        let texts: Vec<&str> = questions.iter().map(|(it, _)| it.text.as_str()).collect();
        for places in clusters(corpus, &lang, &texts) {
            let own = places.iter().filter_map(|it| questions.get(*it));
            let kept: Vec<Unanswered> = own.clone().map(|(it, _)| it.clone()).collect();
            let candidates = own.clone().next().map_or(&[][..], |(_, it)| it.as_slice());
            let near = candidates.iter().filter_map(|it| near(engine, it, &lang, config));
            let best = candidates.first().map_or(0.0, |it| it.confidence.value());
            let mut declined: Vec<String> =
                kept.iter().flat_map(|it| it.declined.iter().cloned()).collect();
            declined.sort();
            declined.dedup();
            all.push(Group {
                declined,
                number: 0,
                language: lang.clone(),
                times: kept.iter().map(|it| it.times).sum(),
                questions: kept.iter().map(|it| it.text.clone()).collect(),
                nearest: near.collect(),
                proposal: if best >= SAME_FROM { "phrasing" } else { "entry" },
                kept,
            });
        }
    }
    all.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.questions.cmp(&b.questions)));
    (1..).zip(&mut all).for_each(|(number, group)| group.number = number);
    (all, n_answered)
}

fn near(engine: &Engine, candidate: &Candidate, lang: &Lang, config: &Config) -> Option<Near> {
    let corpus = engine.corpus();
    let entry = corpus.entry(&candidate.entry)?;
    let question = entry.text_in(&corpus.chain(&[lang]), config.today);
    Some(Near {
        entry: entry.id.to_string(),
        question: question.map_or_else(String::new, |(_, text)| text.question.clone()),
        confidence: candidate.confidence.value(),
    })
}

/// Shows a group in a list.
fn list(group: &Group) {
    let Group { number, language, times, .. } = group;
    terminal::line(&format!("{number}. {language}, {times} times"));
    group.questions.iter().take(5).for_each(|it| terminal::line(&format!("   - {it}")));
    if group.questions.len() > 5 {
        terminal::line(&format!("   … and {} more", group.questions.len() - 5));
    }
    if !group.declined.is_empty() {
        terminal::line(&format!("   offered and declined: {}", group.declined.join(", ")));
    }
    for near in &group.nearest {
        let (entry, question) = (&near.entry, &near.question);
        terminal::line(&format!("   near: {entry} ({:.2}) {question}", near.confidence));
    }
    let proposal = match group.proposal {
        "phrasing" => format!("another way to ask for {}?", group.nearest_id().unwrap_or_default()),
        _ => "perhaps a new entry".to_owned(),
    };
    terminal::line(&format!("   → {proposal} See it: sahihi review inbox --show {number}"));
}

impl Group {
    fn nearest_id(&self) -> Option<&str> {
        self.nearest.first().map(|it| it.entry.as_str())
    }

    fn first(&self) -> &str {
        self.questions.first().map_or("", String::as_str)
    }
}

fn show(asked: &Asked<'_>, group: &Group) -> Result<()> {
    let Asked { config, arguments, json, .. } = asked;
    if !json {
        list(group);
    }
    if group.proposal == "entry" && arguments.entry.is_none() {
        let text = draft::text(group);
        let remedy = format!(
            "\n`--draft {} --entry ID --topic TOPIC` writes it to a file; to make it a phrasing \
             of an entry there is, name that with --entry",
            group.number
        );
        asked.say(
            &json!({ "group": group, "draft": text }),
            &format!("\nentries/<topic>/<id>.{}.md:\n\n{text}{remedy}", group.language),
        );
        return Ok(());
    }
    let (id, words) = (asked.entry(group)?, asked.words(group)?);
    let place = (&id, &group.language);
    let plan = exchange::planned(&asked.tree()?, place, &words, config.today).into_diagnostic()?;
    let paths: Vec<String> =
        plan.files.keys().map(|it| config.corpus.join(it).display().to_string()).collect();
    if !json {
        paths.iter().for_each(|it| terminal::line(&format!("\n{it}\n+ - {words}")));
    }
    let prediction = predict::phrasing(asked, place, &words)?;
    let value = json!({
        "group": group, "entry": id, "words": words, "files": paths, "prediction": prediction,
    });
    let remedy = format!("\nTo take it: --accept {} --entry {id} --by NAME", group.number);
    asked.say(&value, &remedy);
    Ok(())
}
