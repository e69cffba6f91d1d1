//! The text of one cell: kept from being taken for a formula on the way out, and given back as it
//! was on the way in.

/// Characters at the start of a cell that make a spreadsheet compute instead of show.
const fn is_dangerous(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// Puts an apostrophe before a text that a spreadsheet would take for a formula.
///
/// A text that starts with apostrophes and then such a character gets one more, so that
/// [`unguarded`] gives back every text exactly.
pub(super) fn guarded(text: &str) -> String {
    if has_guard_shape(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text of a cell without the apostrophe of [`guarded`].
pub(super) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if has_guard_shape(rest) => rest,
        _ => cell,
    }
}

fn has_guard_shape(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(is_dangerous)
}

/// A cell as it is compared: one kind of line end, no blanks around it, no guard.
pub(super) fn plain(cell: &str) -> String {
    let cell = unguarded(cell);
    let cell = cell.replace("\r\n", "\n").replace('\r', "\n");
    cell.trim().to_owned()
}

/// The text that `_x000D_` and the like stand for in a workbook (ECMA-376, part 1, 22.9.2.19).
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let code = after.get(..4).filter(|it| it.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = code.filter(|_| after.get(4..5) == Some("_"));
        let c = code.and_then(|it| u32::from_str_radix(it, 16).ok()).and_then(char::from_u32);
        match (c, after.get(5..)) {
            (Some(c), Some(tail)) => {
                out.push(c);
                rest = tail;
            }
            _ => {
                out.push_str("_x");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The text with `_x0041_` and the like written so that [`unescaped`] gives it back.
pub(super) fn escaped(text: &str) -> String {
    if unescaped(text) == text {
        return text.to_owned();
    }
    text.replace("_x", "_x005F_x")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_be_computed_is_shown() {
        for formula in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert!(guarded(formula).starts_with('\''), "{formula} is not guarded");
            assert_eq!(unguarded(&guarded(formula)), formula);
        }
    }

    #[test]
    fn an_apostrophe_of_the_author_stays() {
        assert_eq!(unguarded("'tis the season"), "'tis the season");
        assert_eq!(guarded("'tis the season"), "'tis the season");
    }

    proptest! {
        #[test]
        fn a_guarded_text_comes_back(text in "['=+@-]{0,4}\\PC{0,8}") {
            prop_assert!(!guarded(&text).starts_with(is_dangerous));
            let guarded = guarded(&text);
            prop_assert_eq!(unguarded(&guarded), text);
        }

        #[test]
        fn an_escaped_text_comes_back(text in "(_x|_x00|0041_|[a_é]){0,6}") {
            prop_assert_eq!(unescaped(&escaped(&text)), text);
        }
    }
}
