//! `corpus.toml` and `topics.toml`: what holds for the whole corpus.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::problem::Problems;
use super::source::SourceFile;
use super::toml_file::{Located, Table};
use crate::analysis::Lang;

/// What `corpus.toml` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Name of the programme.
    pub name: String,
    /// Whether this is a demonstration that was not clinically reviewed.
    pub sample: bool,
    /// Languages in order of preference.
    pub languages: Vec<Lang>,
    /// Where a language turns for what it lacks, in order: `swc` → `sw`, `fr`.
    pub fallback: BTreeMap<Lang, Vec<Lang>>,
    /// Risk tiers by name.
    pub tiers: BTreeMap<String, Tier>,
    /// How many of the questions asked have no answer in the corpus, 0 to 1.
    pub out_of_scope_share: f64,
    /// What a review must fulfil.
    pub policy: Policy,
}

/// A risk tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tier {
    /// Share of direct answers that may be wrong, 0 to 1.
    pub max_wrong: f64,
    /// Approvals by different reviewers that an entry of the tier needs.
    pub approvals: u32,
    /// The roles whose approvals count; empty means those of the policy.
    pub roles: Vec<String>,
}

/// The review policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Approvals that everything outside the tiers needs.
    pub approvals: u32,
    /// The roles whose approvals count; empty means all.
    pub roles: Vec<String>,
    /// Whether an approval counts only when it is signed.
    pub signatures: bool,
    /// Longest time from approval to its last day served, in days; `None` means any.
    pub max_validity_days: Option<u32>,
}

/// Name of the tier that must exist: entries that name none are in it.
pub const DEFAULT_TIER: &str = "standard";

impl Default for Settings {
    fn default() -> Self {
        let tier = Tier { max_wrong: 0.1, approvals: 1, roles: Vec::new() };
        Self {
            name: String::new(),
            sample: false,
            languages: Vec::new(),
            fallback: BTreeMap::new(),
            tiers: BTreeMap::from([(DEFAULT_TIER.to_owned(), tier)]),
            out_of_scope_share: 0.3,
            policy: Policy::default(),
        }
    }
}

impl Settings {
    /// Languages in which a text for `lang` may stand: itself, its chain, then all others in order.
    #[must_use]
    pub fn chain(&self, lang: &Lang) -> Vec<&Lang> {
        let mut chain: Vec<&Lang> = self.languages.iter().filter(|it| *it == lang).collect();
        let named = self.fallback.get(lang).into_iter().flatten();
        let kin = self.languages.iter().filter(|it| it.same_language(lang));
        for next in named.chain(kin).chain(&self.languages) {
            if !chain.contains(&next) {
                chain.push(next);
            }
        }
        chain
    }

    /// Whether the corpus has a language, its like in another script or region, or names a fallback
    /// for it.
    #[must_use]
    pub fn speaks(&self, lang: &Lang) -> bool {
        self.fallback.contains_key(lang) || self.languages.iter().any(|it| it.same_language(lang))
    }

    /// The tier of that name, else the default one.
    #[must_use]
    pub fn tier(&self, name: &str) -> Option<&Tier> {
        self.tiers.get(name).or_else(|| self.tiers.get(DEFAULT_TIER))
    }

    /// Reads `corpus.toml`.
    pub(super) fn parse(source: &SourceFile, problems: &mut Problems) -> Self {
        let mut table = Table::parse(source, problems);
        let mut settings = Self::default();
        match table.string("name", problems) {
            Some(name) => settings.name = name.value,
            None => missing(source, &table, "name", "name = \"My programme\"", problems),
        }
        settings.sample = table.boolean("sample", problems).unwrap_or(false);
        settings.languages = languages(source, table.strings("languages", problems), problems);
        if settings.languages.is_empty() {
            missing(source, &table, "languages", "languages = [\"en\", \"sw\"]", problems);
        }
        if let Some(share) = table.number("out_of_scope_share", problems) {
            settings.out_of_scope_share = share_of(source, &share, problems);
        }
        if let Some(mut chains) = table.table("fallback", problems) {
            settings.fallback = fallback(source, &mut chains, &settings.languages, problems);
        }
        if let Some(mut tiers) = table.table("tiers", problems) {
            for (name, tier) in tiers.rest_tables(problems) {
                settings.tiers.insert(name.value, Tier::parse(source, tier, problems));
            }
        }
        if let Some(review) = table.table("review", problems) {
            settings.policy = Policy::parse(source, review, problems);
        }
        table.finish(problems);
        settings
    }
}

impl Tier {
    fn parse(source: &SourceFile, mut table: Table<'_>, problems: &mut Problems) -> Self {
        let max_wrong = table
            .number("max_wrong", problems)
            .map_or(0.1, |share| share_of(source, &share, problems));
        let approvals = table.count("approvals", problems).map_or(1, |it| it.value);
        let roles = texts(table.strings("roles", problems));
        table.finish(problems);
        Self { max_wrong, approvals, roles }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self { approvals: 1, roles: Vec::new(), signatures: false, max_validity_days: None }
    }
}

impl Policy {
    /// The last day an approval of that day can hold.
    #[must_use]
    pub fn longest_until(&self, on: Date) -> Option<Date> {
        let days = self.max_validity_days?;
        Some(on.saturating_add(Duration::days(i64::from(days))))
    }

    fn parse(source: &SourceFile, mut table: Table<'_>, problems: &mut Problems) -> Self {
        let approvals = table.count("approvals", problems).map_or(1, |it| it.value);
        let roles = texts(table.strings("roles", problems));
        let signatures = table.string("signatures", problems);
        if let Some(it) = &signatures
            && !["required", "optional"].contains(&it.value.as_str())
        {
            let message = format!("`signatures` cannot be `{}`", it.value);
            let help = "write signatures = \"required\" or signatures = \"optional\"";
            problems.error(source, it.span.clone(), "bad-value", message, help);
        }
        let signatures = signatures.is_some_and(|it| it.value != "optional");
        let max_validity_days = table.count("max_validity_days", problems).map(|it| it.value);
        table.finish(problems);
        Self { approvals, roles, signatures, max_validity_days }
    }
}

fn texts(list: Vec<Located<String>>) -> Vec<String> {
    list.into_iter().map(|it| it.value).collect()
}

fn missing(
    source: &SourceFile,
    table: &Table<'_>,
    key: &str,
    example: &str,
    problems: &mut Problems,
) {
    let message = format!("`{key}` is missing");
    problems.error(source, table.span.clone(), "missing-key", message, format!("add {example}"));
}

fn share_of(source: &SourceFile, share: &Located<f64>, problems: &mut Problems) -> f64 {
    if !(0.0..1.0).contains(&share.value) {
        let message = format!("{} is no share", share.value);
        let help = "write a number from 0 to 1, like 0.3 for 30 of 100";
        problems.error(source, share.span.clone(), "bad-value", message, help);
    }
    share.value.clamp(0.0, 0.99)
}

/// Reads language tags; a wrong one is reported and left out.
pub(super) fn languages(
    source: &SourceFile,
    tags: Vec<Located<String>>,
    problems: &mut Problems,
) -> Vec<Lang> {
    let mut langs = Vec::new();
    for tag in tags {
        match Lang::parse(&tag.value) {
            Ok(lang) if !langs.contains(&lang) => langs.push(lang),
            Ok(_) => (),
            Err(error) => {
                let help = "see the list of tags at the top of corpus/README.md";
                problems.error(source, tag.span, "unknown-language", error.to_string(), help);
            }
        }
    }
    langs
}

fn fallback(
    source: &SourceFile,
    chains: &mut Table<'_>,
    known: &[Lang],
    problems: &mut Problems,
) -> BTreeMap<Lang, Vec<Lang>> {
    let mut fallback = BTreeMap::new();
    for (from, to) in chains.rest_lists(problems) {
        let span = from.span.clone();
        let from = languages(source, vec![from], problems).pop();
        let to = languages(source, to, problems);
        for lang in to.iter().filter(|it| !known.contains(it)) {
            let message = format!("`{lang}` is no language of this corpus");
            let help = "add it to `languages`, or take it out of the chain";
            problems.error(source, span.clone(), "unknown-language", message, help);
        }
        fallback.extend(from.map(|from| (from, to)));
    }
    fallback
}

/// A topic of the programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The stable name, also the name of its folder.
    pub id: String,
    /// Its name per language.
    pub names: BTreeMap<Lang, String>,
}

/// Reads `topics.toml`: `[[topics]]` with `id` and a table `names`.
pub(super) fn parse_topics(source: &SourceFile, problems: &mut Problems) -> Vec<Topic> {
    let mut table = Table::parse(source, problems);
    let mut topics: Vec<Topic> = Vec::new();
    for mut item in table.tables("topics", problems) {
        let span = item.span.clone();
        let id = item.string("id", problems);
        let names = item.table("names", problems).map(|mut names| names.rest_texts(problems));
        item.finish(problems);
        let Some(id) = id else {
            problems.error(source, span, "missing-key", "`id` is missing", "add id = \"pills\"");
            continue;
        };
        if topics.iter().any(|it| it.id == id.value) {
            let message = format!("the topic `{}` stands here twice", id.value);
            problems.error(source, id.span, "duplicate-id", message, "remove one of the two");
            continue;
        }
        let mut named = BTreeMap::new();
        for (tag, name) in names.unwrap_or_default() {
            let lang = languages(source, vec![tag], problems).pop();
            named.extend(lang.map(|lang| (lang, name.value)));
        }
        topics.push(Topic { id: id.value, names: named });
    }
    table.finish(problems);
    topics
}
