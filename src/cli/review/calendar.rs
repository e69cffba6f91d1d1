//! The calendar of what is due: one all-day event a day and kind, the same bytes for the same state.

use std::collections::BTreeMap;

use icalendar::{Calendar, Component as _, Event, Property};
use sahihi::corpus::{Digest, Due, DueKind};
use time::{Date, Duration};

/// Units named in the description of one event; a list of thousands helps nobody.
const NAMED: usize = 50;

/// The text of an iCalendar file.
pub(super) fn text(programme: &str, due: &[Due], today: Date) -> String {
    let mut days: BTreeMap<(Date, DueKind), Vec<&Due>> = BTreeMap::new();
    for it in due {
        days.entry((it.on, it.kind)).or_default().push(it);
    }
    let mut calendar = Calendar::new();
    calendar.name(&format!("{programme}: reviews"));
    for ((on, kind), all) in days {
        calendar.push(event(programme, (on, kind), &all, today));
    }
    calendar.done().to_string()
}

fn event(programme: &str, (on, kind): (Date, DueKind), due: &[&Due], today: Date) -> Event {
    let n = due.len();
    let summary = match kind {
        DueKind::Expires => format!("{programme}: approvals of {n} texts end"),
        DueKind::CheckContact => format!("{programme}: {n} contacts to check"),
        DueKind::CheckLink => format!("{programme}: {n} links of resources to try"),
        DueKind::StaleTranslation => format!("{programme}: {n} translations to renew"),
    };
    let mut lines: Vec<String> =
        due.iter().take(NAMED).map(|it| format!("{}: {}", it.unit, it.what)).collect();
    if n > NAMED {
        lines.push(format!("and {} more: sahihi review due", n - NAMED));
    }
    let id = Digest::of(format!("{programme}\n{on}\n{kind:?}").as_bytes()).short();
    let day = |name: &str, day: Date| {
        Property::new(name, compact(day)).add_parameter("VALUE", "DATE").done()
    };
    let mut event = Event::new();
    event
        .uid(&format!("{id}@sahihi"))
        .summary(&summary)
        .description(&lines.join("\n"))
        .append_property(day("DTSTART", on))
        .append_property(day("DTEND", on.saturating_add(Duration::DAY)))
        .append_property(Property::new("DTSTAMP", format!("{}T000000Z", compact(today))).done());
    event.done()
}

fn compact(day: Date) -> String {
    day.to_string().replace('-', "")
}
