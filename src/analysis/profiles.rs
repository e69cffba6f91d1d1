//! Built-in profiles: what the languages of the world's health programmes look like.
//!
//! `profiles.bin` is learnt from public sentences by `sahihi langid --learn` and holds, for each
//! language, its most telling pieces with their weight: statistics, no sentence. Languages with a
//! script of their own need no profile, see [`of_script`].

use std::collections::HashMap;
use std::sync::LazyLock;

use super::evidence::{self, N_KINDS, Table, UNSEEN, pieces};
use super::language::Script;
use super::{Analysis, Lang, Word};

/// Pieces kept a language. 3,500 is within a point of keeping all, at 1/14 of the size.
const KEPT: usize = 3_500;
/// Taken off every count, else what stands once in a short text weighs as much as what is common.
const SEEN_BY_CHANCE: f64 = 0.75;
/// First byte of the file: what it looks like.
const FORMAT: u8 = 1;

/// Languages that programmes write in; the other profiles are there to be told apart from them.
pub const EXPECTED: &[&str] = &[
    "en", "fr", "es", "pt", "sw", "hi", "hi-Latn", "ar", "ha", "bn", "ur", "am", "id", "tl", "ln",
    "ne", "yo",
];

/// Profiles of several languages.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    /// The languages, by their number in the table.
    pub(super) languages: Vec<Lang>,
    /// Their pieces.
    pub(super) table: Table,
}

/// The profiles this program comes with.
pub(super) fn built_in() -> &'static Profiles {
    static PROFILES: LazyLock<Profiles> =
        LazyLock::new(|| Profiles::read(include_bytes!("profiles.bin")).unwrap_or_default());
    &PROFILES
}

/// The language of a script that is as good as its alone, for languages without a profile.
#[must_use]
pub fn of_script(script: Script) -> Option<&'static str> {
    Some(match script {
        Script::Thai => "th",
        Script::Lao => "lo",
        Script::Khmer => "km",
        Script::Myanmar => "my",
        Script::Han => "zh",
        Script::Hiragana | Script::Katakana => "ja",
        Script::Hangul => "ko",
        Script::Tamil => "ta",
        Script::Telugu => "te",
        Script::Kannada => "kn",
        Script::Malayalam => "ml",
        Script::Sinhala => "si",
        Script::Gujarati => "gu",
        Script::Gurmukhi => "pa",
        Script::Oriya => "or",
        Script::Greek => "el",
        Script::Hebrew => "he",
        Script::Armenian => "hy",
        Script::Georgian => "ka",
        Script::Cyrillic => "ru",
        _ => return None,
    })
}

/// Learns profiles from sentences of each language, as the bytes of `profiles.bin`.
///
/// Deterministic: the order of the sentences does not matter, that of the languages numbers them.
/// At most 127 languages are taken.
#[must_use]
pub fn learn(samples: &[(Lang, Vec<String>)]) -> Vec<u8> {
    let samples = samples.get(..127).unwrap_or(samples);
    let shares: Vec<HashMap<u32, f64>> = samples
        .iter()
        .map(|(_, texts)| {
            let texts: Vec<Vec<Word>> = texts.iter().map(|it| Analysis::of(it).words).collect();
            shares(texts.iter().map(Vec::as_slice))
        })
        .collect();
    let mut sums: HashMap<u32, f64> = HashMap::new();
    for of_language in &shares {
        let mut sorted: Vec<(&u32, &f64)> = of_language.iter().collect();
        sorted.sort_unstable_by_key(|it| it.0);
        for (piece, share) in sorted {
            *sums.entry(*piece).or_default() += share;
        }
    }
    let n_others = f64::from(u32::try_from(samples.len()).unwrap_or(1)) - 1.0;
    let mut all = Vec::new();
    for (language, of_language) in (0_u8..).zip(shares) {
        let worth = |piece: u32, share: f64| {
            let sum = sums.get(&piece).copied().unwrap_or(share);
            let elsewhere = (sum - share).max(0.0) / n_others.max(1.0);
            share * (((share + UNSEEN) / (elsewhere + UNSEEN)).ln().abs() + 0.1)
        };
        for (piece, share) in heaviest(of_language, KEPT, worth) {
            all.push((piece, language, evidence::weight(share)));
        }
    }
    let languages = samples.iter().map(|(lang, _)| lang.clone()).collect();
    Profiles { languages, table: Table::new(all) }.write()
}

/// The share of each piece among those of its kind.
pub(super) fn shares<'a>(texts: impl Iterator<Item = &'a [Word]>) -> HashMap<u32, f64> {
    let mut counts: HashMap<u32, (usize, f64)> = HashMap::new();
    let mut totals = [0.0_f64; N_KINDS];
    for words in texts {
        pieces(words, |kind, piece| {
            counts.entry(piece).or_insert((kind, 0.0)).1 += 1.0;
            if let Some(total) = totals.get_mut(kind) {
                *total += 1.0;
            }
        });
    }
    // Original spellings are rare in some languages: their share is that among all letters.
    let total = |kind: usize| match kind {
        0..4 => totals.get(kind).copied().unwrap_or_default(),
        _ => totals[0],
    };
    counts
        .into_iter()
        .map(|(piece, (kind, n))| (piece, (n - SEEN_BY_CHANCE) / total(kind).max(1.0)))
        .collect()
}

/// The `n` pieces of most worth; ties by hash.
pub(super) fn heaviest(
    shares: HashMap<u32, f64>,
    n: usize,
    worth: impl Fn(u32, f64) -> f64,
) -> Vec<(u32, f64)> {
    let mut all: Vec<(f64, u32, f64)> =
        shares.into_iter().map(|(piece, share)| (worth(piece, share), piece, share)).collect();
    all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    all.truncate(n);
    all.into_iter().map(|(_, piece, share)| (piece, share)).collect()
}

impl Profiles {
    fn write(&self) -> Vec<u8> {
        let tags: Vec<&str> = self.languages.iter().map(Lang::as_str).collect();
        let mut bytes = vec![FORMAT];
        bytes.extend(tags.join(" ").bytes());
        bytes.push(b'\n');
        self.table.write(&mut bytes);
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (&FORMAT, bytes) = bytes.split_first()? else { return None };
        let end = bytes.iter().position(|it| *it == b'\n')?;
        let (tags, table) = bytes.split_at(end);
        let tags = std::str::from_utf8(tags).ok()?;
        let languages = tags.split_whitespace().map(Lang::parse).collect::<Result<_, _>>().ok()?;
        Some(Self { languages, table: Table::read(table.get(1..)?)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profiles_can_be_read_and_hold_what_is_expected() {
        let profiles = Profiles::read(include_bytes!("profiles.bin")).unwrap();
        for tag in EXPECTED {
            assert!(profiles.languages.iter().any(|it| it.as_str() == *tag), "{tag} is missing");
        }
    }

    #[test]
    fn learning_twice_gives_the_same_bytes() {
        let sample = |tag: &str, text: &str| (Lang::parse(tag).unwrap(), vec![text.to_owned()]);
        let samples = [sample("en", "take one pill a day"), sample("fr", "une pilule par jour")];
        assert_eq!(learn(&samples), learn(&samples));
    }
}
