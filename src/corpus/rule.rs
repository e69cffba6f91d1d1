//! Rules: patterns of words that mark a message as a red flag, as their authors write them.
//!
//! `beat*|hit + me|my sister + !what if`: groups joined by ` + `, alternatives by `|`, several
//! words in a row, `*` for any ending, `!` for a group that must not occur. Parsed here; held
//! against messages by [`crate::retrieval`].

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::problem::Problems;
use super::source::SourceFile;
use crate::analysis::Analysis;

/// A word of a pattern, in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleWord {
    /// The normal form.
    pub form: String,
    /// Whether any ending may follow.
    pub open: bool,
}

/// Words in a row.
pub type Phrase = Vec<RuleWord>;

/// Alternatives, one of which must occur, or none of which may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleGroup {
    /// Whether none of the alternatives may occur.
    pub excluded: bool,
    /// The alternatives; none is empty.
    pub alternatives: Vec<Phrase>,
}

/// A rule: groups that must occur near each other. At least one is not excluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The groups in the order of the file.
    pub groups: Vec<RuleGroup>,
}

/// Reads the rule that stands at `span`; `None` when there is nothing left to hold against a text.
pub(super) fn parse(
    source: &SourceFile,
    span: &Range<usize>,
    problems: &mut Problems,
) -> Option<Rule> {
    let mut reader = Reader { source, problems };
    let groups: Vec<RuleGroup> =
        parts(source, span, '+').into_iter().filter_map(|it| reader.group(it)).collect();
    if !groups.is_empty() && groups.iter().all(|it| it.excluded) {
        let message = "this rule only says what must not occur";
        let help = "add a group without `!`: what marks the danger";
        reader.error(span.clone(), "empty-rule", message, help);
        return None;
    }
    (!groups.is_empty()).then_some(Rule { groups })
}

/// The parts of a stretch of the file between separators, without the space around them.
fn parts(source: &SourceFile, span: &Range<usize>, separator: char) -> Vec<Range<usize>> {
    let text = source.text.get(span.clone()).unwrap_or_default();
    let mut at = span.start;
    text.split(separator)
        .map(|part| {
            let start = at + part.len() - part.trim_start().len();
            at += part.len() + separator.len_utf8();
            start..start + part.trim().len()
        })
        .collect()
}

struct Reader<'a> {
    source: &'a SourceFile,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn error(&mut self, span: Range<usize>, code: &'static str, message: &str, help: &str) {
        self.problems.error(self.source, span, code, message, help);
    }

    fn text(&self, span: &Range<usize>) -> String {
        self.source.text.get(span.clone()).unwrap_or_default().to_owned()
    }

    fn group(&mut self, mut span: Range<usize>) -> Option<RuleGroup> {
        let excluded = self.text(&span).starts_with('!');
        if excluded {
            span.start += 1;
        }
        let alternatives: Vec<Phrase> = parts(self.source, &span, '|')
            .into_iter()
            .filter_map(|it| self.phrase(it, excluded))
            .collect();
        (!alternatives.is_empty()).then_some(RuleGroup { excluded, alternatives })
    }

    fn phrase(&mut self, span: Range<usize>, excluded: bool) -> Option<Phrase> {
        let text = self.text(&span);
        // Writers repeat the mark before each alternative of an excluded group.
        let plain = text.strip_prefix('!').filter(|_| excluded).unwrap_or(&text);
        if plain.contains('!') {
            let help = "put `!` before a whole group: ` + !what if|how to`";
            self.error(span, "bad-value", "`!` stands inside a group", help);
            return None;
        }
        let words: Phrase = plain.split_whitespace().flat_map(words).collect();
        if words.is_empty() {
            let help = "write a word, or remove the separator `+` or `|` beside it";
            self.error(span, "empty-group", "a group or alternative without a word", help);
            return None;
        }
        if plain.split_whitespace().any(|it| it.trim_end_matches('*').contains('*')) {
            let help = "write `*` at the end of a word only";
            self.error(span, "bad-value", "`*` stands before the end of a word", help);
            return None;
        }
        Some(words)
    }
}

/// The normal forms of one written word; an elided article is a word of its own.
fn words(written: &str) -> Vec<RuleWord> {
    let forms = Analysis::of(written.trim_end_matches('*')).words;
    let last = forms.len();
    let open = |at: usize| written.ends_with('*') && at == last;
    (1..).zip(forms).map(|(at, word)| RuleWord { form: word.form, open: open(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Rule>, Vec<(usize, &'static str)>) {
        let source = SourceFile::new("gbv.en.md", "gbv.en.md", text);
        let mut problems = Problems::default();
        let rule = parse(&source, &(0..text.len()), &mut problems);
        (rule, problems.into_sorted().iter().map(|it| (it.column, it.code)).collect())
    }

    #[test]
    fn groups_alternatives_and_endings_are_read() {
        let (rule, problems) = read("Beat*|slapped + my sister|l'épouse + !what if|!how to");
        assert_eq!(problems, []);
        let groups = rule.unwrap().groups;
        let shown: Vec<String> = groups
            .iter()
            .map(|group| {
                let word = |it: &RuleWord| it.form.clone() + if it.open { "*" } else { "" };
                let phrase = |it: &Phrase| it.iter().map(word).collect::<Vec<_>>().join(" ");
                let all: Vec<String> = group.alternatives.iter().map(phrase).collect();
                format!("{}{}", if group.excluded { "!" } else { "" }, all.join("|"))
            })
            .collect();
        assert_eq!(shown, ["beat*|slapped", "my sister|l epouse", "!what if|how to"]);
    }

    #[test]
    fn what_is_no_rule_is_reported_with_its_column() {
        assert_eq!(read("beat + ").1, [(8, "empty-group")]);
        assert_eq!(read("beat||hit").1, [(6, "empty-group")]);
        assert_eq!(read("beat + *").1, [(8, "empty-group")]);
        assert_eq!(read("!what if").1, [(1, "empty-rule")]);
        assert_eq!(read("b*at").1, [(1, "bad-value")]);
        assert_eq!(read("beat|!hit").1, [(6, "bad-value")]);
    }
}
