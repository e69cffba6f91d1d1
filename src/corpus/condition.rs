//! Conditions on the person: a small part of the Common Expression Language over the profile.
//!
//! A condition compares `country`, `age`, `gender` and `role` with texts and asks whether a topic
//! is `in topics`; what is not known is the empty text. With comparisons only, all that matters of
//! a country or topic is which of the named ones it is. So every condition has finitely many
//! cases: they are evaluated once when the corpus is loaded, and what is stored and asked later is
//! the table of the results.

use std::collections::BTreeSet;

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};
use cel::{Context, Program, Value};
use serde::{Deserialize, Serialize};

/// Values of `age`, besides the empty one.
pub const AGES: [&str; 4] = ["10-14", "15-17", "18-24", "25+"];
/// Values of `gender`, besides the empty one.
pub const GENDERS: [&str; 3] = ["f", "m", "other"];
/// Values of `role`, besides the empty one.
pub const ROLES: [&str; 3] = ["client", "provider", "manager"];
/// Longest condition, in characters.
const MAX_CHARS: usize = 500;
/// Most cases of a condition.
pub(super) const MAX_CASES: usize = 20_000;
/// A country that no condition names.
const ELSEWHERE: &str = "?";

/// What a condition can be about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Two capital letters, or empty.
    pub country: String,
    /// One of [`AGES`], or empty.
    pub age: String,
    /// One of [`GENDERS`], or empty.
    pub gender: String,
    /// One of [`ROLES`], or empty.
    pub role: String,
    /// Topics of interest.
    pub topics: Vec<String>,
}

impl Facts {
    /// The facts that are known, as an author would write them: `role = "client"`.
    pub(super) fn told(&self) -> String {
        let named = [
            ("country", self.country.as_str()),
            ("age", &self.age),
            ("gender", &self.gender),
            ("role", &self.role),
        ];
        let mut parts: Vec<String> = named
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| match *value {
                ELSEWHERE => format!("another {name}"),
                value => format!("{name} {value}"),
            })
            .collect();
        parts.extend(self.topics.iter().map(|it| format!("topic {it}")));
        if parts.is_empty() { "nothing known".to_owned() } else { parts.join(", ") }
    }
}

/// The values that make a difference, each list in order and with the empty one first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cases {
    countries: Vec<String>,
    ages: Vec<String>,
    genders: Vec<String>,
    roles: Vec<String>,
    /// Each is in the person's topics or not.
    topics: Vec<String>,
}

impl Cases {
    /// How many there are; at least one.
    pub(super) fn count(&self) -> usize {
        let lists = [&self.countries, &self.ages, &self.genders, &self.roles];
        let of_lists = lists.iter().map(|it| it.len().max(1)).fold(1, usize::saturating_mul);
        let subsets = 1_usize.checked_shl(u32::try_from(self.topics.len()).unwrap_or(u32::MAX));
        of_lists.saturating_mul(subsets.unwrap_or(usize::MAX))
    }

    /// The facts of one case, by its number.
    pub(super) fn facts(&self, number: usize) -> Facts {
        let mut rest = number;
        let mut next = |list: &[String]| {
            let n_values = list.len().max(1);
            let value = list.get(rest % n_values).cloned().unwrap_or_default();
            rest /= n_values;
            value
        };
        let country = next(&self.countries);
        let age = next(&self.ages);
        let gender = next(&self.genders);
        let role = next(&self.roles);
        let chosen = self.topics.iter().enumerate().filter(|(at, _)| (rest >> at) & 1 == 1);
        let topics = chosen.map(|(_, topic)| topic.clone()).collect();
        Facts { country, age, gender, role, topics }
    }

    /// The number of the case that holds for a person. A value that no case names is the last of
    /// the countries, elsewhere the unknown one.
    fn number(&self, facts: &Facts) -> usize {
        let lists = [
            (&self.countries, &facts.country, self.countries.len().saturating_sub(1)),
            (&self.ages, &facts.age, 0),
            (&self.genders, &facts.gender, 0),
            (&self.roles, &facts.role, 0),
        ];
        let mut number = 0;
        let mut weight = 1;
        for (list, value, other) in lists {
            number += weight * list.iter().position(|it| it == value).unwrap_or(other);
            weight *= list.len().max(1);
        }
        let bit = |(at, topic)| usize::from(facts.topics.contains(topic)) << at;
        number + weight * self.topics.iter().enumerate().map(bit).sum::<usize>()
    }

    /// The cases of several conditions together.
    pub(super) fn joined<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut uses = Uses::default();
        for cases in all {
            let known = |list: &[String]| list.iter().skip(1).cloned().collect::<Vec<_>>();
            uses.countries.extend(known(&cases.countries));
            uses.countries.remove(ELSEWHERE);
            uses.topics.extend(cases.topics.iter().cloned());
            uses.country |= !cases.countries.is_empty();
            uses.age |= !cases.ages.is_empty();
            uses.gender |= !cases.genders.is_empty();
            uses.role |= !cases.roles.is_empty();
        }
        uses.cases()
    }
}

/// A condition of a choice: when the choice is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    text: String,
    cases: Cases,
    /// The result of each case.
    holds: Vec<bool>,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ConditionError {
    #[error("the condition has more than {MAX_CHARS} characters; split the node instead")]
    TooLong,
    #[error("the condition cannot be read: {0}")]
    Syntax(String),
    #[error("`{0}` is nothing a condition can ask; use country, age, gender, role and topics")]
    UnknownName(String),
    #[error("{0} has no place in a condition; use ==, !=, in, &&, || and !")]
    NotAllowed(String),
    #[error("`{0}` is no country, age band, gender, role or topic")]
    UnknownValue(String),
    #[error("`topics` stands only behind `in`: \"pills\" in topics")]
    TopicsAlone,
    #[error("the condition names so many countries and topics that it cannot be checked")]
    TooMany,
    #[error("it is not true or false for a person with {told}: {why}")]
    NoResult { told: String, why: String },
}

impl Condition {
    /// Reads a condition and evaluates all its cases; `is_topic` knows the topics of the corpus.
    pub(super) fn parse(
        text: &str,
        is_topic: impl Fn(&str) -> bool,
    ) -> Result<Self, ConditionError> {
        if text.chars().count() > MAX_CHARS {
            return Err(ConditionError::TooLong);
        }
        let program = Program::compile(text).map_err(|error| {
            let at = error.errors.first().map_or(0, |it| it.pos.1);
            ConditionError::Syntax(format!("something is missing or wrong at character {at}"))
        })?;
        let mut uses = Uses::default();
        uses.walk(program.expression(), &is_topic)?;
        let cases = uses.cases();
        if cases.count() > MAX_CASES {
            return Err(ConditionError::TooMany);
        }
        let holds = (0..cases.count())
            .map(|number| evaluate(&program, &cases.facts(number)))
            .collect::<Result<Vec<bool>, _>>()?;
        Ok(Self { text: text.to_owned(), cases, holds })
    }

    /// The condition as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for a person. Takes the time to look up a table.
    #[must_use]
    pub fn holds(&self, facts: &Facts) -> bool {
        self.holds.get(self.cases.number(facts)).copied().unwrap_or(false)
    }

    /// Whether it holds for nobody.
    pub(super) fn is_never(&self) -> bool {
        self.holds.iter().all(|it| !it)
    }

    /// Whether it holds for everybody.
    pub(super) fn is_always(&self) -> bool {
        self.holds.iter().all(|it| *it)
    }

    pub(super) const fn cases(&self) -> &Cases {
        &self.cases
    }
}

fn evaluate(program: &Program, facts: &Facts) -> Result<bool, ConditionError> {
    let mut context = Context::default();
    context.add_variable_from_value("country", facts.country.clone());
    context.add_variable_from_value("age", facts.age.clone());
    context.add_variable_from_value("gender", facts.gender.clone());
    context.add_variable_from_value("role", facts.role.clone());
    context.add_variable_from_value("topics", facts.topics.clone());
    let no_result = |why: String| ConditionError::NoResult { told: facts.told(), why };
    match program.execute(&context) {
        Ok(Value::Bool(holds)) => Ok(holds),
        Ok(_) => Err(no_result("it is a value, not a comparison".to_owned())),
        Err(error) => Err(no_result(error.to_string())),
    }
}

/// What a condition makes use of.
#[derive(Debug, Default)]
struct Uses {
    country: bool,
    age: bool,
    gender: bool,
    role: bool,
    countries: BTreeSet<String>,
    topics: BTreeSet<String>,
}

impl Uses {
    /// Goes through an expression and refuses what is no comparison.
    fn walk(
        &mut self,
        node: &IdedExpr,
        is_topic: &dyn Fn(&str) -> bool,
    ) -> Result<(), ConditionError> {
        match &node.expr {
            Expr::Ident(name) => self.name(name),
            Expr::Literal(LiteralValue::String(text)) => self.value(text.inner(), is_topic),
            Expr::Literal(LiteralValue::Boolean(_)) => Ok(()),
            Expr::List(list) => list.elements.iter().try_for_each(|it| self.walk(it, is_topic)),
            Expr::Call(call) => self.call(&call.func_name, call, is_topic),
            Expr::Literal(_) => Err(ConditionError::NotAllowed("a number".to_owned())),
            Expr::Select(_) | Expr::Struct(_) | Expr::Map(_) | Expr::Comprehension(_) => {
                Err(ConditionError::NotAllowed("a field, object or loop".to_owned()))
            }
            Expr::Unspecified => Err(ConditionError::Syntax("nothing stands here".to_owned())),
        }
    }

    fn call(
        &mut self,
        name: &str,
        call: &cel::common::ast::CallExpr,
        is_topic: &dyn Fn(&str) -> bool,
    ) -> Result<(), ConditionError> {
        match (name, call.args.as_slice()) {
            (operators::IN, [what, list]) => {
                self.walk(what, is_topic)?;
                // `topics` is the only list that has a name.
                if matches!(&list.expr, Expr::Ident(name) if name == "topics") {
                    Ok(())
                } else {
                    self.walk(list, is_topic)
                }
            }
            (
                operators::EQUALS
                | operators::NOT_EQUALS
                | operators::LOGICAL_AND
                | operators::LOGICAL_OR
                | operators::LOGICAL_NOT
                | operators::CONDITIONAL,
                arguments,
            ) => arguments.iter().try_for_each(|it| self.walk(it, is_topic)),
            _ => {
                let shown = name.trim_matches(['_', '@']).replace('_', " ");
                Err(ConditionError::NotAllowed(format!("`{shown}`")))
            }
        }
    }

    fn name(&mut self, name: &str) -> Result<(), ConditionError> {
        match name {
            "country" => self.country = true,
            "age" => self.age = true,
            "gender" => self.gender = true,
            "role" => self.role = true,
            "topics" => return Err(ConditionError::TopicsAlone),
            other => return Err(ConditionError::UnknownName(other.to_owned())),
        }
        Ok(())
    }

    fn value(&mut self, text: &str, is_topic: &dyn Fn(&str) -> bool) -> Result<(), ConditionError> {
        if text.is_empty() || [&AGES[..], &GENDERS, &ROLES].iter().any(|it| it.contains(&text)) {
            return Ok(());
        }
        if text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) {
            self.countries.insert(text.to_owned());
        } else if is_topic(text) {
            self.topics.insert(text.to_owned());
        } else {
            return Err(ConditionError::UnknownValue(text.to_owned()));
        }
        Ok(())
    }

    fn cases(self) -> Cases {
        let list = |used: bool, values: &[&str]| -> Vec<String> {
            let values = std::iter::once(&"").chain(values).map(|it| (*it).to_owned());
            if used { values.collect() } else { Vec::new() }
        };
        let mut countries = list(self.country, &[]);
        if self.country {
            countries.extend(self.countries);
            countries.push(ELSEWHERE.to_owned());
        }
        Cases {
            countries,
            ages: list(self.age, &AGES),
            genders: list(self.gender, &GENDERS),
            roles: list(self.role, &ROLES),
            topics: self.topics.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Condition, ConditionError> {
        Condition::parse(text, |topic| topic == "pills" || topic == "condoms")
    }

    fn person(country: &str, role: &str, topics: &[&str]) -> Facts {
        let topics = topics.iter().map(|it| (*it).to_owned()).collect();
        Facts { country: country.to_owned(), role: role.to_owned(), topics, ..Facts::default() }
    }

    #[test]
    fn the_table_says_what_the_expression_says() {
        let condition = parse(
            r#"(country in ["KE", "TZ"] && role != "manager") || ("pills" in topics && age == "")"#,
        );
        let condition = condition.unwrap();
        for (facts, holds) in [
            (person("KE", "client", &[]), true),
            (person("KE", "manager", &[]), false),
            (person("UG", "client", &[]), false),
            (person("UG", "manager", &["condoms", "pills"]), true),
            (person("", "", &[]), false),
            (Facts { age: "25+".into(), ..person("", "", &["pills"]) }, false),
        ] {
            assert_eq!(condition.holds(&facts), holds, "{facts:?}");
        }
    }

    #[test]
    fn a_country_that_is_not_named_is_another_one() {
        let condition = parse(r#"country != "" && country != "KE""#).unwrap();
        assert!(condition.holds(&person("SN", "", &[])));
        assert!(!condition.holds(&person("", "", &[])));
    }

    #[test]
    fn what_never_or_always_holds_is_known() {
        assert!(parse(r#"role == "client" && role == "manager""#).unwrap().is_never());
        assert!(parse(r#"role == "KE""#).unwrap().is_never());
        assert!(parse(r#"gender != "m" || gender == "m""#).unwrap().is_always());
        let sometimes = parse(r#"gender == "m""#).unwrap();
        assert!(!sometimes.is_never() && !sometimes.is_always());
    }

    #[test]
    fn what_is_no_comparison_is_refused() {
        let error = |text: &str| parse(text).unwrap_err();
        assert!(matches!(error(r#"role == "#), ConditionError::Syntax(_)));
        assert!(matches!(error(""), ConditionError::Syntax(_)));
        assert_eq!(error(r#"name == "x""#), ConditionError::UnknownName("name".into()));
        assert_eq!(error(r#"role == "nurse""#), ConditionError::UnknownValue("nurse".into()));
        assert_eq!(error(r#"topics == ["pills"]"#), ConditionError::TopicsAlone);
        for text in [
            r#"country.startsWith("KE")"#,
            r#"size(topics) > 1"#,
            r#"topics.exists(t, t == "pills")"#,
            "1 == 1",
            r#"country + "KE" == age"#,
            r#"country > "KE""#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(matches!(error("role"), ConditionError::NoResult { .. }));
        assert!(matches!(error(r#"role && true"#), ConditionError::NoResult { .. }));
    }

    #[test]
    fn a_condition_too_large_to_check_is_refused() {
        let codes: Vec<String> =
            (b'A'..=b'Z').map(|c| format!("\"{0}{0}\"", char::from(c))).collect();
        let many = format!("country in [{}]", codes.join(","));
        assert_eq!(parse(&many).unwrap().cases().count(), 28);
        assert_eq!(parse(&format!("{}true", "!".repeat(600))), Err(ConditionError::TooLong));
        assert!(parse(&format!("{}true{}", "(".repeat(240), ")".repeat(240))).is_err());
    }
}
