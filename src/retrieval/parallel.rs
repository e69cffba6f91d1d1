//! Work on all cores whose result does not depend on how many there are.

use std::num::NonZero;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Items a thread takes at once, at most.
const PORTION: usize = 32;
/// Portions a thread takes at least, if there are so many items: few and long ones are shared too.
const PORTIONS: usize = 8;

/// Maps items in order; each thread makes what it works with once.
pub(super) fn map_with<T: Sync, S, R: Send>(
    items: &[T],
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let size = (items.len() / (threads * PORTIONS)).clamp(1, PORTION);
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = start();
        let mut done: Vec<(usize, Vec<R>)> = Vec::new();
        loop {
            let portion = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = items.chunks(size).nth(portion) else { return done };
            done.push((portion, items.iter().map(|it| work(&mut state, it)).collect()));
        }
    };
    let mut done: Vec<(usize, Vec<R>)> = thread::scope(|scope| {
        let others: Vec<_> =
            (1..threads.min(items.len().div_ceil(size))).map(|_| scope.spawn(run)).collect();
        let own = run();
        let others = others.into_iter().flat_map(|it| match it.join() {
            Ok(done) => done,
            Err(cause) => panic::resume_unwind(cause),
        });
        own.into_iter().chain(others).collect()
    });
    done.sort_unstable_by_key(|(portion, _)| *portion);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

/// Does two things side by side.
pub(super) fn both<A: Send, B>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        match first.join() {
            Ok(first) => (first, second),
            Err(cause) => panic::resume_unwind(cause),
        }
    })
}

/// Maps items in order.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_with(items, || (), |(), it| work(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        let doubled = map_with(&items, || 2, |two, it| it * *two);
        assert!(doubled.iter().enumerate().all(|(at, it)| *it == at * 2));
        assert!(map::<usize, usize>(&[], |it| *it).is_empty());
    }
}
