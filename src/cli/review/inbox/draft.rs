//! Files to start a new entry from; its answer is to be written and reviewed by people.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use sahihi::corpus::is_entry_id;
use serde_json::json;

use super::super::key::lies_in;
use super::{Asked, Group};

/// A language file with the questions of a group and a place for the answer.
pub(super) fn text(group: &Group) -> String {
    let mut text = format!("+++\ntitle: \nsummary: \n+++\n# {}\n\n", group.first());
    for question in group.questions.iter().skip(1) {
        text.push_str(&format!("- {question}\n"));
    }
    text + "\n---\n\n"
}

/// Writes the files outside of the corpus, where they break nothing while they have no answer.
pub(super) fn run(asked: &Asked<'_>, group: &Group) -> Result<()> {
    let (id, topic) = (&asked.arguments.entry, &asked.arguments.topic);
    let (Some(id), Some(topic)) = (id, topic) else { return Ok(()) };
    let corpus = asked.engine.corpus();
    if !is_entry_id(id) {
        return Err(miette!(
            "`{id}` is no id of an entry: letters, digits and hyphens, like PIL-02"
        ));
    }
    if corpus.topics.iter().all(|it| it.id != *topic) {
        let known: Vec<&str> = corpus.topics.iter().map(|it| it.id.as_str()).collect();
        return Err(miette!("there is no topic {topic}; there are {}", known.join(", ")));
    }
    let folder = asked.arguments.out.join(topic);
    let neutral = format!("{id}.toml");
    let own = format!("{id}.{}.md", group.language);
    if lies_in(&folder.join(&own), &asked.config.corpus) {
        return Err(miette!("a draft without answer would break the corpus: choose another --out"));
    }
    let entries = asked.config.corpus.join("entries").join(topic);
    if let Some(there) = [&neutral, &own].into_iter().find(|it| entries.join(it).exists()) {
        return Err(miette!(
            "{} is there already: choose another id",
            entries.join(there).display()
        ));
    }
    for (name, text) in [(&neutral, ""), (&own, text(group).as_str())] {
        let path = folder.join(name);
        write_new(&path, text).into_diagnostic().wrap_err_with(|| {
            format!("cannot write {}; nothing was overwritten", path.display())
        })?;
    }
    let (own, neutral) = (folder.join(own), folder.join(neutral));
    let (own, neutral) = (own.display(), neutral.display());
    let value = json!({ "draft": [own.to_string(), neutral.to_string()] });
    let next = format!(
        "{own}\n{neutral}\n\n1. write the title, the summary and the answer into {own}\n\
         2. sahihi check --what-if {own} --what-if {neutral}\n\
         3. move both files to {}\n\
         4. sahihi review approve entry/{id}/{} --by NAME --until DATE",
        entries.display(),
        group.language
    );
    asked.say(&value, &next);
    Ok(())
}

/// Writes a file that is not there yet, whole or not at all.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}
