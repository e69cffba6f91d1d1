//! A corpus of any size, made of invented words: the same numbers give the same bytes.
//!
//! Words are as unevenly frequent as in a language. An entry has a few words of its own, and each
//! of its phrasings mixes some of them with common ones; a question is another such mix.

/// Phrasings an entry.
pub(crate) const PHRASINGS: usize = 10;
/// Words of the invented language.
const WORDS: u64 = 20_000;
/// Words an entry is about.
const OWN_WORDS: u64 = 6;

/// A fixed sequence of numbers (Steele et al., Fast Splittable Pseudorandom Number Generators).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A place in the list of words: the first ones come up most.
    fn common(&mut self) -> u64 {
        let bits = self.below(15);
        self.below(1 << bits).min(WORDS - 1)
    }
}

/// The word at a place: syllables that spell its number.
fn word(place: u64) -> String {
    const FIRST: [&str; 16] =
        ["k", "m", "t", "s", "l", "n", "b", "w", "ch", "z", "p", "d", "r", "j", "g", "f"];
    const LAST: [&str; 5] = ["a", "i", "u", "e", "o"];
    let mut rest = place * 7 + 80;
    let mut word = String::new();
    while rest > 0 {
        let syllable = rest % 80;
        word.push_str(FIRST[(syllable / 5) as usize]);
        word.push_str(LAST[(syllable % 5) as usize]);
        rest /= 80;
    }
    word
}

/// A phrasing of an entry; other numbers than those below [`PHRASINGS`] are questions.
pub(crate) fn phrasing(entry: usize, number: usize) -> String {
    let mut own = Sequence(entry as u64 * 2 + 1);
    let own: Vec<u64> = (0..OWN_WORDS).map(|_| 50 + own.below(WORDS - 50)).collect();
    let mut sequence = Sequence(((entry as u64) << 20) + (number as u64) * 2);
    let n = 5 + sequence.below(6);
    let mut words = Vec::new();
    for at in 0..n {
        let is_own = at < 2 || sequence.below(3) == 0;
        let chosen = sequence.below(OWN_WORDS) as usize;
        words.push(word(if is_own { own[chosen] } else { sequence.common() }));
    }
    words.join(" ")
}

/// The lines of `entries.jsonl` for so many phrasings.
pub(crate) fn entries(n_phrasings: usize) -> String {
    let n_entries = n_phrasings.div_ceil(PHRASINGS);
    let mut lines = String::new();
    for entry in 0..n_entries {
        let phrasings: Vec<serde_json::Value> = (0..PHRASINGS)
            .map(|number| serde_json::json!({ "lang": "sw", "text": phrasing(entry, number) }))
            .collect();
        let line = serde_json::json!({
            "id": format!("e{entry}"), "phrasings": phrasings, "answer": "", "answer_lang": "sw",
            "topic": "all",
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    lines
}

/// Questions made to take long, each with what it is.
pub(crate) fn hostile() -> Vec<(&'static str, String)> {
    let story = (0..200).map(|it| phrasing(it, 77) + " ").collect();
    vec![
        ("one word of 100,000 letters", "a".repeat(100_000)),
        ("10,000 emoji", "🤰🙂".repeat(5_000)),
        ("combining marks", "e\u{301}\u{323}\u{302}".repeat(10_000)),
        ("bidi controls", "\u{202E}a\u{202C}\u{2066}b\u{2069} ".repeat(5_000)),
        ("unknown long words", (0..400).map(|it| format!("zqx{it}vwkjhgfdsapoiuyt ")).collect()),
        ("a story", story),
    ]
}
