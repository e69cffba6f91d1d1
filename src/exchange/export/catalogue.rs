//! The resources as a feed for a catalogue of Meta, which `WhatsApp` shows as products.
//!
//! The strictest published limits are kept. A resource without a picture gets the one given, for
//! the feed must have one; price and availability are those of something free.

use time::Date;

use super::{resources, text};
use crate::analysis::Lang;
use crate::corpus::{Corpus, Description, Resource};

/// Longest title, in characters: the strictest of the published limits.
const MAX_TITLE: usize = 100;
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 5_000;
/// Longest id, in characters.
const MAX_ID: usize = 100;

const COLUMNS: [&str; 13] = [
    "id",
    "title",
    "description",
    "availability",
    "condition",
    "price",
    "link",
    "image_link",
    "brand",
    "product_type",
    "custom_label_0",
    "custom_label_1",
    "product_tags[0]",
];

/// What a feed needs that a corpus does not have.
#[derive(Debug, Clone)]
pub struct Shop {
    /// Address of the picture of every item; a catalogue takes no item without one.
    pub image: String,
    /// Code of the currency in which nothing is asked (ISO 4217).
    pub currency: String,
}

/// Writes the feed. Texts that are too long are cut at a word: a feed only points to a resource.
pub(super) fn write(corpus: &Corpus, shop: &Shop, only: Option<&Lang>, today: Date) -> Vec<u8> {
    let rows = resources::described(corpus, only, today)
        .map(|(resource, lang, text)| row(shop, resource, lang, text));
    text::written("", &COLUMNS, rows)
}

fn row(shop: &Shop, resource: &Resource, lang: &Lang, text: &Description) -> Vec<String> {
    let about = &resource.about;
    let topic = about.topics.first().cloned().unwrap_or_default();
    vec![
        // Unique over languages: it comes back in orders.
        cut(&format!("{}.{lang}", resource.id), MAX_ID),
        cut(&text.name, MAX_TITLE),
        cut(&text.text, MAX_DESCRIPTION),
        "in stock".to_owned(),
        "new".to_owned(),
        format!("0.00 {}", shop.currency),
        about.url.clone(),
        shop.image.clone(),
        cut(&about.publisher, MAX_TITLE),
        topic.clone(),
        topic,
        lang.to_string(),
        about.kind.clone(),
    ]
}

/// At most that many characters, ended by an ellipsis between two words.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let head: String = text.chars().take(limit - 1).collect();
    let head = head.rsplit_once(' ').map_or(head.as_str(), |(head, _)| head);
    format!("{}…", head.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(cut("one two three", 9), "one two…");
        assert_eq!(cut("one two", 7), "one two");
        assert_eq!(cut(&"x".repeat(9), 4), "xxx…");
    }
}
