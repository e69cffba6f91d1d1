//! Questions of `QnABot`: its JSON, JSON Lines and workbooks.
//!
//! A corpus holds questions, phrasings and answers. Cards, buttons, session attributes and hooks
//! have no place in it: each is named, so that nobody believes it came along.

use serde_json::Value;

use super::Error;
use super::draft::{Assumed, Draft, Incoming, Place};
use super::foreign;
use super::table::{Row, Table};

/// Questions that are the bot's own sentences, not people's.
const OWN_SENTENCES: [&str; 2] = ["no_hits", "error_msg"];
/// What of an item is read.
const CARRIED: [&str; 5] = ["qid", "q", "a", "type", "t"];
/// What every export holds and nobody wrote.
const BOOKKEEPING: [&str; 5] = ["_id", "_score", "selected", "select", "quniqueterms"];

/// One question of the bot.
struct Item {
    place: Place,
    qid: String,
    questions: Vec<String>,
    answer: String,
    kind: String,
    topic: String,
    card_title: String,
    /// Names of what stays behind.
    left: Vec<String>,
    /// Names of the places of qid, questions and answer, for errors.
    names: [&'static str; 3],
}

/// Whether a table is a workbook of the bot.
pub(super) fn fits(table: &Table) -> bool {
    table.has("qid") && table.has("answer")
}

/// Reads every sheet.
pub(super) fn read_tables(tables: &[Table], assumed: &Assumed) -> Incoming {
    let mut incoming = Incoming::default();
    for table in tables.iter().filter(|it| !it.header.is_empty()) {
        if !fits(table) {
            let place = Place::new(&table.sheet, 1);
            incoming.note(&place, "", "the sheet has no columns `qid` and `answer`: not read");
            continue;
        }
        incoming.errors.extend(table.repeated());
        for row in &table.rows {
            let errors = incoming.errors.len();
            let item = item_of_row(table, row, &mut incoming);
            if incoming.errors.len() == errors {
                take(&item, assumed, &mut incoming);
            }
        }
    }
    incoming
}

fn item_of_row(table: &Table, row: &Row, incoming: &mut Incoming) -> Item {
    let errors = &mut incoming.errors;
    let text = |name: &str, errors: &mut Vec<_>| table.text(row, name, errors).unwrap_or_default();
    let mut numbered: Vec<(u32, usize)> =
        table.header.iter().filter_map(|(at, name)| Some((question_number(name)?, *at))).collect();
    numbered.sort_unstable();
    let questions = numbered.iter().map(|(_, at)| table.text_at(row, *at, errors));
    let questions = questions.filter(|it| !it.is_empty()).collect();
    let known = |name: &str| {
        question_number(name).is_some()
            || ["qid", "answer", "type", "cardtitle"].contains(&name)
            // Follow-up context of the bot; a topic of the corpus only where the names agree.
            || ["topic", "t"].contains(&name)
    };
    let left = table.columns_where(|name| !known(name));
    let left = left.into_iter().filter(|at| !table.text_at(row, *at, &mut Vec::new()).is_empty());
    let left = left.filter_map(|at| table.header.get(&at).cloned()).collect();
    let topic = [text("topic", errors), text("t", errors)].concat();
    Item {
        place: table.place(row),
        qid: text("qid", errors),
        questions,
        answer: text("answer", errors),
        kind: text("type", errors),
        topic,
        card_title: text("cardtitle", errors),
        left,
        names: ["qid", "question1", "answer"],
    }
}

/// The number of a column `question3`.
fn question_number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("question")?;
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

/// Reads `{"qna": […]}`.
pub(super) fn read_json(value: Value, name: &str, assumed: &Assumed) -> Result<Incoming, Error> {
    let items = match value {
        Value::Object(mut all) => all.remove("qna"),
        list => Some(list),
    };
    let Some(Value::Array(items)) = items else {
        let why = "`qna` is no list of questions".to_owned();
        let remedy = "export it again from the designer";
        return Err(Error::Malformed { format: "QnABot export", why, remedy });
    };
    let numbered = (1..).zip(items).collect();
    Ok(read_items(numbered, name, assumed))
}

/// Reads items with their numbers.
pub(super) fn read_items(items: Vec<(u32, Value)>, name: &str, assumed: &Assumed) -> Incoming {
    let mut incoming = Incoming::default();
    for (number, value) in items {
        let place = Place::new(name, number);
        match item_of_json(&value, place.clone()) {
            Ok(item) => take(&item, assumed, &mut incoming),
            Err((column, message)) => incoming.error(&place, column, message),
        }
    }
    incoming
}

fn item_of_json(value: &Value, place: Place) -> Result<Item, (&'static str, &'static str)> {
    let fields = value.as_object().ok_or(("", "this is no question: export it again"))?;
    let text = |name: &'static str, wrong| match fields.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.replace("\r\n", "\n").trim().to_owned()),
        Some(_) => Err((name, wrong)),
    };
    let questions = match fields.get("q") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|it| it.as_str().map(|it| it.trim().to_owned()))
            .collect::<Option<Vec<_>>>()
            .ok_or(("q", "`q` holds something that is no text: write a list of texts"))?,
        Some(_) => return Err(("q", "`q` is no list: write a list of texts")),
    };
    let card_title = fields.get("r").and_then(|it| it.get("title")).and_then(Value::as_str);
    let carried = |name: &str| CARRIED.contains(&name) || BOOKKEEPING.contains(&name);
    Ok(Item {
        place,
        qid: text("qid", "`qid` is no text")?,
        questions: questions.into_iter().filter(|it| !it.is_empty()).collect(),
        answer: text("a", "`a` is no text")?,
        kind: text("type", "`type` is no text")?,
        topic: text("t", "`t` is no text")?,
        card_title: card_title.unwrap_or_default().trim().to_owned(),
        left: fields
            .iter()
            .filter(|(name, value)| !carried(name) && holds_anything(value))
            .map(|(name, _)| name.clone())
            .collect(),
        names: ["qid", "q", "a"],
    })
}

fn holds_anything(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => list.iter().any(holds_anything),
        Value::Object(fields) => fields.values().any(holds_anything),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// An item becomes a draft, or is told of.
fn take(item: &Item, assumed: &Assumed, incoming: &mut Incoming) {
    let place = &item.place;
    let [qid_name, question_name, answer_name] = item.names;
    if item.questions.iter().any(|it| OWN_SENTENCES.contains(&it.as_str())) {
        let message = "this is the bot's own sentence for when it has no answer: it stays behind, \
                       see messages/";
        return incoming.note(place, question_name, message);
    }
    let errors = incoming.errors.len();
    if !["", "qna"].contains(&item.kind.as_str()) {
        let message = format!(
            "this is a {}: only questions with an answer have a place in a corpus; take it out",
            item.kind
        );
        return incoming.error(place, "type", message);
    }
    if item.qid.is_empty() {
        incoming.error(place, qid_name, "the qid is empty: write a name for the entry");
    }
    if item.answer.is_empty() {
        incoming.error(place, answer_name, "the answer is empty: write it, or take the row out");
    } else if let Some(why) = foreign::markup(&item.answer) {
        incoming.error(place, answer_name, why);
    }
    let Some((question, phrasings)) = item.questions.split_first() else {
        return incoming.error(place, question_name, "there is no question: write one");
    };
    if incoming.errors.len() > errors {
        return;
    }
    if !item.left.is_empty() {
        let message =
            format!("has no place in a corpus and stays behind: {}", item.left.join(", "));
        incoming.note(place, "", message);
    }
    let is_topic = assumed.topics.contains(&item.topic);
    let topic = Some(item.topic.clone()).filter(|_| is_topic).or_else(|| assumed.topic.clone());
    let title = if item.card_title.is_empty() { question } else { &item.card_title };
    incoming.drafts.push(Draft {
        place: place.clone(),
        id: foreign::id_from(&item.qid),
        lang: Some(assumed.language.clone()),
        proposed_title: Some(foreign::short_title(title)),
        proposed_topic: topic,
        question: Some(question.clone()),
        phrasings: Some(phrasings.to_vec()),
        answer: Some(item.answer.clone()),
        ..Draft::default()
    });
}
