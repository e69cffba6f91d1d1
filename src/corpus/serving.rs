//! Tables, nodes, resources and approaches that are approved; the others are listed with the reason.

use std::collections::BTreeMap;

use super::approved::Serving;
use super::catalogue::{Approach, Catalogue, Challenge, Description, Resource};
use super::catalogue_file::{RawCatalogue, RawChallenge};
use super::digest::Digest;
use super::entry::Phrasing;
use super::parse::RawText;
use super::review::Approval;
use super::settings::Settings;
use super::source::SourceFile;
use super::table::Table;
use super::toml_file::Located;
use super::tree::Node;
use super::tree_file::{self, RawNode};
use super::unit::{Unit, UnitPhrasing, Unserved};
use crate::analysis::Lang;

impl Serving<'_> {
    /// The approval of a unit that may be missing: then it is only not served.
    fn optional(&mut self, unit: Unit, settings: &Settings) -> Option<Approval> {
        let standing = self.reviews.standing(&unit, settings, self.today).text;
        if let Err(reason) = &standing {
            let reason = reason.clone();
            self.unserved.push(Unserved { unit: unit.name.clone(), reason });
        }
        self.units.push(unit);
        standing.ok()
    }

    /// The nodes with their approved texts; a node without any is left out.
    pub(super) fn tree(&mut self, nodes: &[RawNode<'_>], settings: &Settings) -> Vec<Node> {
        let mut served = Vec::new();
        for raw in nodes {
            let mut node = raw.served();
            for (lang, (file, text)) in &raw.texts {
                let unit = raw.unit(lang, file, text);
                let digest = unit.digest;
                if let Some(approval) = self.optional(unit, settings) {
                    let text = tree_file::served_text(text, digest, approval);
                    node.texts.insert(lang.clone(), text);
                }
            }
            if !node.texts.is_empty() {
                served.push(node);
            }
        }
        served
    }

    /// The approved tables, without what is struck out.
    pub(super) fn tables(
        &mut self,
        tables: Vec<(&SourceFile, Table)>,
        settings: &Settings,
    ) -> Vec<Table> {
        let approved = |(file, table): (&SourceFile, Table)| {
            self.optional(table.unit(&file.shown), settings).map(|_| table.without_struck())
        };
        tables.into_iter().filter_map(approved).collect()
    }

    /// What of the catalogue is approved.
    pub(super) fn catalogue(&mut self, raw: &RawCatalogue<'_>, settings: &Settings) -> Catalogue {
        let mut catalogue =
            Catalogue { collections: raw.collections.clone(), ..Catalogue::default() };
        for sheet in &raw.resources {
            let facts = serde_json::to_string(&sheet.facts).unwrap_or_default();
            let mut texts = BTreeMap::new();
            for (lang, (file, text)) in &sheet.texts {
                let unit = sheet_unit(("resource", sheet.id, lang), &facts, file, text);
                let digest = unit.digest;
                if let Some(approval) = self.optional(unit, settings) {
                    texts.insert(lang.clone(), description(text, digest, approval));
                }
            }
            if !texts.is_empty() {
                let (id, about) = (sheet.id.to_owned(), sheet.facts.clone());
                catalogue.resources.push(Resource { id, about, texts });
            }
        }
        for sheet in &raw.approaches {
            let facts = serde_json::to_string(&sheet.facts).unwrap_or_default();
            let (mut texts, mut phrasings) = (BTreeMap::new(), Vec::new());
            for (lang, (file, text)) in &sheet.texts {
                let unit = sheet_unit(("approach", sheet.id, lang), &facts, file, text);
                let digest = unit.digest;
                let open = self.phrasings(&unit, text, settings);
                if let Some(approval) = self.optional(unit, settings) {
                    texts.insert(lang.clone(), description(text, digest, approval));
                    phrasings.extend(open);
                }
            }
            if !texts.is_empty() {
                let (id, facts) = (sheet.id.to_owned(), sheet.facts.clone());
                catalogue.approaches.push(Approach { id, facts, texts, phrasings });
            }
        }
        for challenge in &raw.challenges {
            catalogue.challenges.push(self.challenge(challenge, settings));
        }
        catalogue
    }

    /// The approved phrasings of a unit; the others are listed unless the unit is.
    fn phrasings(&mut self, unit: &Unit, text: &RawText, settings: &Settings) -> Vec<Phrasing> {
        let standing = self.reviews.standing(unit, settings, self.today);
        let mut open = Vec::new();
        let lines = text.phrasings.iter().zip(&unit.phrasings);
        for ((phrasing, UnitPhrasing { line, .. }), approval) in lines.zip(standing.phrasings) {
            match approval {
                Ok(approval) => {
                    let text = phrasing.value.clone();
                    open.push(Phrasing { lang: unit.lang.clone(), text, approval });
                }
                Err(reason) if standing.text.is_ok() => self.unserved.push(Unserved {
                    unit: format!("{}#{line}", unit.name),
                    reason: format!("phrasing “{}”: {reason}", phrasing.value),
                }),
                Err(_) => (),
            }
        }
        open
    }

    fn challenge(&mut self, raw: &RawChallenge<'_>, settings: &Settings) -> Challenge {
        let mut ask = BTreeMap::new();
        for (lang, text) in &raw.ask {
            let fields = [("id", raw.id.as_str()), ("lang", lang.as_str()), ("ask", text)];
            let name = format!("challenge/{}/{lang}", raw.id);
            let unit = Unit::new(name, lang, &raw.file.shown, "sahihi-challenge-v1", &fields);
            let approval = self.optional(unit, settings);
            ask.extend(approval.map(|approval| (lang.clone(), (text.clone(), approval))));
        }
        let approaches = raw.approaches.iter().map(|it| it.value.clone()).collect();
        Challenge { id: raw.id.clone(), approaches, ask }
    }
}

/// The unit `resource/<id>/<lang>` or `approach/<id>/<lang>`.
fn sheet_unit(
    (kind, id, lang): (&str, &str, &Lang),
    facts: &str,
    file: &SourceFile,
    text: &RawText,
) -> Unit {
    let fields = [
        ("id", id),
        ("lang", lang.as_str()),
        ("name", text.question.as_ref().map_or("", |it| &it.value)),
        ("title", &text.title),
        ("summary", &text.summary),
        ("text", text.answer.as_ref().map_or("", |it| &it.value)),
        ("facts", facts),
    ];
    let phrasing = |it: &Located<String>| {
        let line = file.line_column(it.span.start).0;
        UnitPhrasing::of_entry(line, id, lang.as_str(), &it.value)
    };
    let (name, domain) = (format!("{kind}/{id}/{lang}"), format!("sahihi-{kind}-v1"));
    Unit {
        phrasings: text.phrasings.iter().map(phrasing).collect(),
        source: text.source.as_ref().map(|it| it.value.clone()),
        ..Unit::new(name, lang, &file.shown, &domain, &fields)
    }
}

fn description(text: &RawText, digest: Digest, approval: Approval) -> Description {
    Description {
        title: text.title.clone(),
        summary: text.summary.clone(),
        name: text.question.as_ref().map_or_else(String::new, |it| it.value.clone()),
        text: text.answer.as_ref().map_or_else(String::new, |it| it.value.clone()),
        digest,
        approval,
    }
}
