//! Training of the entry model: for each entry a linear classifier against all others.
//!
//! One-vs-rest, squared hinge loss, L2 penalty, by dual coordinate descent (Hsieh et al., A Dual
//! Coordinate Descent Method for Large-scale Linear SVM, ICML 2008) in a fixed order, so the same
//! texts give the same weights. A small corpus trains every entry against every text; a large one
//! against the texts the index finds closest.

use std::num::NonZero;
use std::thread;

use super::vectors::Vector;

/// Penalty of an error; 0.3 to 3 measured alike.
const COST: f32 = 1.0;
/// Value of the constant feature: small, so that the threshold is hardly learnt.
pub(super) const BIAS: f32 = 0.316_227_76;
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

/// A text to learn from.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its features.
    pub vector: Vector,
    /// The entry it belongs to.
    pub entry: u32,
    /// How much it counts: 1 for a phrasing, less for an answer.
    pub weight: f32,
}

/// The linear classifier of one entry.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Separator {
    /// Features with their weights, by feature.
    pub weights: Vec<(u32, f32)>,
    /// What is added to every score.
    pub bias: f32,
}

/// Which examples an entry is trained against.
pub trait Negatives: Sync {
    /// Places of the examples of other entries, in a fixed order; `None` means all of them.
    fn of(&self, entry: u32) -> Option<Vec<u32>>;
}

/// Trains one separator an entry, in the order of the entries.
#[must_use]
pub fn train(
    examples: &[Example],
    n_entries: usize,
    n_features: usize,
    negatives: &impl Negatives,
) -> Vec<Separator> {
    let own = own_examples(examples, n_entries);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(n_entries.max(1));
    let keep = (MAX_WEIGHTS / n_entries.max(1)).max(MIN_WEIGHTS);
    let entries: Vec<u32> = (0..u32::try_from(n_entries).unwrap_or(u32::MAX)).collect();
    let chunk = entries.len().div_ceil(threads).max(1);
    // Entries are independent, so the number of threads does not change the result.
    thread::scope(|scope| {
        let handles: Vec<_> = entries
            .chunks(chunk)
            .map(|part| {
                let own = &own;
                scope.spawn(move || {
                    let mut solver = Solver::new(examples, n_features);
                    let train = |entry: &u32| {
                        let own = own.get(*entry as usize).map_or(&[][..], Vec::as_slice);
                        let set = match negatives.of(*entry) {
                            None => (0..examples.len()).collect(),
                            Some(others) => merged(own, &others),
                        };
                        solver.separate(*entry, &set, keep)
                    };
                    part.iter().map(train).collect::<Vec<_>>()
                })
            })
            .collect();
        handles.into_iter().flat_map(|it| it.join().unwrap_or_default()).collect()
    })
}

fn own_examples(examples: &[Example], n_entries: usize) -> Vec<Vec<usize>> {
    let mut own = vec![Vec::new(); n_entries];
    for (at, example) in examples.iter().enumerate() {
        if let Some(list) = own.get_mut(example.entry as usize) {
            list.push(at);
        }
    }
    own
}

fn merged(own: &[usize], others: &[u32]) -> Vec<usize> {
    let mut set: Vec<usize> = own.to_vec();
    set.extend(others.iter().map(|it| *it as usize));
    set.sort_unstable();
    set.dedup();
    set
}

/// What one step found.
struct Step {
    moved: f32,
    gradient: f32,
}

/// Works on one entry after the other with the same memory.
struct Solver<'a> {
    examples: &'a [Example],
    diagonal: Vec<f32>,
    weights: Vec<f32>,
    bias: f32,
}

impl<'a> Solver<'a> {
    fn new(examples: &'a [Example], n_features: usize) -> Self {
        let diagonal = examples.iter().map(|it| it.vector.norm2() + BIAS * BIAS).collect();
        Self { examples, diagonal, weights: vec![0.0; n_features], bias: 0.0 }
    }

    fn separate(&mut self, entry: u32, set: &[usize], keep: usize) -> Separator {
        // A fixed stride visits the texts of different entries in turn.
        let mut active: Vec<(usize, f32)> = (0..set.len())
            .filter_map(|step| set.get(scattered(step, set.len())))
            .map(|example| (*example, 0.0))
            .collect();
        for round in 0..ROUNDS {
            let mut furthest = 0.0_f32;
            active.retain_mut(|(example, dual)| {
                let step = self.step(entry, *example, *dual);
                *dual += step.moved;
                furthest = furthest.max(step.moved.abs());
                // A text far on its side of the margin stays there: it is not looked at again.
                round == 0 || *dual > 0.0 || step.gradient < SAFE
            });
            if furthest < TOLERANCE {
                break;
            }
        }
        self.harvest(set, keep)
    }

    /// One coordinate: how far its dual variable moves. Weights follow.
    fn step(&mut self, entry: u32, at: usize, dual: f32) -> Step {
        let (Some(example), Some(diagonal)) = (self.examples.get(at), self.diagonal.get(at)) else {
            return Step { moved: 0.0, gradient: f32::INFINITY };
        };
        let sign = if example.entry == entry { 1.0 } else { -1.0 };
        let slack = 0.5 / (COST * example.weight);
        let gradient = sign * self.score(&example.vector) - 1.0 + dual * slack;
        if dual <= 0.0 && gradient >= 0.0 {
            return Step { moved: 0.0, gradient };
        }
        let moved = (dual - gradient / (diagonal + slack)).max(0.0) - dual;
        if moved != 0.0 {
            for (feature, value) in example.vector.iter() {
                if let Some(weight) = self.weights.get_mut(feature as usize) {
                    *weight += moved * sign * value;
                }
            }
            self.bias += moved * sign * BIAS;
        }
        Step { moved, gradient }
    }

    fn score(&self, vector: &Vector) -> f32 {
        let weight = |feature: u32| self.weights.get(feature as usize).copied().unwrap_or(0.0);
        let sum: f32 = vector.iter().map(|(feature, value)| weight(feature) * value).sum();
        sum + self.bias * BIAS
    }

    /// Takes the weights out and leaves zeros behind.
    fn harvest(&mut self, set: &[usize], keep: usize) -> Separator {
        let mut weights = Vec::new();
        for example in set.iter().filter_map(|at| self.examples.get(*at)) {
            for feature in &example.vector.features {
                if let Some(weight) = self.weights.get_mut(*feature as usize) {
                    if weight.abs() > NEGLIGIBLE {
                        weights.push((*feature, *weight));
                    }
                    *weight = 0.0;
                }
            }
        }
        if weights.len() > keep {
            weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
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
