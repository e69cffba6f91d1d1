//! `reviewers.toml`: who may approve what.

use super::problem::Problems;
use super::signature::PublicKey;
use super::source::SourceFile;
use super::toml_file::{Located, Table};
use super::unit::Unit;

/// A reviewer and what that person may approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// The name used in logs.
    pub id: String,
    /// What the person is: "midwife", "translator".
    pub role: String,
    /// Language tags, or `*` for all.
    pub languages: Vec<String>,
    /// Topics, `general` for what belongs to none, or `*` for all.
    pub topics: Vec<String>,
    /// Keys that signatures are checked with.
    pub keys: Vec<PublicKey>,
    /// Keys that no longer count, lost or stolen: what was signed with them must be approved again.
    pub withdrawn_keys: Vec<PublicKey>,
}

/// The word in `topics` for sentences and other units without a topic.
const GENERAL: &str = "general";

impl Reviewer {
    /// Whether the reviewer may approve the unit; if not, why.
    ///
    /// # Errors
    ///
    /// The reason, as it is listed for the author.
    pub fn entitled(&self, unit: &Unit) -> Result<(), String> {
        let lang = unit.lang.as_str();
        let topic = unit.topic.as_deref().unwrap_or(GENERAL);
        let allows = |list: &[String], name: &str| list.iter().any(|it| it == "*" || it == name);
        if !allows(&self.languages, lang) && !allows(&self.languages, unit.lang.primary()) {
            return Err(format!("approved by {}, who is not entitled to language {lang}", self.id));
        }
        if !allows(&self.topics, topic) {
            return Err(format!("approved by {}, who is not entitled to topic {topic}", self.id));
        }
        Ok(())
    }
}

/// Reads `reviewers.toml`: `[[reviewers]]` with `id`, `role`, `languages`, `topics`, `keys`.
pub(super) fn parse(source: &SourceFile, problems: &mut Problems) -> Vec<Reviewer> {
    let mut table = Table::parse(source, problems);
    let mut reviewers: Vec<Reviewer> = Vec::new();
    for mut item in table.tables("reviewers", problems) {
        let span = item.span.clone();
        let id = item.string("id", problems);
        let role = item.string("role", problems).map_or_else(String::new, |it| it.value);
        let languages = item.strings("languages", problems);
        let topics = item.strings("topics", problems);
        let keys = keys(source, item.strings("keys", problems), problems);
        let withdrawn_keys = self::keys(source, item.strings("withdrawn_keys", problems), problems);
        item.finish(problems);
        let Some(id) = id else {
            let help = "add id = \"amina\", the name used in reviews/";
            problems.error(source, span, "missing-key", "`id` is missing", help);
            continue;
        };
        let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if id.value.is_empty() || !id.value.bytes().all(is_name) {
            let message = format!("`{}` cannot be the name of a log", id.value);
            let help = "write letters, digits, - and _ only, like \"amina\"";
            problems.error(source, id.span, "bad-value", message, help);
            continue;
        }
        if reviewers.iter().any(|it| it.id == id.value) {
            let message = format!("the reviewer `{}` stands here twice", id.value);
            problems.error(source, id.span, "duplicate-id", message, "remove one of the two");
            continue;
        }
        reviewers.push(Reviewer {
            id: id.value,
            role,
            languages: languages.into_iter().map(|it| it.value).collect(),
            topics: topics.into_iter().map(|it| it.value).collect(),
            keys,
            withdrawn_keys,
        });
    }
    table.finish(problems);
    reviewers
}

fn keys(
    source: &SourceFile,
    texts: Vec<Located<String>>,
    problems: &mut Problems,
) -> Vec<PublicKey> {
    let mut keys = Vec::new();
    for text in texts {
        match text.value.parse::<PublicKey>() {
            Ok(key) => keys.push(key),
            Err(error) => {
                let help = "copy the whole line that `sahihi review key new` printed";
                problems.error(source, text.span, "bad-value", error.to_string(), help);
            }
        }
    }
    keys
}
