//! `sahihi review show`: a unit as people see it, what changed, and its source beside it.

use comfy_table::{ContentArrangement, Table};
use miette::Result;
use sahihi::config::Config;
use sahihi::corpus::{self, Demand, Loaded, Logged, Source, Standing, Tie, Unit, Verdict};
use serde_json::{Value, json};

use super::difference::{self, Change};
use super::{one, terminal};

/// Columns of a table with two texts.
const WIDTH: u16 = 100;
/// The fields a person sees, in this order; others are for the program.
const SEEN: &[&str] = &["question", "title", "summary", "answer", "reply", "text"];

/// A unit with all that a reviewer looks at.
struct View<'a> {
    unit: &'a Unit,
    standing: Standing,
    demand: Demand<'a>,
    /// The last approval, of this or an earlier text.
    last: Option<&'a Logged>,
    /// What changed since; `None` without an approval, or when its text was not kept.
    changes: Option<Vec<Change>>,
    source: Option<Source<'a>>,
}

pub(super) fn run(config: &Config, loaded: &Loaded, names: &[String], json: bool) -> Result<()> {
    let units = names.iter().map(|it| one(loaded, it)).collect::<Result<Vec<&Unit>>>()?;
    let views: Vec<View<'_>> = units.into_iter().map(|it| View::of(config, loaded, it)).collect();
    if json {
        terminal::json(&views.iter().map(View::as_json).collect::<Vec<_>>());
    } else {
        views.iter().for_each(View::show);
    }
    Ok(())
}

impl<'a> View<'a> {
    fn of(config: &Config, loaded: &'a Loaded, unit: &'a Unit) -> Self {
        let settings = &loaded.corpus.settings;
        let history = loaded.reviews.history(&unit.name);
        let last = history.into_iter().rfind(|it| it.line.decision == Verdict::Approve);
        Self {
            unit,
            standing: loaded.reviews.standing(unit, settings, config.today),
            demand: Demand::of(unit, settings),
            last,
            changes: last.and_then(|it| difference::since(&it.line, unit, loaded.reviews.texts())),
            source: corpus::source_of(unit, &loaded.units, settings.languages.first()),
        }
    }

    fn show(&self) {
        let line = |text: &str| terminal::line(text);
        line(&format!("{} ({})", self.unit.name, self.unit.file));
        line(&format!("  {}", self.status()));
        line(&format!("  {}", self.needs()));
        line("\nas people see it");
        for (name, value) in self.seen() {
            line(&format!("{name}:\n{}", terminal::wrapped(value, "  ")));
        }
        self.show_rest();
        self.show_changes();
        self.show_source();
        line("");
    }

    fn seen(&self) -> Vec<(&str, &str)> {
        let fields = self.unit.fields();
        let value = |name: &str| fields.iter().find(|(it, _)| *it == name).copied();
        SEEN.iter().filter_map(|name| value(name)).filter(|(_, it)| !it.is_empty()).collect()
    }

    /// What the program alone reads: rules, forms, limits; and the phrasings.
    fn show_rest(&self) {
        let fields = self.unit.fields();
        let hidden = ["id", "lang", "topic", "class"];
        let rest = fields.iter().filter(|(name, value)| {
            !SEEN.contains(name) && !hidden.contains(name) && !value.is_empty()
        });
        let rest: Vec<String> = rest.flat_map(|(name, value)| plain(name, value)).collect();
        if !rest.is_empty() {
            terminal::line("\nnot shown to people");
            rest.iter().for_each(|it| terminal::line(&terminal::wrapped(it, "  ")));
        }
        if self.unit.phrasings.is_empty() {
            return;
        }
        terminal::line("\nphrasings, matched and never shown");
        for (phrasing, standing) in self.unit.phrasings.iter().zip(&self.standing.phrasings) {
            let mark = if standing.is_ok() { " " } else { "?" };
            terminal::line(&format!("{mark} {}", phrasing.text()));
        }
        if self.standing.phrasings.iter().any(Result::is_err) {
            terminal::line("  (? is not approved)");
        }
    }

    fn show_changes(&self) {
        let Some(last) = self.last else { return };
        let approved = format!("{} approved it on {}", last.line.by, last.line.on);
        match &self.changes {
            None => terminal::line(&format!(
                "\nit changed since {approved}; the text of then was not kept"
            )),
            Some(changes) if changes.is_empty() => {
                terminal::line(&format!("\nunchanged since {approved}"));
            }
            Some(changes) => {
                terminal::line(&format!("\nchanged since {approved}: [-before-] {{+now+}}"));
                for change in changes {
                    terminal::line(&terminal::wrapped(&change.shown(), "  "));
                }
            }
        }
    }

    fn show_source(&self) {
        let Some(source) = &self.source else { return };
        let tie = match source.tie {
            Tie::Current => "translated from this text",
            Tie::Stale => "STALE: the text it was translated from has changed; this is it now",
            Tie::Unbound => {
                "it does not say what it was translated from; this is the first language"
            }
        };
        terminal::line(&format!("\n{tie}"));
        let mut table = Table::new();
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
        table.set_header([source.unit.name.as_str(), &self.unit.name]);
        for name in SEEN {
            let (theirs, own) = (source.unit.field(name), self.unit.field(name));
            if !theirs.is_empty() || !own.is_empty() {
                table.add_row([theirs, own]);
            }
        }
        terminal::line(&table.to_string());
    }

    fn status(&self) -> String {
        let missing = self.standing.phrasings.iter().filter(|it| it.is_err()).count();
        match &self.standing.text {
            Err(why) => format!("not served: {why}"),
            Ok(approval) => {
                let (by, on, until) = (&approval.by, approval.on, approval.until);
                let open = if missing > 0 {
                    format!("; {missing} phrasings are not approved")
                } else {
                    String::new()
                };
                format!("served: approved by {by} on {on}, until {until}{open}")
            }
        }
    }

    fn needs(&self) -> String {
        let tier = self.unit.tier.as_ref().map_or(String::new(), |it| format!("tier {it}, "));
        let roles = if self.demand.roles.is_empty() {
            String::new()
        } else {
            format!(" by {}", self.demand.roles.join(" or "))
        };
        let n = self.demand.approvals;
        let word = if n == 1 { "approval" } else { "approvals" };
        format!("{tier}needs {n} {word}{roles}")
    }

    fn as_json(&self) -> Value {
        let phrasings = self.unit.phrasings.iter().zip(&self.standing.phrasings);
        let phrasings: Vec<_> = phrasings
            .map(|(it, standing)| {
                let reason = standing.as_ref().err();
                json!({ "line": it.line, "text": it.text(), "digest": it.digest, "reason": reason })
            })
            .collect();
        let source = self.source.map(|it| {
            let text: serde_json::Map<String, Value> =
                SEEN.iter().map(|name| ((*name).to_owned(), it.unit.field(name).into())).collect();
            json!({ "unit": it.unit.name, "tie": it.tie, "text": text })
        });
        json!({
            "unit": self.unit.name,
            "file": self.unit.file,
            "digest": self.unit.digest,
            "text": self.seen().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "phrasings": phrasings,
            "approval": self.standing.text.as_ref().ok(),
            "reason": self.standing.text.as_ref().err(),
            "approvals_needed": self.demand.approvals,
            "roles": self.demand.roles,
            "last_approval": self.last.map(|it| &it.line),
            "changes": self.changes,
            "source": source,
        })
    }
}

/// A field as lines `name: value`; of one that holds JSON, what is set in it.
fn plain(name: &str, value: &str) -> Vec<String> {
    let Ok(Value::Object(object)) = serde_json::from_str(value) else {
        return vec![format!("{name}: {value}")];
    };
    let is_set = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => true,
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let set = object.iter().filter(|(_, value)| is_set(value));
    set.map(|(name, value)| format!("{name}: {}", text(value))).collect()
}
