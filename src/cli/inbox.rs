//! `sahihi review inbox`: what people asked in vain, grouped, with what could be done about it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::analysis::Lang;
use sahihi::config::{Config, Settings};
use sahihi::corpus::{
    self, Approval, EntryId, Loaded, Phrasing, Problems, SourceTree, Unit, Written, WrittenText,
};
use sahihi::engine::Engine;
use sahihi::eval::judgment::{self, Judgment, Kind};
use sahihi::exchange::{self, Draft, Incoming};
use sahihi::retrieval::cluster::clusters;
use sahihi::retrieval::{Candidate, Outcome as Decided, Profile, Query};
use sahihi::service::inbox::{self, Unanswered};
use serde::Serialize;
use serde_json::json;

use super::{Outcome, terminal};

/// Entries shown beside a group.
const NEAREST: usize = 3;
/// From this confidence on a group is taken for another way to ask for its nearest entry.
const SAME_FROM: f64 = 0.15;
/// Questions that are shown to move.
const MAX_MOVED: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Show group N, the files it would change and what that does to the test questions
    #[arg(long, value_name = "N", conflicts_with_all = ["accept", "dismiss"])]
    show: Option<usize>,
    /// Make the first question of group N a phrasing, and approve that phrasing alone
    #[arg(long, value_name = "N", requires = "by", conflicts_with = "dismiss")]
    accept: Option<usize>,
    /// Take group N off the list; nothing of the corpus changes
    #[arg(long, value_name = "N")]
    dismiss: Option<usize>,
    /// Your name in reviewers.toml
    #[arg(long)]
    by: Option<String>,
    /// The entry it is a phrasing of, when it is not the nearest one
    #[arg(long, value_name = "ID")]
    entry: Option<String>,
    /// Questions with judgments, to see what a phrasing does to the others
    #[arg(long, value_name = "PATH", default_value = "eval/queries")]
    queries: PathBuf,
    /// A remark for the review log
    #[arg(long, default_value = "taken from the inbox")]
    note: String,
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

pub(crate) fn run(
    config: &Config,
    settings: &Settings,
    arguments: &Arguments,
    json: bool,
) -> Result<Outcome> {
    let (engine, opened) = Engine::open_or_build(config).into_diagnostic()?;
    super::build::show_opened(&opened);
    let kept = inbox::list(settings).into_diagnostic()?;
    let (groups, n_answered) = groups(&engine, kept, config);
    let group = |number: usize| {
        let found = groups.iter().find(|it| it.number == number);
        found.ok_or_else(|| miette!("there is no group {number}; there are {}", groups.len()))
    };
    if let Some(number) = arguments.dismiss {
        inbox::remove(settings, &group(number)?.kept).into_diagnostic()?;
        terminal::line(&format!("group {number} is off the list"));
    } else if let Some(number) = arguments.accept {
        accept(config, settings, arguments, group(number)?)?;
    } else if let Some(number) = arguments.show {
        show(config, &engine, arguments, group(number)?)?;
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
            limit: NEAREST,
            today: config.today,
        });
        let said = Lang::parse(&question.language).ok();
        let found = decision.languages.first().map(|(lang, _)| lang.clone());
        let known = |lang: &Lang| corpus.settings.languages.contains(lang);
        let lang = said.filter(known).or(found.filter(known));
        match (decision.outcome, lang.or_else(|| corpus.settings.languages.first().cloned())) {
            (Decided::Answer, _) | (_, None) => n_answered += 1,
            (_, Some(lang)) => open.entry(lang).or_default().push((question, decision.candidates)),
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
            all.push(Group {
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

fn list(group: &Group) {
    let Group { number, language, times, .. } = group;
    terminal::line(&format!("{number}. {language}, {times} times"));
    group.questions.iter().take(5).for_each(|it| terminal::line(&format!("   - {it}")));
    if group.questions.len() > 5 {
        terminal::line(&format!("   … and {} more", group.questions.len() - 5));
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

/// The entry a group is made a phrasing of: the one named, else the nearest.
fn chosen(written: &Written, arguments: &Arguments, group: &Group) -> Result<EntryId> {
    let id = arguments.entry.as_deref().or_else(|| group.nearest_id());
    let id = EntryId::new(id.ok_or_else(|| miette!("no entry is near; name one with --entry"))?);
    let entry = written.entries.get(&id).ok_or_else(|| miette!("there is no entry {id}"))?;
    let lang = &group.language;
    if entry.texts.contains_key(lang) {
        return Ok(id);
    }
    Err(miette!("{id} has no file in {lang}: write it first, see `sahihi export --format xlsx`"))
}

/// The plan that adds the first question of a group to an entry.
fn planned(config: &Config, id: &EntryId, group: &Group) -> Result<exchange::Plan> {
    let tree = SourceTree::read(&config.corpus, &mut Problems::default()).into_diagnostic()?;
    let written = Written::read(&tree);
    let text = written.entries.get(id).and_then(|it| it.texts.get(&group.language));
    let mut phrasings = text.map_or_else(Vec::new, |it: &WrittenText| it.phrasings.clone());
    phrasings.push(group.first().to_owned());
    let draft = Draft {
        id: id.to_string(),
        lang: Some(group.language.clone()),
        phrasings: Some(phrasings),
        ..Draft::default()
    };
    let incoming = Incoming { drafts: vec![draft], ..Incoming::default() };
    exchange::plan(&tree, incoming, config.today).into_diagnostic()
}

fn show(config: &Config, engine: &Engine, arguments: &Arguments, group: &Group) -> Result<()> {
    list(group);
    let tree = SourceTree::read(&config.corpus, &mut Problems::default()).into_diagnostic()?;
    if group.proposal == "entry" && arguments.entry.is_none() {
        show_new_entry(group);
        return Ok(());
    }
    let id = chosen(&Written::read(&tree), arguments, group)?;
    let plan = planned(config, &id, group)?;
    plan.errors.iter().for_each(|it| terminal::line(&format!("error: {}", it.message)));
    for path in plan.files.keys() {
        terminal::line(&format!("\n{}\n+ - {}", config.corpus.join(path).display(), group.first()));
    }
    predict(config, engine, arguments, (&id, group))
}

/// A file to start a new entry from; its answer is to be written and reviewed by people.
fn show_new_entry(group: &Group) {
    let lang = &group.language;
    terminal::line(&format!("\nentries/<topic>/<id>.{lang}.md, with <id>.toml beside it:\n"));
    terminal::line(&format!("+++\ntitle: \nsummary: \n+++\n# {}\n", group.first()));
    group.questions.iter().skip(1).for_each(|it| terminal::line(&format!("- {it}")));
    terminal::line("\n---\n\n(the answer, at most 1,024 characters)");
}

/// Learns with the phrasing and asks the test questions before and after.
fn predict(
    config: &Config,
    engine: &Engine,
    arguments: &Arguments,
    (id, group): (&EntryId, &Group),
) -> Result<()> {
    if !arguments.queries.exists() {
        terminal::note(&format!("no test questions at {}", arguments.queries.display()));
        return Ok(());
    }
    let judgments = judgment::read(&arguments.queries, None).into_diagnostic()?;
    let mut corpus = (**engine.corpus()).clone();
    let entry = corpus.entries.iter_mut().find(|it| it.id == *id);
    let entry = entry.ok_or_else(|| miette!("{id} is not on the air: approve it first"))?;
    let approval = Approval { by: String::new(), on: config.today, until: time::Date::MAX };
    let (lang, text) = (group.language.clone(), group.first().to_owned());
    entry.phrasings.push(Phrasing { lang, text, approval });
    let changed = engine.on(corpus).into_diagnostic()?;
    let (mut n, mut before, mut after) = (0, 0, 0);
    let mut moved = Vec::new();
    for judgment in judgments.iter().filter(|it| it.kind() == Kind::In) {
        let (old, new) = (first(engine, judgment, config), first(&changed, judgment, config));
        let is_right = |it: &Option<EntryId>| {
            usize::from(it.as_ref().is_some_and(|it| judgment.relevant.contains(it)))
        };
        n += 1;
        before += is_right(&old);
        after += is_right(&new);
        if old != new {
            moved.push((judgment, old, new));
        }
    }
    terminal::line(&format!("\n{n} test questions: {before} right before, {after} after"));
    let name = |it: &Option<EntryId>| it.as_ref().map_or("none".to_owned(), EntryId::to_string);
    for (judgment, old, new) in moved.iter().take(MAX_MOVED) {
        let (id, old, new) = (&judgment.id, name(old), name(new));
        terminal::line(&format!("  {id}: {old} → {new}: {}", judgment.text));
    }
    if moved.len() > MAX_MOVED {
        terminal::line(&format!("  … and {} more", moved.len() - MAX_MOVED));
    }
    Ok(())
}

/// The first candidate for a test question.
fn first(engine: &Engine, judgment: &Judgment, config: &Config) -> Option<EntryId> {
    let query = Query {
        text: &judgment.text,
        language: None,
        profile: &judgment.profile,
        limit: 1,
        today: config.today,
    };
    engine.decide(&query).candidates.into_iter().next().map(|it| it.entry)
}

/// Writes the phrasing, approves it, takes it off the list; the answer stays on the air throughout.
fn accept(
    config: &Config,
    settings: &Settings,
    arguments: &Arguments,
    group: &Group,
) -> Result<()> {
    let by = arguments.by.as_deref().unwrap_or_default();
    let _lock = corpus::lock_reviews(&config.corpus).into_diagnostic()?;
    let before = corpus::load(&config.corpus, config.today, false).into_diagnostic()?;
    super::review::refuse_broken_logs(config, &before)?;
    let tree = SourceTree::read(&config.corpus, &mut Problems::default()).into_diagnostic()?;
    let id = chosen(&Written::read(&tree), arguments, group)?;
    let name = format!("entry/{id}/{}", group.language);
    let reviewer = before.reviews.reviewer(by);
    let reviewer = reviewer.ok_or_else(|| miette!("{by} is not in reviewers.toml"))?;
    reviewer.entitled(unit(&before, &name)?).map_err(|why| miette!("{name}: {why}"))?;
    let plan = planned(config, &id, group)?;
    if let Some(error) = plan.errors.first() {
        return Err(miette!("{}", error.message));
    }
    exchange::apply(&config.corpus, &plan).into_diagnostic()?;
    let after = corpus::load(&config.corpus, config.today, false).into_diagnostic()?;
    let (old, new) = (unit(&before, &name)?, unit(&after, &name)?);
    let is_new =
        |it: &&corpus::UnitPhrasing| old.phrasings.iter().all(|old| old.digest != it.digest);
    if let Some(phrasing) = new.phrasings.iter().find(is_new) {
        let what = (new, phrasing.digest);
        corpus::approve_phrasing(&config.corpus, &after, what, by, config.today, &arguments.note)
            .into_diagnostic()?;
    }
    let taken: Vec<Unanswered> = group.kept.iter().take(1).cloned().collect();
    inbox::remove(settings, &taken).into_diagnostic()?;
    terminal::line(&format!("“{}” is a phrasing of {name}, approved by {by}", group.first()));
    terminal::note("`sahihi build` takes it into the index");
    Ok(())
}

fn unit<'a>(loaded: &'a Loaded, name: &str) -> Result<&'a Unit> {
    let found = loaded.units.iter().find(|it| it.name == name);
    found.ok_or_else(|| miette!("there is no unit {name}"))
}
