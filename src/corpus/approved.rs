//! What is approved of the files; the rest is left out and listed with the reason.

use std::collections::BTreeMap;
use std::ops::Range;

use time::Date;

use super::Messages;
use super::entry::{Entry, Phrasing, Text};
use super::lexicon::Lexicon;
use super::message::RawMessage;
use super::parse::RawText;
use super::problem::Problems;
use super::raw::{Raw, RawEntry};
use super::redflag::RedFlag;
use super::referral::Referral;
use super::review::{Approval, Reviews};
use super::settings::Settings;
use super::source::SourceFile;
use super::toml_file::Located;
use super::unit::{Unit, UnitPhrasing, Unserved};
use crate::analysis::Lang;

/// Leaves out what is not approved, and writes down why.
pub(super) struct Serving<'a> {
    pub(super) reviews: &'a Reviews,
    pub(super) today: Date,
    pub(super) units: Vec<Unit>,
    pub(super) unserved: Vec<Unserved>,
    pub(super) problems: &'a mut Problems,
}

impl Serving<'_> {
    pub(super) fn entries(&mut self, raw: &Raw<'_>) -> Vec<Entry> {
        let mut entries = Vec::new();
        for entry in raw.entries.values() {
            let mut served = Entry {
                id: entry.id.clone(),
                topic: entry.topic.clone(),
                neutral: entry.neutral.clone(),
                texts: BTreeMap::new(),
                phrasings: Vec::new(),
            };
            for (lang, (file, text)) in &entry.texts {
                self.text(raw, entry, (lang, file, text), &mut served);
            }
            if !served.texts.is_empty() {
                entries.push(served);
            }
        }
        entries
    }

    fn text(
        &mut self,
        raw: &Raw<'_>,
        entry: &RawEntry<'_>,
        (lang, file, text): (&Lang, &SourceFile, &RawText),
        served: &mut Entry,
    ) {
        let unit = text_unit(entry, lang, file, text);
        let standing = self.reviews.standing(&unit, &raw.settings, self.today);
        let reviewed_text = match (&text.answer, standing.text) {
            (Some(answer), Ok(approval)) => {
                let text = Text {
                    question: text
                        .question
                        .as_ref()
                        .map_or_else(String::new, |it| it.value.clone()),
                    title: text.title.clone(),
                    summary: text.summary.clone(),
                    answer: answer.value.clone(),
                    digest: unit.digest,
                    approval,
                };
                served.texts.insert(lang.clone(), text);
                true
            }
            (Some(_), Err(reason)) => {
                self.unserved.push(Unserved { unit: unit.name.clone(), reason });
                false
            }
            (None, _) => true,
        };
        for (phrasing, (standing, UnitPhrasing { line, .. })) in
            text.phrasings.iter().zip(standing.phrasings.into_iter().zip(&unit.phrasings))
        {
            match standing {
                Ok(approval) if reviewed_text => {
                    let text = phrasing.value.clone();
                    served.phrasings.push(Phrasing { lang: lang.clone(), text, approval });
                }
                // The unit is listed already; its phrasings go with it.
                Ok(_) | Err(_) if !reviewed_text => (),
                Ok(_) => (),
                Err(reason) => self.unserved.push(Unserved {
                    unit: format!("{}#{line}", unit.name),
                    reason: format!("phrasing “{}”: {reason}", phrasing.value),
                }),
            }
        }
        self.units.push(unit);
    }

    pub(super) fn messages(&mut self, raw: &Raw<'_>) -> Messages {
        let mut served = Messages::default();
        for (lang, file, messages) in &raw.messages {
            for message in messages {
                let unit = message_unit(lang, file, message);
                match self.reviews.standing(&unit, &raw.settings, self.today).text {
                    Ok(approval) => {
                        served.insert(lang, &message.id.value, &message.text, approval);
                    }
                    Err(reason) => {
                        let text = format!("the sentence `{}` is not served: {reason}", unit.name);
                        let help = "let a reviewer approve it: `sahihi review approve` …";
                        let span = message.id.span.clone();
                        self.problems.error(file, span, "unserved-message", text, help);
                        self.unserved.push(Unserved { unit: unit.name.clone(), reason });
                    }
                }
                self.units.push(unit);
            }
        }
        served
    }

    pub(super) fn red_flags(&mut self, raw: &mut Raw<'_>) -> Vec<RedFlag> {
        let mut served = Vec::new();
        for ((class, lang), (file, flag)) in std::mem::take(&mut raw.red_flags) {
            let unit = flag.unit(class, &lang, file);
            let place = (file, file.first_line(), "unserved-red-flag");
            let approval = self.needed(unit, place, &raw.settings);
            served.extend(approval.map(|approval| flag.served(class, lang, approval)));
        }
        served
    }

    pub(super) fn referrals(&mut self, file: &SourceFile, raw: &Raw<'_>) -> Vec<Referral> {
        let mut served = Vec::new();
        for row in &raw.referrals {
            let place = (file, row.span.clone(), "unserved-referral");
            let approval = self.needed(row.unit(file), place, &raw.settings);
            served.extend(approval.map(|approval| row.served(approval)));
        }
        served
    }

    /// The approval of a unit without which nothing may be built: its lack is an error.
    fn needed(
        &mut self,
        unit: Unit,
        (file, span, code): (&SourceFile, Range<usize>, &'static str),
        settings: &Settings,
    ) -> Option<Approval> {
        let standing = self.reviews.standing(&unit, settings, self.today).text;
        if let Err(reason) = &standing {
            let text = format!("`{}` is not served: {reason}", unit.name);
            let help = "people in danger depend on it: let a reviewer approve it, \
                        `sahihi review approve` …";
            self.problems.error(file, span, code, text, help);
            let reason = reason.clone();
            self.unserved.push(Unserved { unit: unit.name.clone(), reason });
        }
        self.units.push(unit);
        standing.ok()
    }

    pub(super) fn lexicon(&mut self, raw: &Raw<'_>) -> Lexicon {
        let mut served = Lexicon::default();
        for (lang, file, concepts) in &raw.lexicon {
            for concept in concepts {
                let unit = concept.unit(lang, &file.shown);
                match self.reviews.standing(&unit, &raw.settings, self.today).text {
                    Ok(_) => served.add(lang, concept),
                    Err(reason) => {
                        self.unserved.push(Unserved { unit: unit.name.clone(), reason });
                    }
                }
                self.units.push(unit);
            }
        }
        served
    }
}

fn text_unit(entry: &RawEntry<'_>, lang: &Lang, file: &SourceFile, text: &RawText) -> Unit {
    let neutral = serde_json::to_string(&entry.neutral).unwrap_or_default();
    let id = entry.id.as_str();
    let fields = [
        ("id", id),
        ("lang", lang.as_str()),
        ("topic", entry.topic.as_str()),
        ("question", text.question.as_ref().map_or("", |it| &it.value)),
        ("title", &text.title),
        ("summary", &text.summary),
        ("answer", text.answer.as_ref().map_or("", |it| &it.value)),
        ("neutral", &neutral),
    ];
    let phrasing = |it: &Located<String>| {
        let line = file.line_column(it.span.start).0;
        UnitPhrasing::of_entry(line, id, lang.as_str(), &it.value)
    };
    Unit {
        topic: Some(entry.topic.clone()),
        tier: Some(entry.neutral.tier.clone()),
        phrasings: text.phrasings.iter().map(phrasing).collect(),
        source: text.source.as_ref().map(|it| it.value.clone()),
        ..Unit::new(format!("entry/{id}/{lang}"), lang, &file.shown, "sahihi-entry-v1", &fields)
    }
}

fn message_unit(lang: &Lang, file: &SourceFile, message: &RawMessage) -> Unit {
    let id = &message.id.value;
    let fields = [("id", id.as_str()), ("lang", lang.as_str()), ("text", message.text.as_str())];
    Unit::new(format!("message/{id}/{lang}"), lang, &file.shown, "sahihi-message-v1", &fields)
}
