//! Signals: what a ranked list shows about its first candidate.

/// The signals of one question.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signals {
    /// Score of the first candidate.
    pub best: f64,
    /// How far the second lies behind.
    pub margin: f64,
    /// Logarithm of how many entries score about as well: `ln Σ exp(5 (score − best))`.
    pub crowd: f64,
    /// How far the best lies over the mean of all, in tenths of their standard deviation.
    pub outlier: f64,
    /// Logarithm of the number of words, plus one.
    pub length: f64,
    /// Cosine of the words with the closest phrasing of the first candidate.
    pub nearest: f64,
    /// Share of the question's stems, by rarity, that stand in a text of the first candidate.
    pub rare: f64,
    /// The same, by how much a stem tells entries apart.
    pub distinctive: f64,
    /// Share of the question's character n-grams, by rarity, that the corpus knows.
    pub known_grams: f64,
}

impl Signals {
    /// The signals that say whether the first candidate is right, given that an answer exists.
    #[must_use]
    pub const fn of_rightness(&self) -> [f64; 8] {
        [
            self.best,
            self.margin,
            self.crowd,
            self.outlier,
            self.length,
            self.nearest,
            self.distinctive,
            self.rare,
        ]
    }

    /// The signals that say whether the corpus has an answer at all.
    #[must_use]
    pub const fn of_scope(&self) -> [f64; 5] {
        [self.best, self.crowd, self.known_grams, self.distinctive, self.length]
    }

    /// All signals with their names, for explanations.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, f64); 9] {
        [
            ("best", self.best),
            ("margin", self.margin),
            ("crowd", self.crowd),
            ("outlier", self.outlier),
            ("length", self.length),
            ("nearest", self.nearest),
            ("rare", self.rare),
            ("distinctive", self.distinctive),
            ("known_grams", self.known_grams),
        ]
    }

    /// `ln Σ exp(5 (score − best))` over all scores.
    pub(super) fn crowd_of(scores: &[f32], best: f32) -> f64 {
        let sum: f32 = scores.iter().map(|it| (5.0 * (it - best)).exp()).sum();
        f64::from(sum.max(f32::MIN_POSITIVE)).ln()
    }

    /// `(best − mean) / (10 · standard deviation)` over all scores.
    pub(super) fn outlier_of(scores: &[f32], best: f32) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a number of entries")]
        let n = scores.len().max(1) as f64;
        let sum: f64 = scores.iter().map(|it| f64::from(*it)).sum();
        let squares: f64 = scores.iter().map(|it| f64::from(*it).powi(2)).sum();
        let mean = sum / n;
        let deviation = (squares / n - mean * mean).max(0.0).sqrt();
        (f64::from(best) - mean) / (deviation + 1e-6) / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_counted_by_closeness() {
        assert!((Signals::crowd_of(&[1.0, 1.0], 1.0) - 2.0_f64.ln()).abs() < 1e-6);
        assert!(Signals::crowd_of(&[1.0, -9.0], 1.0) < 1e-6);
    }

    #[test]
    fn an_outlier_is_measured_in_deviations() {
        // Mean 0, deviation 1.
        assert!((Signals::outlier_of(&[1.0, -1.0], 1.0) - 0.1).abs() < 1e-6);
    }
}
