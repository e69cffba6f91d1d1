//! Which language a text is in: a distribution, never a verdict.
//!
//! A naive Bayes classifier over the pieces of `evidence`. What a corpus's own texts teach
//! is mixed with the built-in profile of each of its languages; the other profiles stand beside
//! them with a lower prior, so that a question in a language the corpus lacks is seen as such. It
//! only weighs: nothing is left out because of it.

use std::collections::HashMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::evidence::{self, Table, is_word, pieces};
use super::language::letter_script;
use super::profiles::{self, EXPECTED, Profiles, built_in, heaviest, of_script};
use super::tokenize::Word;
use super::{Lang, elsewhere};

/// Pieces kept of what the corpus and a profile say of a language.
const KEPT: usize = 6_000;
/// Part of the corpus in the mix with a built-in profile.
const OWN_PART: f64 = 0.5;
/// Whole words say more than the n-grams they are made of.
const WORD_WEIGHT: f64 = 2.0;
/// Neighbouring pieces repeat each other's evidence; the sum of logarithms is divided by this.
/// Between 3 and 8 only the certainty changes, not which language comes first.
const OVERLAP: f64 = 5.0;
/// How likely languages outside the corpus are, against one inside: those that programmes write
/// in, and the others.
const OUTSIDE: (f64, f64) = (0.1, 0.01);
/// Certainty that the letters of a script are of the language that alone uses it.
const SCRIPT_CERTAINTY: f64 = 0.98;

/// A trained classifier.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Identifier {
    /// The corpus's languages, by their number in the table.
    own: Vec<Lang>,
    /// What is known of them, profiles included.
    table: Table,
    /// Every language that can come out: the corpus's, then built-in ones it does not cover.
    languages: Vec<(Lang, f64)>,
    /// For each built-in profile its place among the languages, if it has one.
    places: Vec<Option<usize>>,
}

/// What of it stands in a snapshot.
#[derive(Serialize, Deserialize)]
struct Stored {
    own: Vec<Lang>,
    #[serde(serialize_with = "write_table", deserialize_with = "read_table")]
    table: Table,
}

fn write_table<S: Serializer>(table: &Table, serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = Vec::new();
    table.write(&mut bytes);
    serializer.serialize_bytes(&bytes)
}

fn read_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Table, D::Error> {
    let bytes: &[u8] = Deserialize::deserialize(deserializer)?;
    Table::read(bytes).ok_or_else(|| D::Error::custom("the table of languages is cut short"))
}

impl From<Stored> for Identifier {
    fn from(Stored { own, table }: Stored) -> Self {
        Self::beside_profiles(own, table, built_in())
    }
}

impl From<Identifier> for Stored {
    fn from(Identifier { own, table, .. }: Identifier) -> Self {
        Self { own, table }
    }
}

impl Identifier {
    /// Trains on texts whose language is known. At most 127 languages are taken.
    ///
    /// A language without texts is known by its built-in profile, if there is one.
    #[must_use]
    pub fn train<'a>(
        languages: &[Lang],
        samples: impl Iterator<Item = (&'a Lang, &'a [Word])>,
    ) -> Self {
        let own: Vec<Lang> = languages.iter().take(127).cloned().collect();
        let mut texts: Vec<Vec<&[Word]>> = vec![Vec::new(); own.len()];
        for (lang, words) in samples {
            let list = own.iter().position(|it| it == lang).and_then(|at| texts.get_mut(at));
            list.into_iter().for_each(|list| list.push(words));
        }
        let profiles = built_in();
        let mut all = Vec::new();
        for (at, (lang, texts)) in (0_u8..).zip(own.iter().zip(texts)) {
            let mixed = mixed(profiles::shares(texts.into_iter()), profile_of(profiles, lang));
            // A piece is worth keeping by what it adds to the score of a text in the language.
            let worth = |_, share: f64| share * (share / evidence::UNSEEN).ln_1p();
            for (piece, share) in heaviest(mixed, KEPT, worth) {
                all.push((piece, at, evidence::weight(share)));
            }
        }
        Self::beside_profiles(own, Table::new(all), profiles)
    }

    fn beside_profiles(own: Vec<Lang>, table: Table, profiles: &Profiles) -> Self {
        let mut languages: Vec<(Lang, f64)> = own.iter().map(|it| (it.clone(), 1.0)).collect();
        let mut places = Vec::with_capacity(profiles.languages.len());
        for lang in &profiles.languages {
            if own.iter().any(|it| is_written_like(it, lang)) {
                places.push(None);
                continue;
            }
            let is_expected = EXPECTED.contains(&lang.as_str());
            places.push(Some(languages.len()));
            languages.push((lang.clone(), if is_expected { OUTSIDE.0 } else { OUTSIDE.1 }));
        }
        Self { own, table, languages, places }
    }

    /// The languages of the corpus.
    #[must_use]
    pub fn own(&self) -> &[Lang] {
        &self.own
    }

    /// The languages of a text with their probability, most likely first; they sum to 1.
    ///
    /// They are those of the corpus, the built-in ones, and those known by the scripts of the text
    /// alone. `prior` weighs each language before the text is read. A text without letters, or none
    /// of whose pieces is known, gets the prior back.
    #[must_use]
    pub fn identify(&self, words: &[Word], prior: impl Fn(&Lang) -> f64) -> Vec<(Lang, f64)> {
        let mut sums: Vec<f64> = vec![0.0; self.languages.len()];
        let mut known_words: Vec<usize> = vec![0; self.languages.len()];
        let mut add = |place: usize, kind: usize, weight: u8| {
            if let Some(sum) = sums.get_mut(place) {
                *sum += f64::from(weight) * if is_word(kind) { WORD_WEIGHT } else { 1.0 };
            }
            if let Some(n) = known_words.get_mut(place).filter(|_| is_word(kind)) {
                *n += 1;
            }
        };
        let built_in = built_in();
        pieces(words, |kind, piece| {
            for (at, weight) in self.table.get(piece) {
                add(usize::from(*at), kind, *weight);
            }
            for (at, weight) in built_in.table.get(piece) {
                if let Some(Some(place)) = self.places.get(usize::from(*at)) {
                    add(*place, kind, *weight);
                }
            }
        });
        let logits = sums.iter().zip(&self.languages).map(|(sum, (lang, standing))| {
            sum / evidence::STEPS / OVERLAP + (prior(lang) * standing).max(1e-9).ln()
        });
        let shares = softmax(logits.collect());
        let mut found: Vec<(Lang, f64)> =
            self.languages.iter().map(|it| it.0.clone()).zip(shares).collect();
        self.add_scripts(words, &mut found);
        if known_words.iter().all(|n| 2 * n < words.len()) {
            add_elsewhere(words, &mut found);
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found
    }

    /// Gives the part of the text that is in a script of one language to that language, when it
    /// cannot be known otherwise.
    fn add_scripts(&self, words: &[Word], found: &mut Vec<(Lang, f64)>) {
        if words.iter().all(|it| it.lower.is_ascii()) {
            return;
        }
        let mut n_letters = 0.0;
        let mut counts: Vec<(&'static str, f64)> = Vec::new();
        for c in words.iter().flat_map(|it| it.lower.chars()) {
            let Some(script) = letter_script(c) else { continue };
            n_letters += 1.0;
            let Some(tag) = of_script(script) else { continue };
            match counts.iter_mut().find(|it| it.0 == tag) {
                Some(count) => count.1 += 1.0,
                None => counts.push((tag, 1.0)),
            }
        }
        // Kana make Japanese of the Han characters beside them.
        if let Some(japanese) = counts.iter().position(|it| it.0 == "ja")
            && let Some(chinese) = counts.iter().position(|it| it.0 == "zh")
        {
            let n = counts.get(chinese).map_or(0.0, |it| it.1);
            counts.get_mut(japanese).into_iter().for_each(|it| it.1 += n);
            counts.remove(chinese);
        }
        let is_known = |tag: &str| self.languages.iter().any(|it| it.0.primary() == tag);
        counts.retain(|it| !is_known(it.0));
        let taken: f64 = counts.iter().map(|it| it.1 / n_letters * SCRIPT_CERTAINTY).sum();
        found.iter_mut().for_each(|it| it.1 *= 1.0 - taken);
        for (tag, n) in counts {
            if let Ok(lang) = Lang::parse(tag) {
                found.push((lang, n / n_letters * SCRIPT_CERTAINTY));
            }
        }
    }
}

/// Gives most of a text whose words are known in no language to one that another detector is sure of.
fn add_elsewhere(words: &[Word], found: &mut Vec<(Lang, f64)>) {
    let Some((lang, certainty)) = elsewhere::named(words) else { return };
    if found.iter().any(|it| it.0.same_language(&lang)) {
        return;
    }
    found.iter_mut().for_each(|it| it.1 *= 1.0 - certainty);
    found.push((lang, certainty));
}

/// Whether a profile of `profile` describes `lang`: the region does not matter, the script does.
fn is_written_like(lang: &Lang, profile: &Lang) -> bool {
    lang.same_language(profile) && lang.script_subtag() == profile.script_subtag()
}

/// What a profile says of a language: share of each piece.
fn profile_of(profiles: &Profiles, lang: &Lang) -> HashMap<u32, f64> {
    let at = profiles.languages.iter().position(|it| is_written_like(lang, it));
    let Some(at) = at.and_then(|it| u8::try_from(it).ok()) else { return HashMap::new() };
    let of_language = profiles.table.iter().filter(|it| it.1 == at);
    of_language.map(|(piece, _, weight)| (piece, evidence::share(weight))).collect()
}

/// Mixes what the corpus says with what a profile says; one alone counts whole.
fn mixed(own: HashMap<u32, f64>, profile: HashMap<u32, f64>) -> HashMap<u32, f64> {
    if own.is_empty() || profile.is_empty() {
        return if own.is_empty() { profile } else { own };
    }
    let mut mixed: HashMap<u32, f64> =
        own.into_iter().map(|(piece, share)| (piece, share * OWN_PART)).collect();
    profile
        .into_iter()
        .for_each(|(piece, share)| *mixed.entry(piece).or_default() += share * (1.0 - OWN_PART));
    mixed
}

fn softmax(logits: Vec<f64>) -> Vec<f64> {
    let best = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.into_iter().map(|it| (it - best).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|it| it / sum).collect()
}

/// FNV-1a, 64 bits: stable over runs and machines, unlike the hashes of the standard library.
#[must_use]
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Analysis;
    use super::*;

    /// Knows three languages by a sentence each, and the built-in ones.
    fn identifier() -> Identifier {
        let samples = [
            ("en", "what do i do if i forgot my pill"),
            ("sw", "nifanye nini nikisahau kumeza kidonge changu"),
            ("am", "ክኒን ረሳሁ ምን ላድርግ"),
        ];
        let samples: Vec<(Lang, Analysis)> =
            samples.iter().map(|(l, t)| (Lang::parse(l).unwrap(), Analysis::of(t))).collect();
        let languages: Vec<Lang> = samples.iter().map(|(lang, _)| lang.clone()).collect();
        let texts = samples.iter().map(|(lang, text)| (lang, text.words.as_slice()));
        Identifier::train(&languages, texts)
    }

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let found = identifier().identify(&Analysis::of(text).words, |_| 1.0);
        assert_eq!(found[0].0.as_str(), wanted, "{text}: {:?}", &found[..3]);
    }

    #[test]
    fn a_text_is_of_the_language_it_resembles() {
        check("nimesahau kidonge", "sw");
        check("my pill", "en");
        check("ክኒን", "am");
    }

    #[test]
    fn a_language_the_corpus_lacks_is_seen() {
        check("comment prendre la pilule après l'accouchement", "fr");
        check("bagaimana cara minum pil setelah melahirkan", "id");
        check("मुझे गोली कब लेनी चाहिए", "hi");
        check("یہ گولی کب لینی چاہیے", "ur");
    }

    #[test]
    fn a_script_of_one_language_says_which_it_is() {
        check("ยาคุมฉุกเฉินคืออะไร", "th");
        check("ピルを飲み忘れた", "ja");
        check("避孕药怎么吃", "zh");
    }

    #[test]
    fn a_language_without_a_profile_is_not_taken_for_its_neighbour() {
        check("wie nehme ich die pille richtig ein, wenn ich sie vergessen habe", "de");
        check("zapomniałam wczoraj wziąć tabletkę, co mam teraz zrobić", "pl");
        check("hôm qua tôi quên uống thuốc tránh thai, bây giờ phải làm gì", "vi");
        check("ieri ho dimenticato la pillola, che cosa devo fare adesso", "it");
    }

    #[test]
    fn mixed_text_is_of_several_languages() {
        let found =
            identifier().identify(&Analysis::of("ยาคุม how do i take the pill").words, |_| 1.0);
        let share = |tag: &str| found.iter().find(|it| it.0.as_str() == tag).map_or(0.0, |it| it.1);
        assert!(share("th") > 0.1 && share("en") > 0.5, "{:?}", &found[..3]);
    }

    #[test]
    fn the_prior_decides_where_the_text_does_not() {
        let prior = |lang: &Lang| if lang.as_str() == "sw" { 8.0 } else { 1.0 };
        let found = identifier().identify(&Analysis::of("12").words, prior);
        assert_eq!(found[0].0.as_str(), "sw");
    }

    #[test]
    fn a_region_of_a_corpus_language_takes_its_profile() {
        let corpus = [Lang::parse("pt-MZ").unwrap()];
        let identifier = Identifier::train(&corpus, std::iter::empty());
        let words = Analysis::of("quanto tempo depois do parto posso engravidar").words;
        let found = identifier.identify(&words, |_| 1.0);
        assert_eq!(found[0].0.as_str(), "pt-MZ");
        assert!(found.iter().all(|it| it.0.as_str() != "pt"));
    }

    #[test]
    fn what_is_stored_is_the_same_identifier() {
        let identifier = identifier();
        let bytes = postcard::to_stdvec(&identifier).unwrap();
        let read: Identifier = postcard::from_bytes(&bytes).unwrap();
        let words = Analysis::of("nimesahau my pill").words;
        assert_eq!(read.identify(&words, |_| 1.0), identifier.identify(&words, |_| 1.0));
    }

    proptest! {
        #[test]
        fn any_text_has_a_distribution(text in any::<String>(), of_letters in "[a-zàñঅ-হก-๛あ-ん漢 ]{0,60}") {
            thread_local!(static IDENTIFIER: Identifier = identifier());
            for text in [text, of_letters] {
                let words = Analysis::of(&text).words;
                let found = IDENTIFIER.with(|it| it.identify(&words, |_| 1.0));
                prop_assert!((found.iter().map(|it| it.1).sum::<f64>() - 1.0).abs() < 1e-9);
                prop_assert!(found.iter().all(|it| (0.0..=1.0).contains(&it.1)));
                prop_assert!(found.is_sorted_by(|a, b| a.1 >= b.1));
            }
        }
    }
}
