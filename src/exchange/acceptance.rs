//! Accepting a question of the inbox: it becomes a phrasing of an entry and is approved, in one act.
//!
//! Everything is planned and held against the policy before the first byte is written. The file
//! comes first, the log after it: killed in between, the phrasing stands there unapproved, and
//! accepting it again only approves it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::draft::{Draft, Incoming};
use super::plan::{self, Plan};
use super::{Error, apply};
use crate::analysis::Lang;
use crate::corpus::{
    self, Approver, EntryId, Loaded, PhrasingApproval, Refusal, SourceTree, Unit, UnitPhrasing,
    Written,
};

/// Why a question does not become a phrasing; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// The entry or its file is not there.
    #[error("{0}")]
    NoPlace(String),
    /// The words cannot be a phrasing of the entry.
    #[error("it cannot be a phrasing of {entry}: {why}")]
    Unfit {
        /// The entry.
        entry: EntryId,
        /// Why, and what to do.
        why: String,
    },
    /// The reviewer may not approve it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The files cannot be changed.
    #[error(transparent)]
    Exchange(#[from] Error),
    /// The log cannot be written; the file was put back.
    #[error("the approval cannot be written, and the file is as it was: {0}")]
    Unlogged(corpus::Error),
}

/// A question as a phrasing of an entry, with its approval; nothing is written yet.
#[derive(Debug)]
pub struct Acceptance<'a> {
    /// The unit: `entry/PIL-02/sw`.
    pub unit: String,
    plan: Plan,
    /// The files of the plan as they are now.
    before: BTreeMap<String, String>,
    after: Loaded,
    approval: PhrasingApproval<'a>,
}

impl<'a> Acceptance<'a> {
    /// Plans the change and looks whether the policy lets the reviewer approve it.
    ///
    /// # Errors
    ///
    /// [`NotAccepted`].
    pub fn plan(
        tree: &SourceTree,
        (entry, lang): (&EntryId, &Lang),
        words: &str,
        approver: &Approver<'a>,
    ) -> Result<Self, NotAccepted> {
        let plan = planned(tree, (entry, lang), words, approver.on)?;
        let after = corpus::load_tree(&tree.with(&plan.files), approver.on);
        let unit = format!("entry/{entry}/{lang}");
        let of_unit = |it: &&Unit| it.name == unit;
        let Some(found) = after.units.iter().find(of_unit) else {
            return Err(NotAccepted::NoPlace(format!("there is no unit {unit}")));
        };
        let is_meant = |it: &&UnitPhrasing| it.text() == words;
        let Some(phrasing) = found.phrasings.iter().find(is_meant) else {
            let why = "it does not read back as it was written: name other words";
            return Err(NotAccepted::Unfit { entry: entry.clone(), why: why.to_owned() });
        };
        let approval = PhrasingApproval::new(&after, (found, phrasing.digest), approver)?;
        let before = plan.files.keys().map(|it| as_it_is(tree, it)).collect::<Result<_, _>>()?;
        Ok(Self { unit, plan, before, after, approval })
    }

    /// The approval.
    #[must_use]
    pub const fn approval(&self) -> &PhrasingApproval<'a> {
        &self.approval
    }

    /// Writes the file, then the log; when the log cannot be written, the file is put back.
    ///
    /// # Errors
    ///
    /// [`NotAccepted`].
    pub fn write(&self, root: &Path) -> Result<(), NotAccepted> {
        apply(root, &self.plan)?;
        let Err(error) = self.approval.write(root, &self.after) else { return Ok(()) };
        let base = corpus::digest(root).map_err(Error::from)?;
        apply(root, &Plan { files: self.before.clone(), base, ..Plan::default() })?;
        Err(NotAccepted::Unlogged(error))
    }
}

/// A file of the corpus with every byte, line ends included.
fn as_it_is(tree: &SourceTree, path: &str) -> Result<(String, String), Error> {
    let place = tree.root.join(path);
    match fs::read_to_string(&place) {
        Ok(text) => Ok((path.to_owned(), text)),
        Err(source) => Err(Error::Read { path: place, source }),
    }
}

/// The plan that adds words to the phrasings of an entry; an empty one where they stand already.
///
/// # Errors
///
/// [`NotAccepted`] when the entry has no file in that language, or does not take the words.
pub fn planned(
    tree: &SourceTree,
    (entry, lang): (&EntryId, &Lang),
    words: &str,
    today: time::Date,
) -> Result<Plan, NotAccepted> {
    let written = Written::read(tree);
    let found = written.entries.get(entry);
    let found = found.ok_or_else(|| NotAccepted::NoPlace(format!("there is no entry {entry}")))?;
    let text = found.texts.get(lang).ok_or_else(|| {
        let remedy = "write it first, or take a question in another language";
        NotAccepted::NoPlace(format!("{entry} has no file in {lang}: {remedy}"))
    })?;
    if text.phrasings.iter().any(|it| it == words) {
        return Ok(Plan { base: tree.digest, ..Plan::default() });
    }
    let phrasings = text.phrasings.iter().cloned().chain([words.to_owned()]).collect();
    let draft = Draft {
        id: entry.to_string(),
        lang: Some(lang.clone()),
        phrasings: Some(phrasings),
        ..Draft::default()
    };
    let incoming = Incoming { drafts: vec![draft], ..Incoming::default() };
    let plan = plan::plan(tree, incoming, today)?;
    match plan.errors.first() {
        None => Ok(plan),
        Some(error) => Err(NotAccepted::Unfit { entry: entry.clone(), why: error.message.clone() }),
    }
}
