//! The program's own sentences and command words, per language, reviewed like everything else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Date;

use super::problem::Problems;
use super::review::Approval;
use super::source::SourceFile;
use super::toml_file::{Located, Table};
use crate::analysis::Lang;

/// Every sentence the program can say; each language that answers must have them all.
pub const MESSAGE_IDS: &[&str] = &[
    "clarify",
    "none_of_these",
    "no_answer",
    "empty_question",
    "sample_notice",
    "not_sure",
    "too_long",
    "did_this_help",
    "yes",
    "no",
    "thanks_feedback",
    "sorry_feedback",
    "related",
    "resources",
    "approaches",
    "menu",
    "choose_topic",
    "language_prompt",
    "language_changed",
    "help",
    "stopped",
    "started",
    "deleted",
    "expired_session",
    "unknown_choice",
    "person_offer",
    "clinic_list",
    "no_referral",
    "skip",
    "ask_role",
    "role_client",
    "role_provider",
    "role_manager",
    "ask_age",
    "age_10_14",
    "age_15_17",
    "age_18_24",
    "age_25",
    "ask_gender",
    "gender_f",
    "gender_m",
    "gender_other",
    "ask_country",
    "excluded_country",
    "excluded_age",
    "excluded_gender",
    "only_question",
    "need_help",
    "flag_followup",
    "resume_question",
    "cart_added",
    "cart_removed",
    "cart_empty",
    "cart_full",
    "cart_list",
    "checkout_prompt",
    "checkout_done",
    "checkout_bad_email",
    "recommend_prompt",
    "recommend_intro",
    "recommend_none",
    "back",
    "more",
    "size_unknown",
    "forget_prompt",
];

/// The sentence that says in which language an answer is: `answer_in_` and the tag.
pub const ANSWER_IN: &str = "answer_in_";

/// The name of a country to choose: `country_` and its two letters. A country without one is not
/// offered.
pub const COUNTRY: &str = "country_";

/// Short titles that need not be there: what has none is shown by its longer sentence or its tag.
pub const OPTIONAL_IDS: &[&str] =
    &["language_name", "add_to_list", "remove_from_list", "send_list"];

/// Every command a person can type instead of a question.
pub const COMMAND_IDS: &[&str] = &[
    "menu",
    "lang",
    "help",
    "stop",
    "start",
    "delete",
    "cart",
    "checkout",
    "recommend",
    "none",
    "yes",
    "no",
    "back",
    "more",
];

/// Sentences by language, then by id; command words stand under `command.<id>`, one a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages(BTreeMap<Lang, BTreeMap<String, (String, Approval)>>);

impl Messages {
    /// The sentence `id` in the first language of `chain` that has it approved for `today`.
    #[must_use]
    pub fn get<'a>(
        &'a self,
        id: &str,
        chain: &[&'a Lang],
        today: Date,
    ) -> Option<(&'a Lang, &'a str)> {
        chain.iter().find_map(|lang| {
            let (text, approval) = self.0.get(lang)?.get(id)?;
            (approval.until >= today).then_some((*lang, text.as_str()))
        })
    }

    /// The approval of every sentence.
    pub(super) fn approvals(&self) -> impl Iterator<Item = &Approval> {
        self.0.values().flat_map(BTreeMap::values).map(|(_, approval)| approval)
    }

    /// The sentence that says that a text in `lang` is not in the language a person reads first.
    ///
    /// None where only script or region differ, and where it could be said in that very language
    /// only: who reads it needs no telling.
    #[must_use]
    pub fn answer_in<'a>(
        &'a self,
        lang: &Lang,
        chain: &[&'a Lang],
        today: Date,
    ) -> Option<(&'a Lang, &'a str)> {
        if chain.first().is_none_or(|first| first.same_language(lang)) {
            return None;
        }
        let say = |tag: &str| self.get(&format!("{ANSWER_IN}{tag}"), chain, today);
        let sentence = say(lang.as_str()).or_else(|| say(lang.primary()));
        sentence.filter(|(said_in, _)| !said_in.same_language(lang))
    }

    /// The words that stand for a command in each language, with the last day they are served.
    pub fn command_words(&self, id: &str) -> impl Iterator<Item = (&Lang, Vec<&str>, Date)> {
        let key = format!("{COMMAND}{id}");
        self.0.iter().filter_map(move |(lang, sentences)| {
            let (words, approval) = sentences.get(&key)?;
            Some((lang, words.lines().collect(), approval.until))
        })
    }

    /// Countries that have a name in the first language of `chain`, by their two letters.
    #[must_use]
    pub fn countries(&self, chain: &[&Lang], today: Date) -> Vec<&str> {
        let sentences = chain.iter().find_map(|lang| self.0.get(*lang));
        let valid = sentences.into_iter().flatten().filter(|(_, (_, it))| it.until >= today);
        valid.filter_map(|(id, _)| id.strip_prefix(COUNTRY)).collect()
    }

    pub(super) fn insert(&mut self, lang: &Lang, id: &str, text: &str, approval: Approval) {
        let sentences = self.0.entry(lang.clone()).or_default();
        sentences.insert(id.to_owned(), (text.to_owned(), approval));
    }
}

/// A sentence as it stands in a file.
#[derive(Debug)]
pub(super) struct RawMessage {
    pub(super) id: Located<String>,
    pub(super) text: String,
}

/// Reads `messages/<lang>.toml`: one `id = "sentence"` a line, and `[commands]`.
pub(super) fn parse(source: &SourceFile, problems: &mut Problems) -> Vec<RawMessage> {
    let mut table = Table::parse(source, problems);
    let mut messages = commands(source, table.table("commands", problems), problems);
    for (id, text) in table.rest_texts(problems) {
        if !is_sentence(&id.value) {
            let message = format!("the program says no sentence `{}`", id.value);
            let help = format!("remove it; the sentences are {}", MESSAGE_IDS.join(", "));
            problems.error(source, id.span, "unknown-key", message, help);
        } else if text.value.trim().is_empty() {
            let message = format!("the sentence `{}` is empty", id.value);
            problems.error(source, text.span, "empty-text", message, "write the sentence");
        } else {
            messages.push(RawMessage { id, text: text.value });
        }
    }
    messages
}

/// Whether the program has a use for a sentence of that name.
fn is_sentence(id: &str) -> bool {
    let is_country = |it: &str| it.len() == 2 && it.bytes().all(|b| b.is_ascii_uppercase());
    MESSAGE_IDS.contains(&id)
        || OPTIONAL_IDS.contains(&id)
        || id.starts_with(ANSWER_IN)
        || id.strip_prefix(COUNTRY).is_some_and(is_country)
}

/// Command words: each command with the list of words that stand for it.
fn commands(
    source: &SourceFile,
    table: Option<Table<'_>>,
    problems: &mut Problems,
) -> Vec<RawMessage> {
    let mut commands = Vec::new();
    for (id, words) in table.map(|mut it| it.rest_lists(problems)).unwrap_or_default() {
        if !COMMAND_IDS.contains(&id.value.as_str()) {
            let message = format!("the program knows no command `{}`", id.value);
            let help = format!("remove it; the commands are {}", COMMAND_IDS.join(", "));
            problems.error(source, id.span, "unknown-key", message, help);
            continue;
        }
        let words: Vec<String> = words.into_iter().map(|it| it.value).collect();
        let id = Located { value: format!("{COMMAND}{}", id.value), span: id.span };
        commands.push(RawMessage { id, text: words.join("\n") });
    }
    commands
}

/// What stands before the name of a command among the sentences.
const COMMAND: &str = "command.";
