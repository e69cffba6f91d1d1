//! The contents of Ask-A-Question: a CSV file with `title`, `text` and labels.

use super::draft::{Assumed, Draft, Incoming};
use super::foreign;
use super::table::Table;

/// The names of title and text, in the present and the first version.
const COLUMNS: [(&str, &str); 2] = [("title", "text"), ("content_title", "content_text")];
/// The columns with labels, separated by commas.
const LABELS: [&str; 3] = ["tag", "tags", "content_tags"];

/// Whether a table is such a list.
pub(super) fn fits(table: &Table) -> bool {
    names(table).is_some() && !table.has("question") && !table.has("answer")
}

fn names(table: &Table) -> Option<(&'static str, &'static str)> {
    COLUMNS.into_iter().find(|(title, text)| table.has(title) && table.has(text))
}

/// Reads the rows: the title is the question, the text the answer.
pub(super) fn read(tables: &[Table], assumed: &Assumed) -> Incoming {
    let mut incoming = Incoming::default();
    for table in tables {
        incoming.errors.extend(table.repeated());
        let Some(names) = names(table) else {
            let place = super::Place::new(&table.sheet, 1);
            incoming.error(&place, "", "there are no columns `title` and `text`: add them");
            continue;
        };
        for row in &table.rows {
            let errors = incoming.errors.len();
            let mut text = |name: &str| table.text(row, name, &mut incoming.errors);
            let title = text(names.0).unwrap_or_default();
            let answer = text(names.1).unwrap_or_default();
            let given = text("content_id").or_else(|| text("id")).filter(|it| !it.is_empty());
            let labels: Vec<String> = LABELS
                .iter()
                .filter_map(|it| text(it))
                .flat_map(|it| it.split(',').map(|it| it.trim().to_owned()).collect::<Vec<_>>())
                .filter(|it| !it.is_empty())
                .collect();
            let place = table.place(row);
            if title.is_empty() {
                incoming.error(&place, names.0, "the title is empty: write the question");
            }
            if answer.is_empty() {
                incoming.error(&place, names.1, "the text is empty: write the answer");
            } else if let Some(why) = foreign::markup(&answer) {
                incoming.error(&place, names.1, why);
            }
            let (topics, others): (Vec<String>, Vec<String>) =
                labels.into_iter().partition(|it| assumed.topics.contains(it));
            if !others.is_empty() {
                let message = format!("labels stay behind: {}", others.join(", "));
                incoming.note(&place, "tags", message);
            }
            if incoming.errors.len() > errors {
                continue;
            }
            incoming.drafts.push(Draft {
                id: given.map_or_else(
                    || foreign::id_of(&title),
                    |it| foreign::id_from(&format!("aaq-{it}")),
                ),
                place,
                lang: Some(assumed.language.clone()),
                proposed_title: Some(foreign::short_title(&title)),
                proposed_topic: topics.into_iter().next().or_else(|| assumed.topic.clone()),
                question: Some(title),
                answer: Some(answer),
                ..Draft::default()
            });
        }
    }
    incoming
}
