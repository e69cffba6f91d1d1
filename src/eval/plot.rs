//! Plots as SVG text: four pictures, drawn by hand so that the page needs no script and no library.
//!
//! Colours and fonts are classes of the page's style sheet. Every text passes [`escape`].

use std::fmt::Write as _;

use super::measure::{Bin, number};
use super::risk::RiskPoint;

/// Width of a picture in its own units; the page scales it.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 38.0;
/// Bars of the histogram.
const BARS: usize = 20;

/// What a question of the histogram was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The first candidate is right.
    Right,
    /// It is wrong.
    Wrong,
    /// There is no right one.
    OutOfScope,
}

/// A language with its share and, when measured, its interval and that of the plain search.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) other: Option<f64>,
}

/// Stated confidence against the share of right answers; the diagonal is perfect.
pub(super) fn reliability(bins: &[Bin]) -> String {
    let mut svg = axes("Reliability diagram", "stated confidence", "share right", 1.0);
    let (x0, y0, x1, y1) = (x(0.0), y(0.0), x(1.0), y(1.0));
    line(&mut svg, "ideal", x0, y0, x1, y1);
    path(&mut svg, "own", bins.iter().map(|bin| (x(bin.confidence), y(bin.right))));
    let largest = bins.iter().map(|it| it.n).max().unwrap_or(1);
    for bin in bins {
        let radius = 2.5 + 3.0 * (number(bin.n) / number(largest)).sqrt();
        let (cx, cy) = (x(bin.confidence), y(bin.right));
        let title =
            format!("{} questions: {:.2} stated, {:.2} right", bin.n, bin.confidence, bin.right);
        put(
            &mut svg,
            format_args!(
                "<circle class=\"dot\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"{radius:.1}\"><title>{title}</title></circle>"
            ),
        );
    }
    svg + "</svg>"
}

/// How many are answered against how many of these are wrong, for each system.
pub(super) fn risk_coverage(own: &[RiskPoint], other: Option<&[RiskPoint]>) -> String {
    let all = own.iter().chain(other.unwrap_or_default());
    let top = (all.map(|it| it.risk).fold(0.05, f64::max) * 10.0).ceil() / 10.0;
    let mut svg = axes("Risk–coverage curve", "share of questions answered", "share wrong", top);
    let points = |curve: &[RiskPoint]| -> Vec<(f64, f64)> {
        curve.iter().map(|it| (x(it.coverage), y(it.risk / top))).collect()
    };
    if let Some(other) = other {
        path(&mut svg, "other", points(other));
    }
    path(&mut svg, "own", points(own));
    svg + "</svg>"
}

/// How often which confidence was stated, stacked by what became of the question.
pub(super) fn histogram(answers: &[(f64, Fate)]) -> String {
    const LAYERS: [(Fate, &str); 3] =
        [(Fate::Right, "right"), (Fate::Wrong, "wrong"), (Fate::OutOfScope, "out")];
    let within = |bar: usize, fate: Fate| {
        let is_in = |(confidence, of): &&(f64, Fate)| *of == fate && slot(*confidence) == bar;
        answers.iter().filter(is_in).count()
    };
    let counts: Vec<[usize; 3]> =
        (0..BARS).map(|bar| LAYERS.map(|(fate, _)| within(bar, fate))).collect();
    let most = counts.iter().map(|it| it.iter().sum::<usize>()).max().unwrap_or(0).max(1);
    // The axis has four steps of whole questions.
    let most = most.next_multiple_of(4);
    let mut svg =
        axes("Histogram of the confidence", "stated confidence", "questions", number(most));
    let width = (x(1.0) - x(0.0)) / number(BARS);
    for (bar, layers) in counts.iter().enumerate() {
        let mut below = 0;
        for ((_, class), count) in LAYERS.iter().zip(layers) {
            let left = x(number(bar) / number(BARS));
            let top = y(number(below + count) / number(most));
            let height = y(number(below) / number(most)) - top;
            if *count > 0 {
                rect(&mut svg, class, [left + 0.5, top, width - 1.0, height], &count.to_string());
            }
            below += count;
        }
    }
    svg + "</svg>"
}

/// One bar a language, its interval as a whisker, the plain search as a mark.
pub(super) fn bars(title: &str, bars: &[Bar]) -> String {
    const ROW: f64 = 24.0;
    const NAMES: f64 = 70.0;
    let (length, height) = (WIDTH - NAMES - 50.0, number(bars.len()) * ROW + 6.0);
    let mut svg = open(title, height);
    let at = |value: f64| NAMES + value.clamp(0.0, 1.0) * length;
    for (row, bar) in bars.iter().enumerate() {
        let top = number(row) * ROW + 4.0;
        let middle = top + ROW / 2.0 - 1.0;
        text(&mut svg, "name", NAMES - 6.0, middle + 4.0, &bar.name);
        rect(&mut svg, "track", [NAMES, top + 3.0, length, ROW - 8.0], "");
        rect(&mut svg, "right", [NAMES, top + 3.0, at(bar.value) - NAMES, ROW - 8.0], &bar.name);
        if let Some((low, high)) = bar.interval {
            line(&mut svg, "whisker", at(low), middle, at(high), middle);
        }
        if let Some(other) = bar.other {
            line(&mut svg, "mark", at(other), top, at(other), top + ROW - 2.0);
        }
        text(&mut svg, "value", WIDTH - 44.0, middle + 4.0, &super::table::number(Some(bar.value)));
    }
    svg + "</svg>"
}

/// Text as it may stand in markup.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
        safe
    })
}

fn x(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn y(share: f64) -> f64 {
    HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
}

/// The bar a confidence belongs to; 1 belongs to the last.
fn slot(confidence: f64) -> usize {
    let edge = |bar: &usize| number(*bar) / number(BARS) <= confidence;
    (0..BARS).rev().find(edge).unwrap_or(0)
}

fn open(title: &str, height: f64) -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">", escape(title))
}

/// An empty picture with labelled axes from 0 to 1 and from 0 to `top`.
fn axes(title: &str, below: &str, beside: &str, top: f64) -> String {
    let mut svg = open(title, HEIGHT);
    for step in 0..=4 {
        let share = number(step) / 4.0;
        line(&mut svg, "grid", x(0.0), y(share), x(1.0), y(share));
        let label = share * top;
        let label = if top > 1.0 { format!("{label:.0}") } else { format!("{label:.2}") };
        text(&mut svg, "tick end", x(0.0) - 5.0, y(share) + 3.5, &label);
        text(&mut svg, "tick middle", x(share), y(0.0) + 14.0, &format!("{share:.2}"));
    }
    text(&mut svg, "axis middle", x(0.5), HEIGHT - 6.0, below);
    put(
        &mut svg,
        format_args!(
            "<text class=\"axis middle\" transform=\"translate(10 {:.1}) rotate(-90)\">{}</text>",
            y(0.5),
            escape(beside)
        ),
    );
    svg
}

fn path(svg: &mut String, class: &str, points: impl IntoIterator<Item = (f64, f64)>) {
    let points: Vec<String> = points.into_iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    put(svg, format_args!("<polyline class=\"curve {class}\" points=\"{}\"/>", points.join(" ")));
}

fn line(svg: &mut String, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) {
    put(
        svg,
        format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ),
    );
}

/// A rectangle: left, top, width, height.
fn rect(svg: &mut String, class: &str, [x, y, width, height]: [f64; 4], title: &str) {
    put(
        svg,
        format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"><title>{}</title></rect>",
            escape(title)
        ),
    );
}

fn text(svg: &mut String, class: &str, x: f64, y: f64, text: &str) {
    put(
        svg,
        format_args!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(text)),
    );
}

fn put(svg: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = svg.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_confidence_has_its_bar() {
        assert_eq!([0.0, 0.049, 0.05, 0.999, 1.0].map(slot), [0, 0, 1, 19, 19]);
    }

    #[test]
    fn names_are_escaped() {
        let bar = Bar { name: "<b>".to_owned(), value: 0.5, interval: None, other: None };
        let svg = bars("a & b", &[bar]);
        assert!(svg.contains("&lt;b&gt;") && svg.contains("a &amp; b"), "{svg}");
        assert!(!svg.contains("<b>"), "{svg}");
    }

    #[test]
    fn the_layers_of_a_bar_stand_on_each_other() {
        let svg = histogram(&[(0.96, Fate::Right), (0.97, Fate::Wrong)]);
        // Two of four questions fill half of 200 units, 50 each, from 112 and from 162.
        assert!(svg.contains("class=\"right\" x=\"333.1\" y=\"162.0\""), "{svg}");
        assert!(svg.contains("class=\"wrong\" x=\"333.1\" y=\"112.0\""), "{svg}");
    }
}
