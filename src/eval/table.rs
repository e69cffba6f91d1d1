//! Tables: the report in rows and columns, for the terminal and for the page.

use std::collections::BTreeMap;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, LineStyle, Table as Grid};

use super::compare::Difference;
use super::group::Group;
use super::interval::Interval;
use super::redflag::Share;
use super::report::{Report, System};
use super::summary::Summary;

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub header: Vec<&'static str>,
    /// Rows, each as wide as the header; the first cell names the row.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell: a value with what stands in small letters below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The value.
    pub value: String,
    /// Its interval.
    pub below: Option<String>,
}

impl Cell {
    /// What stands below the value; empty when nothing does.
    #[must_use]
    pub fn small(&self) -> &str {
        self.below.as_deref().unwrap_or_default()
    }
}

/// All tables of a report, in reading order.
#[must_use]
pub fn tables(report: &Report) -> Vec<Table> {
    let mut tables = vec![quality(report)];
    if let Some(bm25) = report.bm25() {
        tables.push(beside(report, bm25));
    }
    tables.extend(labels(report));
    tables.push(working(report));
    tables.extend(redflags(report));
    tables.extend(exact(report));
    tables.extend(comparison(report));
    tables.extend(check(report));
    tables
}

/// The table as text, for the terminal.
#[must_use]
pub fn text(table: &Table) -> String {
    let mut grid = Grid::new();
    let style = UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none());
    grid.load_style(style).set_header(&table.header);
    for row in &table.rows {
        grid.add_row(row.iter().map(|cell| match &cell.below {
            Some(below) => format!("{}\n{below}", cell.value),
            None => cell.value.clone(),
        }));
    }
    grid.column_iter_mut().skip(1).for_each(|it| it.set_cell_alignment(CellAlignment::Right));
    format!("{}\n{}", table.title, grid.trim_fmt())
}

const QUALITY: &[&str] = &[
    "",
    "in",
    "out",
    "R@1",
    "R@3",
    "R@5",
    "MRR@10",
    "nDCG@10",
    "cov. 90 %",
    "cov. 95 %",
    "AUROC",
    "ECE",
];

fn quality(report: &Report) -> Table {
    let overall = std::iter::once(quality_row("all".to_owned(), &report.overall));
    let languages =
        report.languages.iter().map(|(lang, group)| quality_row(lang.to_string(), group));
    let mut rows: Vec<Vec<Cell>> = overall.chain(languages).collect();
    if let Some(bm25) = report.bm25() {
        rows.push(quality_row("BM25, all".to_owned(), &bm25.overall));
    }
    Table { title: "Quality, with 95 % intervals".to_owned(), header: QUALITY.to_vec(), rows }
}

fn labels(report: &Report) -> Option<Table> {
    let groups = report.labels.iter().flat_map(|(label, groups)| {
        groups.iter().map(move |(value, group)| quality_row(format!("{label} {value}"), group))
    });
    let rows: Vec<Vec<Cell>> = groups.collect();
    let title = "Quality by label".to_owned();
    (!rows.is_empty()).then(|| Table { title, header: QUALITY.to_vec(), rows })
}

fn quality_row(name: String, group: &Group) -> Vec<Cell> {
    let (it, intervals) = (&group.summary, &group.intervals);
    vec![
        plain(name),
        plain(it.n_in.to_string()),
        plain(it.n_out.to_string()),
        with(it.r1, intervals.r1),
        plain(number(it.r3)),
        plain(number(it.r5)),
        with(it.mrr10, intervals.mrr10),
        plain(number(it.ndcg10)),
        with(it.coverage90, intervals.coverage90),
        plain(number(it.coverage95)),
        with(it.auroc, intervals.auroc),
        with(it.ece, intervals.ece),
    ]
}

/// The engine beside BM25, by language.
fn beside(report: &Report, bm25: &System) -> Table {
    let row = |name: String, own: &Summary, other: &Summary| {
        let gain = own.r1.zip(other.r1).map(|(own, other)| own - other);
        let pair = |own, other| [plain(number(own)), plain(number(other))];
        let mut row = vec![plain(name)];
        row.extend(pair(own.r1, other.r1));
        row.push(plain(signed(gain)));
        row.extend(pair(own.mrr10, other.mrr10));
        row.extend(pair(own.coverage90, other.coverage90));
        row.extend(pair(own.auroc, other.auroc));
        row
    };
    let mut rows = vec![row("all".to_owned(), &report.measures, &bm25.measures)];
    rows.extend(report.languages.iter().filter_map(|(lang, group)| {
        Some(row(lang.to_string(), &group.summary, &bm25.languages.get(lang)?.summary))
    }));
    Table {
        title: "Beside BM25 over words".to_owned(),
        header: vec![
            "",
            "R@1",
            "BM25",
            "gain",
            "MRR@10",
            "BM25",
            "cov. 90 %",
            "BM25",
            "AUROC",
            "BM25",
        ],
        rows,
    }
}

/// What people get at the working thresholds.
fn working(report: &Report) -> Table {
    let row = |name: String, it: &Summary| {
        let numbers = [Some(it.answered), it.wrong, it.out_answered, Some(it.clarified)];
        let mut row = vec![plain(name), plain(it.n().to_string())];
        row.extend(numbers.map(|it| plain(percent(it))));
        row.extend([it.fallen_back, it.urgent].map(|it| plain(percent(Some(it)))));
        row.extend([it.p50_us, it.p95_us, it.p99_us].map(|it| plain(it.to_string())));
        row
    };
    let mut rows = vec![row("all".to_owned(), &report.measures)];
    rows.extend(report.languages.iter().map(|(lang, group)| row(lang.to_string(), &group.summary)));
    Table {
        title: "At the working thresholds".to_owned(),
        header: vec![
            "",
            "questions",
            "answered",
            "wrong of these",
            "out of scope answered",
            "asked back",
            "led to the tree",
            "urgent",
            "p50 µs",
            "p95 µs",
            "p99 µs",
        ],
        rows,
    }
}

fn redflags(report: &Report) -> Option<Table> {
    let flags = &report.redflags;
    let row = |name: String, it: &Share| {
        vec![
            plain(name),
            plain(it.n.to_string()),
            plain(it.urgent.to_string()),
            Cell { below: it.interval.map(range), ..plain(percent(it.share)) },
        ]
    };
    let named = |what: &str, name: &dyn std::fmt::Display| format!("{what} {name}");
    let mut rows = vec![row("recall".to_owned(), &flags.recall)];
    rows.extend(flags.classes.iter().map(|(class, it)| row(named("recall", class), it)));
    rows.extend(flags.languages.iter().map(|(lang, it)| row(named("recall", lang), it)));
    rows.push(row("false alarms".to_owned(), &flags.false_alarms));
    rows.push(row("false alarms, lookalikes".to_owned(), &flags.lookalikes));
    let alarms = flags.false_alarm_languages.iter();
    rows.extend(alarms.map(|(lang, it)| row(named("false alarms", lang), it)));
    (flags.recall.n + flags.false_alarms.urgent > 0).then(|| Table {
        title: "Red flags".to_owned(),
        header: vec!["", "questions", "urgent", "share"],
        rows,
    })
}

fn exact(report: &Report) -> Option<Table> {
    let (with, without) = (report.exact.with.as_ref()?, report.exact.without.as_ref()?);
    let row = |name: &str, it: &Summary| {
        let mut row = vec![plain(name.to_owned()), plain(it.n().to_string())];
        let numbers = [it.r1, it.mrr10, it.coverage90, it.auroc, it.ece, it.wrong];
        row.extend(numbers.map(|it| plain(number(it))));
        row
    };
    Some(Table {
        title: format!("With and without {} questions that stand in the corpus", report.exact.n),
        header: vec!["", "questions", "R@1", "MRR@10", "cov. 90 %", "AUROC", "ECE", "wrong"],
        rows: vec![row("with", with), row("without", without)],
    })
}

fn comparison(report: &Report) -> Option<Table> {
    let comparison = report.comparison.as_ref()?;
    let row = |(name, it): (&String, &Difference)| {
        let is_time = name.ends_with("_us");
        let value = |it| if is_time { format!("{it:.0}") } else { number(Some(it)) };
        let p = it.p.map_or(String::new(), |p| {
            if p < 0.001 { "< .001".to_owned() } else { number(Some(p)) }
        });
        let sign =
            if is_time { format!("{:+.0}", it.difference) } else { signed(Some(it.difference)) };
        let difference = Cell { value: sign, below: it.interval.map(range) };
        vec![plain(name.clone()), plain(value(it.old)), plain(value(it.new)), difference, plain(p)]
    };
    let measures: &BTreeMap<String, Difference> = &comparison.measures;
    Some(Table {
        title: format!(
            "Compared with {}: {} questions in scope in both, {} won, {} lost, {} unpaired",
            comparison.file, comparison.n, comparison.won, comparison.lost, comparison.unpaired
        ),
        header: vec!["", "before", "now", "difference", "p"],
        rows: measures.iter().map(row).collect(),
    })
}

fn check(report: &Report) -> Option<Table> {
    let check = report.check.as_ref().filter(|it| !it.ok)?;
    let row = |it: &super::baseline::Failure| {
        let numbers = [Some(it.expected), it.measured, Some(it.tolerance)];
        let mut row = vec![plain(format!("{} {}", it.language, it.measure))];
        row.extend(numbers.map(|it| plain(it.map_or("–".to_owned(), |it| format!("{it:.4}")))));
        row
    };
    Some(Table {
        title: "Worse than the baseline".to_owned(),
        header: vec!["", "expected", "measured", "tolerance"],
        rows: check.failures.iter().map(row).collect(),
    })
}

fn plain(value: String) -> Cell {
    Cell { value, below: None }
}

fn with(value: Option<f64>, interval: Option<Interval>) -> Cell {
    let below = value.and(interval).map(range);
    Cell { value: number(value), below }
}

/// A share with three decimals and no zero before the point: `.874`.
#[must_use]
pub fn number(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |it| without_zero(&format!("{it:.3}")))
}

/// An interval with two decimals: `.84–.91`.
#[must_use]
pub fn range(Interval(low, high): Interval) -> String {
    let end = |it: f64| without_zero(&format!("{it:.2}"));
    match low < 0.0 {
        true => format!("{} to {}", end(low), end(high)),
        false => format!("{}–{}", end(low), end(high)),
    }
}

/// A share as a percentage: `13.3 %`.
#[must_use]
pub fn percent(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |it| format!("{:.1} %", it * 100.0))
}

fn signed(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |it| {
        let sign = if it < 0.0 { "−" } else { "+" };
        format!("{sign}{}", without_zero(&format!("{:.3}", it.abs())))
    })
}

fn without_zero(number: &str) -> String {
    number.strip_prefix("0.").map(|it| format!(".{it}")).unwrap_or_else(|| {
        number.strip_prefix("-0.").map_or_else(|| number.to_owned(), |it| format!("-.{it}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(Some(0.8742)), ".874");
        assert_eq!(number(Some(1.0)), "1.000");
        assert_eq!(number(None), "–");
        assert_eq!(range(Interval(0.838, 0.91)), ".84–.91");
        assert_eq!(range(Interval(-0.011, 0.02)), "-.01 to .02");
        assert_eq!(percent(Some(0.1328)), "13.3 %");
        assert_eq!(signed(Some(-0.02)), "−.020");
    }
}
