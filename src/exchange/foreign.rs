//! What the files of other systems lack: ids and short titles, made from what they have; and what
//! none of them may bring.

use any_ascii::any_ascii;

use crate::corpus::{self, Digest, MAX_TITLE_CHARS};

/// Longest id made from a text.
const MAX_ID: usize = 48;

/// An id made from the letters of a text, the same each time: `how-do-i-take-the-pill`.
pub(super) fn id_of(text: &str) -> String {
    let mut id = String::new();
    for c in any_ascii(text).chars() {
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.ends_with('-') && !id.is_empty() && c != '\'' {
            id.push('-');
        }
        if id.len() >= MAX_ID {
            break;
        }
    }
    let id = id.trim_matches('-');
    if id.is_empty() {
        format!("faq-{}", Digest::of(text.as_bytes()).short())
    } else {
        id.to_owned()
    }
}

/// A name of another system as an id: what an id cannot hold becomes `-`.
pub(super) fn id_from(name: &str) -> String {
    if corpus::is_entry_id(name) {
        return name.to_owned();
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let id: String = name.chars().map(|c| if fits(c) { c } else { '-' }).take(64).collect();
    if id.chars().all(|c| c == '-') { id_of(name) } else { id }
}

/// A title for lists made from a longer text: its first words.
pub(super) fn short_title(text: &str) -> String {
    if text.chars().count() <= MAX_TITLE_CHARS {
        return text.to_owned();
    }
    let mut title = String::new();
    for word in text.split_whitespace() {
        let length = title.chars().count() + word.chars().count() + 2;
        if length > MAX_TITLE_CHARS {
            break;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
    if title.is_empty() {
        title = text.chars().take(MAX_TITLE_CHARS - 1).collect();
    }
    title + "…"
}

/// Why a text may not be an answer: it would be sent to people exactly as it stands.
pub(super) fn markup(text: &str) -> Option<&'static str> {
    if text.contains("{{") {
        return Some(
            "the answer has a template in double braces, and would be sent as it stands: write \
             the words themselves, one entry for each case",
        );
    }
    let is_tag = |it: &str| it.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let tag = text.split('<').skip(1).any(|it| is_tag(it) && it.contains('>'));
    let is_entity = |it: &str| {
        it.split_once(';').is_some_and(|(name, _)| {
            (2..9).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
        })
    };
    (tag || text.split('&').skip(1).any(is_entity)).then_some(
        "the answer has HTML in it, and would be sent as it stands: write it as plain text",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_script_gives_an_id() {
        for text in ["Où est le bureau ?", "مرحبا", "गोली", "?!", "a/../../b"] {
            assert!(corpus::is_entry_id(&id_of(text)), "{text}: {}", id_of(text));
            assert!(corpus::is_entry_id(&id_from(text)), "{text}: {}", id_from(text));
        }
    }

    #[test]
    fn a_title_made_from_a_question_fits_a_list() {
        let title = short_title("What do I do if I missed one or more pills?");
        assert_eq!(title, "What do I do if I…");
        assert!(short_title(&"x".repeat(80)).chars().count() <= MAX_TITLE_CHARS);
    }

    #[test]
    fn markup_is_told_from_signs() {
        assert_eq!(markup("less than 3 < 5 & more; fine"), None);
        assert!(markup("<p>Take it").is_some());
        assert!(markup("A &amp; B").is_some());
    }
}
