//! TREC: rankings and judgments as `trec_eval` and its relatives read them.
//!
//! Fields are separated by spaces there, so white space inside an id is written as `_`.

use super::judgment::{Judgment, Kind};
use super::run::ResultLine;

/// The ranking: `query Q0 entry rank score sahihi`.
///
/// `trec_eval` orders by score and breaks ties its own way, so the score written is one that falls
/// strictly from rank to rank.
#[must_use]
pub fn run_lines(results: &[ResultLine]) -> Vec<String> {
    let mut lines = Vec::new();
    for result in results {
        let n = result.ranked.len();
        let query = field(&result.id);
        for (rank, (entry, _)) in (1..).zip(&result.ranked) {
            let entry = field(entry.as_str());
            lines.push(format!("{query} Q0 {entry} {rank} {} sahihi", n + 1 - rank));
        }
    }
    lines
}

/// The judgments of the questions in scope: `query 0 entry 1`.
#[must_use]
pub fn qrels_lines(judgments: &[Judgment]) -> Vec<String> {
    let in_scope = judgments.iter().filter(|it| it.kind() == Kind::In);
    in_scope
        .flat_map(|it| it.relevant.iter().map(|entry| (field(&it.id), field(entry.as_str()))))
        .map(|(query, entry)| format!("{query} 0 {entry} 1"))
        .collect()
}

fn field(id: &str) -> String {
    id.replace(char::is_whitespace, "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_questions_in_scope_are_judged_and_spaces_are_replaced() {
        let parse = |line| serde_json::from_str::<Judgment>(line).unwrap();
        let judgments = [
            parse(r#"{"id": "q 1", "lang": "en", "text": "a", "relevant": ["A b", "C"]}"#),
            parse(r#"{"id": "q2", "lang": "en", "text": "a", "relevant": []}"#),
            parse(
                r#"{"id": "q3", "lang": "en", "text": "a", "relevant": ["C"], "kind": "redflag"}"#,
            ),
        ];
        assert_eq!(qrels_lines(&judgments), ["q_1 0 A_b 1", "q_1 0 C 1"]);
    }
}
