//! Risk and coverage: how often the first candidate is wrong, when only the surest are given.

use serde::Serialize;

use super::measure::number;

/// Most points a curve is drawn with.
const MAX_POINTS: usize = 100;

/// One point of a risk–coverage curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RiskPoint {
    /// Confidence from which on questions are answered.
    pub confidence: f64,
    /// Share of all questions that are answered then.
    pub coverage: f64,
    /// Share of the answers that are wrong.
    pub risk: f64,
}

/// The risk–coverage curve, rising in coverage, at most about a hundred points.
///
/// Each pair is the confidence and whether the first candidate is right. Questions of one
/// confidence are answered together. The last point stands for answering everything.
///
/// Source: El-Yaniv and Wiener, JMLR 11, 2010.
#[must_use]
pub fn risk_coverage(answers: &[(f64, bool)]) -> Vec<RiskPoint> {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let step = sorted.len().div_ceil(MAX_POINTS);
    let (mut seen, mut wrong, mut drawn) = (0, 0, 0);
    let mut points = Vec::new();
    for tie in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        seen += tie.len();
        wrong += tie.iter().filter(|it| !it.1).count();
        if seen - drawn >= step || seen == sorted.len() {
            drawn = seen;
            points.push(RiskPoint {
                confidence: tie.first().map_or(0.0, |it| it.0),
                coverage: number(seen) / number(sorted.len()),
                risk: number(wrong) / number(seen),
            });
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risk_is_counted_over_what_is_answered() {
        let points = risk_coverage(&[(0.9, true), (0.5, false), (0.5, true), (0.1, false)]);
        let of = |it: &RiskPoint| (it.coverage, it.risk);
        let points: Vec<(f64, f64)> = points.iter().map(of).collect();
        // One right; then two more, one of them wrong; then another wrong one.
        assert_eq!(points, [(0.25, 0.0), (0.75, 1.0 / 3.0), (1.0, 0.5)]);
        assert!(risk_coverage(&[]).is_empty());
    }
}
