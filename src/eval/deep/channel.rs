//! Lengths: what fits into a chat, per language. Limits are those of the `WhatsApp` Cloud API.

use serde::Serialize;

use crate::analysis::Lang;
use crate::corpus::{Loaded, Unit};

/// Answers longer than this are seldom read to the end on a phone.
pub const COMFORTABLE_CHARS: usize = 600;
/// Longest title of a reply button.
pub const MAX_BUTTON_CHARS: usize = 20;
/// Sentences that are shown on reply buttons.
pub const BUTTONS: &[&str] =
    &["yes", "no", "back", "more", "skip", "none_of_these", "only_question", "need_help"];

/// The lengths of one language, in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lengths {
    /// The language.
    pub lang: Lang,
    /// Answers.
    pub answers: usize,
    /// Length of the answer in the middle.
    pub median: usize,
    /// Length of the longest answer.
    pub longest: usize,
    /// Units whose answer has more than [`COMFORTABLE_CHARS`], longest first, with the length.
    pub long: Vec<(String, usize)>,
    /// Sentences too long for a reply button, with the length.
    pub buttons: Vec<(String, usize)>,
}

/// Measures every language that has answers; approved or not, for what is written is to fit.
#[must_use]
pub fn of(loaded: &Loaded) -> Vec<Lengths> {
    let languages = &loaded.corpus.settings.languages;
    languages.iter().filter_map(|lang| of_language(loaded, lang)).collect()
}

fn of_language(loaded: &Loaded, lang: &Lang) -> Option<Lengths> {
    let length = |unit: &Unit, field: &str| unit.field(field).chars().count();
    let units = || loaded.units.iter().filter(|it| it.lang == *lang);
    let mut answers: Vec<(String, usize)> = units()
        .filter(|it| it.name.starts_with("entry/"))
        .map(|it| (it.name.clone(), length(it, "answer")))
        .filter(|(_, length)| *length > 0)
        .collect();
    answers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let is_button = |unit: &&Unit| {
        let id = unit.name.strip_prefix("message/").and_then(|it| it.split('/').next());
        id.is_some_and(|id| BUTTONS.contains(&id))
    };
    let buttons = units().filter(is_button).map(|it| (it.name.clone(), length(it, "text")));
    Some(Lengths {
        lang: lang.clone(),
        answers: answers.len(),
        median: answers.get(answers.len() / 2)?.1,
        longest: answers.first()?.1,
        buttons: buttons.filter(|(_, length)| *length > MAX_BUTTON_CHARS).collect(),
        long: answers.into_iter().filter(|(_, length)| *length > COMFORTABLE_CHARS).collect(),
    })
}
