//! What Ask-A-Question clients send, read as leniently as `FastAPI` reads it, and refused in its words.
//!
//! Unknown fields are passed over, a number in quotation marks is a number, and every field that is
//! wrong is named at once. The body may be called JSON, plain text or nothing: it is JSON.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Longest text of feedback, in characters.
const MAX_FEEDBACK_CHARS: usize = 4_096;

/// The fields of a request, and what was wrong with those asked for so far.
#[derive(Debug)]
pub(super) struct Fields {
    values: Map<String, Value>,
    place: &'static str,
    faults: Vec<Fault>,
}

/// The body of status 422.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::service) struct Faults {
    /// Everything that is wrong.
    detail: Vec<Fault>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Fault {
    /// Stable name of what is wrong.
    #[schema(example = "missing")]
    r#type: &'static str,
    /// Where: `body` or `query`, then the field.
    #[schema(value_type = Vec<Value>, example = json!(["body", "query_text"]))]
    loc: Vec<Value>,
    /// What is wrong, for people.
    #[schema(example = "Field required")]
    msg: String,
    /// What was sent.
    #[schema(value_type = Value)]
    input: Value,
    /// What else is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    ctx: Option<Value>,
}

impl Fields {
    /// The fields of a body.
    ///
    /// A message put between the quotation marks of a template brings its line breaks along, which
    /// JSON forbids; outside of texts they mean nothing. So they are read as spaces.
    pub(super) fn of_body(body: &[u8]) -> Result<Self, Faults> {
        let read = serde_json::from_slice(body).or_else(|error: serde_json::Error| {
            let spaced: Vec<u8> =
                body.iter().map(|byte| if *byte < b' ' { b' ' } else { *byte }).collect();
            serde_json::from_slice(&spaced).map_err(|_| error)
        });
        let fault = |r#type, loc: Vec<Value>, msg: &str, input, ctx| {
            Err(Faults { detail: vec![Fault { r#type, loc, msg: msg.to_owned(), input, ctx }] })
        };
        match read {
            Ok(Value::Object(values)) => Ok(Self { values, place: "body", faults: Vec::new() }),
            Ok(other) => {
                let message = "Input should be a valid dictionary or object to extract fields from";
                fault("model_attributes_type", vec![json!("body")], message, other, None)
            }
            Err(_) if body.iter().all(u8::is_ascii_whitespace) => {
                fault("missing", vec![json!("body")], "Field required", Value::Null, None)
            }
            Err(error) => {
                let loc = vec![json!("body"), json!(error.column())];
                let ctx = json!({ "error": error.to_string() });
                fault("json_invalid", loc, "JSON decode error", json!({}), Some(ctx))
            }
        }
    }

    /// The fields of a query string.
    pub(super) fn of_query(pairs: Vec<(String, String)>) -> Self {
        let values = pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        Self { values, place: "query", faults: Vec::new() }
    }

    /// A text that must be there, of at most `max` characters.
    pub(super) fn text(&mut self, name: &str, max: usize) -> String {
        match self.values.get(name) {
            Some(Value::String(text)) if text.chars().count() <= max => text.clone(),
            Some(Value::String(_)) => {
                let message = format!("String should have at most {max} characters");
                self.fault_with("string_too_long", name, &message, json!({ "max_length": max }));
                String::new()
            }
            Some(_) => {
                self.fault("string_type", name, "Input should be a valid string");
                String::new()
            }
            None => {
                self.missing(name);
                String::new()
            }
        }
    }

    /// A text that may be left out or null.
    pub(super) fn text_if_any(&mut self, name: &str) -> Option<String> {
        if self.is_absent(name) {
            return None;
        }
        let text = self.text(name, MAX_FEEDBACK_CHARS);
        (!text.trim().is_empty()).then_some(text)
    }

    /// A whole number that must be there; also in quotation marks.
    pub(super) fn whole(&mut self, name: &str) -> i64 {
        match self.values.get(name) {
            None => self.missing(name),
            Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => return whole,
                (None, Some(float)) if float.fract() != 0.0 => self.fault(
                    "int_from_float",
                    name,
                    "Input should be a valid integer, got a number with a fractional part",
                ),
                (None, _) => self.too_large(name),
            },
            Some(Value::String(text)) => match text.trim().parse::<i64>() {
                Ok(whole) => return whole,
                Err(error) => match error.kind() {
                    std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                        self.too_large(name);
                    }
                    _ => self.fault(
                        "int_parsing",
                        name,
                        "Input should be a valid integer, unable to parse string as an integer",
                    ),
                },
            },
            Some(_) => self.fault("int_type", name, "Input should be a valid integer"),
        }
        0
    }

    /// A whole number that may be left out or null.
    pub(super) fn whole_if_any(&mut self, name: &str) -> Option<i64> {
        if self.is_absent(name) { None } else { Some(self.whole(name)) }
    }

    /// A yes or no that may be left out; what it says makes no difference to a reviewed answer.
    pub(super) fn flag(&mut self, name: &str) {
        let said = match self.values.get(name) {
            None | Some(Value::Bool(_)) => return,
            Some(Value::Number(number)) => number.as_i64().is_some_and(|it| it == 0 || it == 1),
            Some(Value::String(text)) => ["true", "false", "1", "0", "yes", "no", "on", "off"]
                .iter()
                .any(|it| text.trim().eq_ignore_ascii_case(it)),
            Some(_) => false,
        };
        if !said {
            let message = "Input should be a valid boolean, unable to interpret input";
            self.fault("bool_parsing", name, message);
        }
    }

    /// An object that may be left out; in a query string it is JSON.
    pub(super) fn object(&mut self, name: &str) -> Map<String, Value> {
        let read = match self.values.get(name) {
            None => return Map::new(),
            Some(Value::Object(object)) => return object.clone(),
            Some(Value::String(text)) if self.place == "query" => serde_json::from_str(text).ok(),
            Some(_) => None,
        };
        read.unwrap_or_else(|| {
            self.fault("dict_type", name, "Input should be a valid dictionary");
            Map::new()
        })
    }

    /// One of a few words; the last of them when it is left out.
    pub(super) fn one_of(&mut self, name: &str, words: [&'static str; 3]) -> &'static str {
        let [.., default] = words;
        let Some(value) = self.values.get(name) else { return default };
        match words.into_iter().find(|it| value.as_str() == Some(it)) {
            Some(word) => word,
            None => {
                let [first, second, third] = words;
                let expected = format!("'{first}', '{second}' or '{third}'");
                let message = format!("Input should be {expected}");
                self.fault_with("enum", name, &message, json!({ "expected": expected }));
                default
            }
        }
    }

    /// What was wrong, when anything was.
    pub(super) fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() { Ok(()) } else { Err(Faults { detail: self.faults }) }
    }

    fn is_absent(&self, name: &str) -> bool {
        self.values.get(name).is_none_or(Value::is_null)
    }

    fn missing(&mut self, name: &str) {
        let (loc, input) = (vec![json!(self.place), json!(name)], json!(self.values));
        let msg = "Field required".to_owned();
        self.faults.push(Fault { r#type: "missing", loc, msg, input, ctx: None });
    }

    fn too_large(&mut self, name: &str) {
        let message = "Unable to parse input string as an integer, exceeded maximum size";
        self.fault("int_parsing_size", name, message);
    }

    fn fault(&mut self, r#type: &'static str, name: &str, msg: &str) {
        let input = self.values.get(name).cloned().unwrap_or_default();
        let loc = vec![json!(self.place), json!(name)];
        self.faults.push(Fault { r#type, loc, msg: msg.to_owned(), input, ctx: None });
    }

    fn fault_with(&mut self, r#type: &'static str, name: &str, msg: &str, ctx: Value) {
        self.fault(r#type, name, msg);
        if let Some(fault) = self.faults.last_mut() {
            fault.ctx = Some(ctx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(body: &str, read: impl Fn(&mut Fields)) -> Vec<&'static str> {
        let faults = match Fields::of_body(body.as_bytes()) {
            Ok(mut fields) => {
                read(&mut fields);
                fields.finish().err()
            }
            Err(faults) => Some(faults),
        };
        faults.map(|it| it.detail.iter().map(|it| it.r#type).collect()).unwrap_or_default()
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let read = |it: &mut Fields| {
            it.text("query_text", 10);
            it.whole("query_id");
            it.flag("generate_llm_response");
            it.object("query_metadata");
            it.one_of("feedback_sentiment", ["positive", "negative", "unknown"]);
        };
        let body = r#"{"query_text": 5, "query_id": 1.5, "generate_llm_response": [],
            "query_metadata": "x", "feedback_sentiment": "good"}"#;
        let all = ["string_type", "int_from_float", "bool_parsing", "dict_type", "enum"];
        assert_eq!(types(body, read), all);
        assert_eq!(types("{}", read), ["missing", "missing"]);
    }

    #[test]
    fn a_number_in_quotation_marks_is_a_number() {
        let whole = |it: &mut Fields| {
            it.whole("a");
        };
        let mut fields = Fields::of_body(br#"{"a": "17", "b": 17, "c": " 9 "}"#).unwrap();
        assert_eq!((fields.whole("a"), fields.whole("b"), fields.whole("c")), (17, 17, 9));
        assert_eq!(types(r#"{"a": 1e30}"#, whole), ["int_parsing_size"]);
        assert_eq!(types(r#"{"a": "9e9"}"#, whole), ["int_parsing"]);
        assert_eq!(types(r#"{"a": true}"#, whole), ["int_type"]);
    }

    #[test]
    fn line_breaks_of_a_message_do_not_break_the_template() {
        let mut fields = Fields::of_body(b"{\"query_text\": \"two\nlines\"}").unwrap();
        assert_eq!(fields.text("query_text", 100), "two lines");
        assert_eq!(types("{\"query_text\": \"a \"word\" \"}", |_| ()), ["json_invalid"]);
        assert_eq!(types(" \n", |_| ()), ["missing"]);
        assert_eq!(types("[1]", |_| ()), ["model_attributes_type"]);
        assert_eq!(types(&"[".repeat(50_000), |_| ()), ["json_invalid"]);
    }
}
