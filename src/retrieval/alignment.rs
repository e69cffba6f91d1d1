//! Alignment: which words of two languages stand for each other, read off sentence pairs.
//!
//! IBM Model 1 (Brown et al., The Mathematics of Statistical Machine Translation, 1993) with a
//! prior for words at the same relative place (Dyer et al., A Simple, Fast, and Effective
//! Reparameterization of IBM Model 2, 2013). Words are numbers here; [`super::tabulate`] gives them
//! their spelling. Sums run in the order of the pairs, so the same pairs give the same numbers.

/// Rounds of expectation and maximisation; more of them only sharpen what is rare.
const ROUNDS: usize = 6;
/// How fast a word far from the diagonal loses.
const DIAGONAL: f64 = 3.0;
/// Share of the words that translate nothing.
const NOTHING: f64 = 0.08;

/// Number of the empty word, which stands for what has no counterpart.
pub(super) const EMPTY: u32 = 0;

/// A sentence pair as numbers of words, from 1.
#[derive(Debug, Clone, Default)]
pub(super) struct Pair {
    pub(super) source: Vec<u32>,
    pub(super) target: Vec<u32>,
}

/// For each source word the shares of the target words it stands for.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// Source and target of each share, rising.
    words: Vec<(u32, u32)>,
    shares: Vec<f64>,
}

impl Shares {
    /// Learns from pairs. `step` is called once a round.
    pub(super) fn learn<'a>(
        pairs: impl Iterator<Item = (&'a [u32], &'a [u32])> + Clone,
        step: impl Fn(),
    ) -> Self {
        let mut words: Vec<(u32, u32)> = Vec::new();
        for (source, target) in pairs.clone() {
            for word in target {
                words.push((EMPTY, *word));
                words.extend(source.iter().map(|it| (*it, *word)));
            }
        }
        words.sort_unstable();
        words.dedup();
        let cells = Cells::of(pairs, &words);
        let mut found = Self { shares: vec![1.0; words.len()], words };
        for _ in 0..ROUNDS {
            found.shares = cells.expected(&found.shares);
            found.normalise();
            step();
        }
        found
    }

    fn normalise(&mut self) {
        let mut rest = self.shares.as_mut_slice();
        for of_source in self.words.chunk_by(|a, b| a.0 == b.0) {
            let (row, behind) = rest.split_at_mut(of_source.len().min(rest.len()));
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|it| *it /= sum.max(f64::MIN_POSITIVE));
            rest = behind;
        }
    }

    /// The source words in rising order, each with its targets and their shares.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u32, Vec<(u32, f64)>)> {
        let mut at = 0;
        self.words.chunk_by(|a, b| a.0 == b.0).map(move |row| {
            let shares = self.shares.get(at..at + row.len()).unwrap_or_default();
            at += row.len();
            let source = row.first().map_or(EMPTY, |it| it.0);
            (source, row.iter().map(|it| it.1).zip(shares.iter().copied()).collect())
        })
    }

    /// The share of a target in what a source word stands for.
    pub(super) fn get(&self, source: u32, target: u32) -> f64 {
        let at = self.words.binary_search(&(source, target)).ok();
        at.and_then(|it| self.shares.get(it)).copied().unwrap_or(0.0)
    }
}

/// Every target word of every pair with the source words it may come from.
struct Cells {
    /// Where the sources of each target word end.
    ends: Vec<usize>,
    /// Place of source and target among the shares.
    places: Vec<u32>,
    /// How likely the place in the sentence makes it.
    priors: Vec<f32>,
}

impl Cells {
    fn of<'a>(pairs: impl Iterator<Item = (&'a [u32], &'a [u32])>, words: &[(u32, u32)]) -> Self {
        let place = |it: (u32, u32)| u32::try_from(words.binary_search(&it).unwrap_or(0));
        let mut cells = Self { ends: Vec::new(), places: Vec::new(), priors: Vec::new() };
        for (source, target) in pairs {
            for (at, word) in target.iter().enumerate() {
                cells.places.push(place((EMPTY, *word)).unwrap_or(0));
                cells.places.extend(source.iter().map(|it| place((*it, *word)).unwrap_or(0)));
                cells.priors.extend(priors(source.len(), at, target.len()));
                cells.ends.push(cells.places.len());
            }
        }
        cells
    }

    /// How often each source word is expected to stand for each target word.
    fn expected(&self, shares: &[f64]) -> Vec<f64> {
        let mut counts = vec![0.0; shares.len()];
        let mut start = 0;
        for end in &self.ends {
            let places = self.places.get(start..*end).unwrap_or_default();
            let priors = self.priors.get(start..*end).unwrap_or_default();
            start = *end;
            let worth = |(place, prior): (&u32, &f32)| {
                shares.get(*place as usize).copied().unwrap_or(0.0) * f64::from(*prior)
            };
            let sum: f64 = places.iter().zip(priors).map(worth).sum();
            for (place, prior) in places.iter().zip(priors) {
                if let Some(count) = counts.get_mut(*place as usize) {
                    *count += worth((place, prior)) / sum.max(f64::MIN_POSITIVE);
                }
            }
        }
        counts
    }
}

/// Prior of the empty word and of each source word for the target word at `at` of `n_target`.
fn priors(n_source: usize, at: usize, n_target: usize) -> impl Iterator<Item = f32> {
    let target = as_number(at) / as_number(n_target.max(1));
    let last = as_number(n_source.saturating_sub(1).max(1));
    let near: Vec<f64> =
        (0..n_source).map(|it| (-DIAGONAL * (as_number(it) / last - target).abs()).exp()).collect();
    let sum: f64 = near.iter().sum();
    #[expect(clippy::cast_possible_truncation, reason = "half the digits are enough")]
    let small = |it: f64| it as f32;
    let near = near.into_iter().map(move |it| small(it / sum * (1.0 - NOTHING)));
    std::iter::once(small(NOTHING)).chain(near)
}

fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_keep_company_stand_for_each_other() {
        // 1 2 → 11 12, 1 3 → 11 13, 2 3 → 12 13: each word has one counterpart.
        let pairs = [([1, 2], [11, 12]), ([1, 3], [11, 13]), ([2, 3], [12, 13])];
        let shares = Shares::learn(pairs.iter().map(|(a, b)| (&a[..], &b[..])), || ());
        for (source, target) in [(1, 11), (2, 12), (3, 13)] {
            assert!(shares.get(source, target) > 0.8, "{source}: {}", shares.get(source, target));
        }
        let rows: Vec<u32> = shares.rows().map(|it| it.0).collect();
        assert_eq!(rows, [EMPTY, 1, 2, 3]);
        for (source, row) in shares.rows() {
            let sum: f64 = row.iter().map(|it| it.1).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{source}");
        }
    }

    #[test]
    fn a_word_at_the_same_place_is_likelier() {
        let priors: Vec<f32> = priors(3, 0, 3).collect();
        assert!(priors[1] > priors[2] && priors[2] > priors[3]);
        assert!((priors.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
