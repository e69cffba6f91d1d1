//! `sahihi review log`: the history of one unit, from its first approval to today.

use miette::Result;
use sahihi::config::Config;
use sahihi::corpus::{Digest, Loaded, Logged, ReviewedTexts, Seal, Unit, Verdict, phrasing_text};
use serde_json::json;

use super::difference::{self, Change};
use super::{terminal, unknown};

pub(super) fn run(config: &Config, loaded: &Loaded, name: &str, json: bool) -> Result<()> {
    let history = loaded.reviews.history(name);
    let unit = loaded.units.iter().find(|it| it.name == name);
    if history.is_empty() && unit.is_none() {
        return Err(unknown(name));
    }
    let steps = steps(&history, loaded.reviews.texts());
    let now = now(config, loaded, unit, &history);
    if json {
        let steps: Vec<_> = steps
            .iter()
            .map(|(Logged { line, number, seal }, changes)| {
                json!({ "line": line, "number": number, "seal": seal, "changes": changes })
            })
            .collect();
        terminal::json(&json!({ "unit": name, "history": steps, "now": now }));
        return Ok(());
    }
    terminal::line(name);
    for (logged, changes) in &steps {
        terminal::line(&sentence(loaded, logged));
        for change in changes.iter().flatten() {
            terminal::line(&terminal::wrapped(&change.shown(), "      "));
        }
    }
    terminal::line(&format!("{}  {now}", config.today));
    Ok(())
}

/// Every line with what changed since the approval before it, whoever gave that.
fn steps<'a>(
    history: &[&'a Logged],
    texts: &ReviewedTexts,
) -> Vec<(&'a Logged, Option<Vec<Change>>)> {
    let mut before: Option<&Logged> = None;
    let mut steps = Vec::new();
    for logged in history {
        let changes = before.and_then(|before| changes(before, logged, texts));
        if logged.line.decision == Verdict::Approve {
            before = Some(logged);
        }
        steps.push((*logged, changes));
    }
    steps
}

fn changes(before: &Logged, now: &Logged, texts: &ReviewedTexts) -> Option<Vec<Change>> {
    let (then, line) = (&before.line, &now.line);
    let mut changes = if then.digest == line.digest {
        Vec::new()
    } else {
        difference::between(texts.get(&then.digest)?, texts.get(&line.digest)?)
    };
    let text = |digest: &Digest| texts.get(digest).map_or("(text not kept)", phrasing_text);
    let phrasing = |digest: &Digest, came: bool| {
        let text = Some(text(digest).to_owned());
        let (before, now) = if came { (None, text) } else { (text, None) };
        Change { field: "phrasing".to_owned(), before, now }
    };
    let gone = then.phrasings.iter().filter(|it| !line.phrasings.contains(it));
    let came = line.phrasings.iter().filter(|it| !then.phrasings.contains(it));
    changes.extend(gone.map(|it| phrasing(it, false)).chain(came.map(|it| phrasing(it, true))));
    Some(changes)
}

fn sentence(loaded: &Loaded, logged: &Logged) -> String {
    let line = &logged.line;
    let role = loaded.reviews.reviewer(&line.by).map_or("no longer a reviewer", |it| &it.role);
    let what = match line.decision {
        Verdict::Approve => format!("approved until {}", line.until),
        Verdict::Reject => "rejected".to_owned(),
        Verdict::Revoke => "approval revoked".to_owned(),
    };
    let seal = match logged.seal {
        Seal::Signed => ", signed",
        Seal::Unsigned => ", not signed",
        Seal::Withdrawn => ", signed with a key withdrawn since",
        Seal::Foreign => ", WITH A FOREIGN SIGNATURE",
    };
    let digest: String = line.digest.to_string().chars().take(15).collect();
    let note = if line.note.is_empty() { String::new() } else { format!(": {}", line.note) };
    format!("{}  {what} by {} ({role}){seal}, text {digest}{note}", line.on, line.by)
}

fn now(config: &Config, loaded: &Loaded, unit: Option<&Unit>, history: &[&Logged]) -> String {
    let Some(unit) = unit else { return "no longer in the corpus".to_owned() };
    let standing = loaded.reviews.standing(unit, &loaded.corpus.settings, config.today);
    match standing.text {
        Ok(approval) => format!("served until {}, approved by {}", approval.until, approval.by),
        Err(why) if history.is_empty() => why,
        Err(why) => format!("not served: {why}"),
    }
}
