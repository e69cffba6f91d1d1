//! The page: the report as one file that needs nothing else, for a phone and for paper.

use askama::Template;

use super::confusion::{self, Confusion};
use super::group::Group;
use super::interval::Interval;
use super::judgment::{Judgment, Kind};
use super::plot::{self, Bar, Fate};
use super::report::Report;
use super::run::ResultLine;
use super::summary::{Pair, Summary, is_right, ordinary};
use super::table::{Table, number, percent, range, tables};
use crate::corpus::Corpus;

/// Wrong answers shown.
const WORST: usize = 50;

#[derive(Template)]
#[template(path = "report.html", config = "src/eval/askama.toml")]
struct Page<'a> {
    report: &'a Report,
    day: &'a str,
    tiles: Vec<Tile>,
    tables: Vec<Table>,
    reliability: String,
    risk_coverage: String,
    histogram: String,
    bars: String,
    confusions: Vec<Row<'a>>,
}

/// A headline number.
struct Tile {
    name: &'static str,
    value: String,
    interval: Option<String>,
    other: Option<String>,
}

/// A wrong answer.
struct Row<'a> {
    it: Confusion<'a>,
    confidence: String,
    rank: String,
}

/// Renders the page. Texts of questions are escaped.
///
/// # Errors
///
/// [`askama::Error`] when the template cannot be written, which only happens without memory.
pub fn page(
    report: &Report,
    corpus: &Corpus,
    judgments: &[Judgment],
    results: &[ResultLine],
    day: &str,
) -> Result<String, askama::Error> {
    let pairs: Vec<Pair<'_>> = judgments.iter().zip(results).collect();
    let worst = confusion::worst(&pairs, corpus, WORST);
    let bm25 = report.bm25().map(|it| it.overall.risk_coverage.as_slice());
    let page = Page {
        report,
        day,
        tiles: tiles(report),
        tables: tables(report),
        reliability: plot::reliability(&report.overall.reliability),
        risk_coverage: plot::risk_coverage(&report.overall.risk_coverage, bm25),
        histogram: plot::histogram(&fates(&pairs)),
        bars: plot::bars("R@1 by language", &bars(report)),
        confusions: worst.into_iter().map(row).collect(),
    };
    page.render()
}

fn tiles(report: &Report) -> Vec<Tile> {
    let (own, intervals) = (&report.measures, &report.overall.intervals);
    let bm25 = report.bm25().map(|it| &it.measures);
    let other =
        |measure: fn(&Summary) -> Option<f64>| bm25.and_then(measure).map(|it| number(Some(it)));
    let tile = |name, value, interval: Option<Interval>, other| Tile {
        name,
        value: number(value),
        interval: value.and(interval).map(range),
        other,
    };
    vec![
        tile("first answer right (R@1)", own.r1, intervals.r1, other(|it| it.r1)),
        tile("MRR@10", own.mrr10, intervals.mrr10, other(|it| it.mrr10)),
        tile(
            "coverage at 90 % precision",
            own.coverage90,
            intervals.coverage90,
            other(|it| it.coverage90),
        ),
        tile("out of scope told apart (AUROC)", own.auroc, intervals.auroc, other(|it| it.auroc)),
        tile("calibration error", own.ece, intervals.ece, None),
        Tile {
            name: "wrong of the direct answers",
            value: percent(own.wrong),
            interval: None,
            other: None,
        },
    ]
}

fn fates(pairs: &[Pair<'_>]) -> Vec<(f64, Fate)> {
    let fate = |(judgment, line): Pair<'_>| match (judgment.kind(), is_right(judgment, line)) {
        (Kind::In, true) => Fate::Right,
        (Kind::In, false) => Fate::Wrong,
        (Kind::Out | Kind::Redflag, _) => Fate::OutOfScope,
    };
    ordinary(pairs).into_iter().map(|pair| (pair.1.confidence, fate(pair))).collect()
}

fn bars(report: &Report) -> Vec<Bar> {
    let bar = |name: String, group: &Group, other: Option<&Group>| {
        Some(Bar {
            name,
            value: group.summary.r1?,
            interval: group.intervals.r1.map(|Interval(low, high)| (low, high)),
            other: other.and_then(|it| it.summary.r1),
        })
    };
    let bm25 = report.bm25();
    let all = bar("all".to_owned(), &report.overall, bm25.map(|it| &it.overall));
    let languages = report.languages.iter().filter_map(|(lang, group)| {
        bar(lang.to_string(), group, bm25.and_then(|it| it.languages.get(lang)))
    });
    all.into_iter().chain(languages).collect()
}

fn row(it: Confusion<'_>) -> Row<'_> {
    let rank = match &it.right {
        Some((_, Some(rank))) => format!("ranked {rank}"),
        Some((_, None)) => "not ranked".to_owned(),
        None => String::new(),
    };
    Row { confidence: number(Some(it.confidence)), rank, it }
}
