//! Training of the entry model: for each entry a linear classifier against all others.
//!
//! One-vs-rest, squared hinge loss, L2 penalty, by dual coordinate descent (Hsieh et al., A Dual
//! Coordinate Descent Method for Large-scale Linear SVM, ICML 2008) in a fixed order, so the same
//! texts give the same weights. A solution can be the start of another over fewer texts.

use super::parallel;
use super::vectors::{Row, Rows};

/// Penalty of an error; 0.3 to 3 measured alike.
const COST: f32 = 1.0;
/// Value of the constant feature: small, so that the threshold is hardly learnt.
const BIAS: f32 = 0.316_227_76;
/// Rounds over the texts of an entry.
const ROUNDS: usize = 20;
/// Training stops when no coefficient of a round moves further.
const TOLERANCE: f32 = 2e-2;
/// Gradient above which a text without a dual is dropped from further rounds.
const SAFE: f32 = 0.1;
/// Weights kept over all entries; the smallest go first.
const MAX_WEIGHTS: usize = 16_000_000;
/// Weights an entry keeps at least.
const MIN_WEIGHTS: usize = 256;
/// Weights smaller than this decide nothing: leaving them out drops four of five and no accuracy.
const NEGLIGIBLE: f32 = 0.02;

/// The linear classifier of one entry.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Separator {
    /// Features with their weights, by feature.
    pub weights: Vec<(u32, f32)>,
    /// What is added to every score.
    pub bias: f32,
}

/// What an entry was trained on and how it came out.
#[derive(Debug, Clone, Default)]
pub struct Solution {
    /// The classifier.
    pub separator: Separator,
    /// Places of the texts that count, rising, each with its dual variable; those far on their side
    /// of the margin are left out.
    pub duals: Vec<(u32, f32)>,
}

/// The texts that are learnt from.
#[derive(Debug)]
pub struct Texts {
    /// Their features, numbered by how frequent they are: what is used most lies close together.
    rows: Rows,
    /// For each of these numbers the feature.
    features: Vec<u32>,
    /// For each of these numbers how many texts have it.
    frequency: Vec<u32>,
    /// Entry and weight of each text.
    labels: Vec<(u32, f32)>,
    /// Squared length of each text with the constant feature.
    lengths: Vec<f32>,
    n_entries: usize,
}

impl Texts {
    /// Takes texts of a space of `n_features`, each with its entry and how much it counts: 1 for a
    /// phrasing, less for an answer.
    #[must_use]
    pub fn new(
        mut rows: Rows,
        labels: Vec<(u32, f32)>,
        n_entries: usize,
        n_features: usize,
    ) -> Self {
        let mut counts = vec![0_u32; n_features];
        for feature in rows.features() {
            if let Some(count) = counts.get_mut(*feature as usize) {
                *count += 1;
            }
        }
        let mut ranked: Vec<(u32, u32)> = counts.into_iter().zip(0..).collect();
        ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut ranks = vec![0_u32; n_features];
        for (rank, (_, feature)) in (0..).zip(&ranked) {
            if let Some(slot) = ranks.get_mut(*feature as usize) {
                *slot = rank;
            }
        }
        rows.renumber(|feature| ranks.get(feature as usize).copied().unwrap_or(0));
        let length = |at: usize| rows.get(at).values.iter().map(|it| it * it).sum::<f32>();
        let lengths = (0..labels.len()).map(|at| length(at) + BIAS * BIAS).collect();
        let (frequency, features) = ranked.into_iter().unzip();
        Self { rows, features, frequency, labels, lengths, n_entries }
    }

    /// Trains every entry against the texts that `others` names, in the order of the entries.
    #[must_use]
    pub fn train(&self, others: impl Fn(u32) -> Others + Sync) -> Vec<Solution> {
        let own = self.own();
        self.solve(|entry| {
            let own = own.get(entry as usize).map_or(&[][..], Vec::as_slice);
            let mut set: Vec<u32> = match others(entry) {
                Others::All => (0..self.len()).collect(),
                Others::These(others) => own.iter().copied().chain(others).collect(),
            };
            set.sort_unstable();
            set.dedup();
            set.into_iter().map(|it| (it, 0.0)).collect()
        })
    }

    /// Trains every entry anew without some texts, starting from what was found with them.
    ///
    /// Only texts that counted then are looked at: the others lie on their side of the margin, and
    /// leaving texts out hardly brings them over. Entries that are `left_out` get no classifier.
    #[must_use]
    pub fn train_without(
        &self,
        solutions: &[Solution],
        is_hidden: impl Fn(u32) -> bool + Sync,
        left_out: impl Fn(u32) -> bool + Sync,
    ) -> Vec<Solution> {
        self.solve(|entry| match solutions.get(entry as usize) {
            Some(before) if !left_out(entry) => {
                before.duals.iter().copied().filter(|(text, _)| !is_hidden(*text)).collect()
            }
            _ => Vec::new(),
        })
    }

    /// The features that no other text has than those hidden.
    #[must_use]
    pub fn features_only_in(&self, hidden: &[u32]) -> Vec<u32> {
        let mut within = vec![0_u32; self.frequency.len()];
        for text in hidden {
            for rank in self.rows.get(*text as usize).features {
                if let Some(count) = within.get_mut(*rank as usize) {
                    *count += 1;
                }
            }
        }
        let counts = within.iter().zip(&self.frequency).zip(&self.features);
        counts.filter(|((within, all), _)| within == all).map(|(_, feature)| *feature).collect()
    }

    fn len(&self) -> u32 {
        u32::try_from(self.labels.len()).unwrap_or(u32::MAX)
    }

    fn own(&self) -> Vec<Vec<u32>> {
        let mut own = vec![Vec::new(); self.n_entries];
        for (at, (entry, _)) in (0_u32..).zip(&self.labels) {
            if let Some(list) = own.get_mut(*entry as usize) {
                list.push(at);
            }
        }
        own
    }

    /// Solves the problem of every entry from the texts and duals to start from.
    fn solve(&self, start: impl Fn(u32) -> Vec<(u32, f32)> + Sync) -> Vec<Solution> {
        let keep = (MAX_WEIGHTS / self.n_entries.max(1)).max(MIN_WEIGHTS);
        let entries: Vec<u32> = (0..u32::try_from(self.n_entries).unwrap_or(u32::MAX)).collect();
        // Entries are independent, so the number of threads does not change the result.
        parallel::map_with(
            &entries,
            || Solver::new(self),
            |solver, entry| solver.solve(*entry, &start(*entry), keep),
        )
    }
}

/// Texts of other entries an entry is trained against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Others {
    /// All there are.
    All,
    /// Those at these places.
    These(Vec<u32>),
}

/// A text in the course of training.
#[derive(Debug, Clone, Copy)]
struct Active {
    text: u32,
    dual: f32,
}

/// What one step found.
struct Step {
    moved: f32,
    gradient: f32,
}

/// Works on one entry after the other with the same memory.
struct Solver<'a> {
    texts: &'a Texts,
    weights: Vec<f32>,
    bias: f32,
    /// Features whose weight may differ from zero.
    touched: Vec<u32>,
}

impl<'a> Solver<'a> {
    fn new(texts: &'a Texts) -> Self {
        let weights = vec![0.0; texts.features.len()];
        Self { texts, weights, bias: 0.0, touched: Vec::new() }
    }

    fn solve(&mut self, entry: u32, start: &[(u32, f32)], keep: usize) -> Solution {
        for (text, dual) in start.iter().filter(|(_, dual)| *dual > 0.0) {
            self.add(entry, *text, *dual);
        }
        // A fixed stride visits the texts of different entries in turn.
        let n = start.len();
        let mut active: Vec<Active> = (0..n)
            .filter_map(|step| start.get(scattered(step, n)))
            .map(|(text, dual)| Active { text: *text, dual: *dual })
            .collect();
        for round in 0..ROUNDS {
            let mut furthest = 0.0_f32;
            active.retain_mut(|it| {
                let step = self.step(entry, *it);
                it.dual += step.moved;
                furthest = furthest.max(step.moved.abs());
                // A text far on its side of the margin stays there: it is not looked at again.
                round == 0 || it.dual > 0.0 || step.gradient < SAFE
            });
            if furthest < TOLERANCE {
                break;
            }
        }
        let mut duals: Vec<(u32, f32)> = active.into_iter().map(|it| (it.text, it.dual)).collect();
        duals.sort_unstable_by_key(|(text, _)| *text);
        Solution { separator: self.harvest(keep), duals }
    }

    /// One coordinate: how far its dual variable moves. Weights follow.
    fn step(&mut self, entry: u32, it: Active) -> Step {
        let at = it.text as usize;
        let (Some((of, weight)), Some(length)) =
            (self.texts.labels.get(at), self.texts.lengths.get(at))
        else {
            return Step { moved: 0.0, gradient: f32::INFINITY };
        };
        let sign = if *of == entry { 1.0 } else { -1.0 };
        let slack = 0.5 / (COST * weight);
        let gradient = sign * self.score(self.texts.rows.get(at)) - 1.0 + it.dual * slack;
        if it.dual <= 0.0 && gradient >= 0.0 {
            return Step { moved: 0.0, gradient };
        }
        let moved = (it.dual - gradient / (length + slack)).max(0.0) - it.dual;
        if moved != 0.0 {
            self.add(entry, it.text, moved);
        }
        Step { moved, gradient }
    }

    /// Adds a text to the weights of its side.
    fn add(&mut self, entry: u32, text: u32, by: f32) {
        let is_own = self.texts.labels.get(text as usize).is_some_and(|it| it.0 == entry);
        let by = if is_own { by } else { -by };
        for (feature, value) in self.texts.rows.get(text as usize).iter() {
            if let Some(weight) = self.weights.get_mut(feature as usize) {
                if *weight == 0.0 {
                    self.touched.push(feature);
                }
                *weight += by * value;
            }
        }
        self.bias += by * BIAS;
    }

    fn score(&self, row: Row<'_>) -> f32 {
        let weight = |feature: u32| self.weights.get(feature as usize).copied().unwrap_or(0.0);
        // Four sums at once: each would wait for the one before it.
        let mut sums = [0.0_f32; 4];
        let (features, last_features) = row.features.as_chunks::<4>();
        let (values, last_values) = row.values.as_chunks::<4>();
        for (features, values) in features.iter().zip(values) {
            for ((sum, feature), value) in sums.iter_mut().zip(features).zip(values) {
                *sum += weight(*feature) * value;
            }
        }
        let last: f32 =
            last_features.iter().zip(last_values).map(|(it, value)| weight(*it) * value).sum();
        sums.iter().sum::<f32>() + last + self.bias * BIAS
    }

    /// Takes the weights out and leaves zeros behind.
    fn harvest(&mut self, keep: usize) -> Separator {
        let mut weights = Vec::new();
        for rank in self.touched.drain(..) {
            let (Some(weight), Some(feature)) =
                (self.weights.get_mut(rank as usize), self.texts.features.get(rank as usize))
            else {
                continue;
            };
            if weight.abs() > NEGLIGIBLE {
                weights.push((*feature, *weight));
            }
            *weight = 0.0;
        }
        if weights.len() > keep {
            let order = |a: &(u32, f32), b: &(u32, f32)| {
                b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0))
            };
            weights.select_nth_unstable_by(keep, order);
            weights.truncate(keep);
        }
        weights.sort_unstable_by_key(|(feature, _)| *feature);
        let bias = std::mem::take(&mut self.bias) * BIAS;
        Separator { weights, bias }
    }
}

/// The place visited at a step: a permutation by a stride that shares no divisor with `n`.
fn scattered(step: usize, n: usize) -> usize {
    const STRIDES: &[usize] = &[7_919, 104_729, 1_299_709];
    let stride = STRIDES.iter().find(|it| !n.is_multiple_of(**it)).copied().unwrap_or(1);
    step * stride % n.max(1)
}
