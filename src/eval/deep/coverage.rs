//! Coverage: how many answers are served per topic and language, as a matrix.

use serde::Serialize;

use crate::analysis::Lang;
use crate::corpus::Corpus;

/// Answers per topic and language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The columns: languages of the corpus.
    pub languages: Vec<Lang>,
    /// The rows: topics in their order.
    pub topics: Vec<Row>,
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The topic.
    pub topic: String,
    /// Its entries.
    pub entries: usize,
    /// Entries answered in each language.
    pub answers: Vec<usize>,
}

/// Counts what is served.
#[must_use]
pub fn of(corpus: &Corpus) -> Coverage {
    let languages = corpus.settings.languages.clone();
    let row = |topic: &str| {
        let entries: Vec<_> = corpus.entries.iter().filter(|it| it.topic == topic).collect();
        let answers = languages
            .iter()
            .map(|lang| {
                let has = |text: &crate::corpus::Text| !text.answer.is_empty();
                entries.iter().filter(|it| it.texts.get(lang).is_some_and(has)).count()
            })
            .collect();
        Row { topic: topic.to_owned(), entries: entries.len(), answers }
    };
    let topics = corpus.topics.iter().map(|it| row(&it.id)).collect();
    Coverage { languages, topics }
}
