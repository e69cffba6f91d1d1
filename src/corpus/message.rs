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
        if !MESSAGE_IDS.contains(&id.value.as_str()) && !id.value.starts_with(ANSWER_IN) {
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
