//! What a person in danger is told: the acknowledgement, places of help, and a way back.

use serde::Serialize;
use time::Date;

use super::reply::Part;
use crate::analysis::Lang;
use crate::corpus::{Corpus, DangerClass, Referral};
use crate::retrieval::Walk;

/// The country of a referral that holds everywhere.
const INTERNATIONAL: &str = "international";

/// Where to find help, in a reply.
#[derive(Debug, Serialize)]
pub struct ReferralPart {
    /// The most urgent danger.
    pub class: DangerClass,
    /// What the person is told first, byte for byte as approved.
    pub text: Option<String>,
    /// Its language.
    pub language: Option<Lang>,
    /// Places of help.
    pub contacts: Vec<Contact>,
    /// The country they are in, or `international`.
    pub country: String,
    /// What is said of a clock that runs beside a more urgent danger, as after rape.
    #[serde(skip)]
    clock: Option<(String, Lang)>,
}

/// A place of help.
#[derive(Debug, Serialize)]
pub struct Contact {
    /// The name of its unit.
    #[serde(skip)]
    unit: String,
    /// The name of its row.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub contact: String,
    /// When.
    pub hours: String,
    /// What it costs.
    pub cost: String,
    /// What else to know.
    pub note: String,
    /// The language of these texts.
    pub language: Lang,
}

/// All places of help in a country, whatever for; those that hold everywhere where it has none.
#[derive(Debug, Serialize)]
pub struct Places {
    /// The country, or `international`.
    pub country: String,
    /// Places of help, each once.
    pub contacts: Vec<Contact>,
}

/// The places a person can turn to.
#[must_use]
pub fn everywhere(walk: &Walk<'_>) -> Places {
    places(walk, &DangerClass::ALL)
}

/// The places a person can turn to in some dangers.
pub(super) fn places(walk: &Walk<'_>, classes: &[DangerClass]) -> Places {
    let finder = Finder { corpus: walk.corpus(), chain: walk.chain(), today: walk.today() };
    let mut contacts: Vec<Contact> = Vec::new();
    let wanted = walk.profile().country.as_deref();
    let mut country = INTERNATIONAL.to_owned();
    for class in classes {
        let (place, of_class) = finder.contacts(*class, wanted);
        if Some(place.as_str()) == wanted {
            country = place;
        }
        for contact in of_class {
            let is_new =
                |it: &Contact| (&it.name, &it.contact) != (&contact.name, &contact.contact);
            if contacts.iter().all(is_new) {
                contacts.push(contact);
            }
        }
    }
    Places { country, contacts }
}

impl ReferralPart {
    /// The referral for the dangers of a message; `None` when there are none.
    #[must_use]
    pub fn new(
        corpus: &Corpus,
        dangers: &[DangerClass],
        country: Option<&str>,
        chain: &[&Lang],
        today: Date,
    ) -> Option<Self> {
        let finder = Finder { corpus, chain, today };
        let class = *dangers.first()?;
        let clock = dangers.iter().skip(1).find(|it| **it == DangerClass::UrgentTimed);
        let (text, language) = finder.reply(class).unzip();
        let (country, mut contacts) = finder.contacts(class, country);
        // After rape both the place of shelter and that of treatment are needed.
        let also = clock.map(|clock| finder.contacts(*clock, Some(&country)).1);
        contacts.extend(also.into_iter().flatten());
        let clock = clock.and_then(|clock| finder.reply(*clock));
        Some(Self { class, text, language, contacts, country, clock })
    }

    /// The approved texts in the order they are read, with the names of their units: what is told
    /// first, the answer where one is given, places of help.
    pub(super) fn parts(&self, answer: Vec<Part>) -> Vec<Part> {
        let of_class = |class: DangerClass, text: &str, lang: &Lang| {
            Part::new(format!("redflag/{class}/{lang}"), text, lang)
        };
        let told = self.text.as_ref().zip(self.language.as_ref());
        let told = told.map(|(text, lang)| of_class(self.class, text, lang));
        let clock = self.clock.as_ref();
        let clock = clock.map(|(text, lang)| of_class(DangerClass::UrgentTimed, text, lang));
        let contacts = self.contacts.iter().map(Contact::part);
        told.into_iter().chain(clock).chain(answer).chain(contacts).collect()
    }

    /// The same as one message, with what can be chosen; `say` finds the program's own sentences.
    pub fn message<'a>(
        &self,
        answer: Option<&str>,
        say: impl Fn(&str) -> Option<&'a str>,
    ) -> String {
        let answer =
            answer.map(|it| Part { unit: String::new(), text: it.to_owned(), language: None });
        let parts = self.parts(answer.into_iter().collect());
        let mut texts: Vec<String> = parts.into_iter().map(|it| it.text).collect();
        if self.contacts.is_empty() {
            texts.extend(say("no_referral").map(str::to_owned));
        }
        let choices = ["need_help", "only_question"].into_iter().filter_map(say);
        let choices: Vec<String> =
            (1..).zip(choices).map(|(number, text)| format!("{number}. {text}")).collect();
        texts.push(choices.join("\n"));
        texts.retain(|it| !it.is_empty());
        texts.join("\n\n")
    }
}

impl Contact {
    fn of(row: &Referral) -> Self {
        Self {
            unit: row.unit_name(),
            id: row.id.clone(),
            name: row.name.clone(),
            contact: row.contact.clone(),
            hours: row.hours.clone(),
            cost: row.cost.clone(),
            note: row.note.clone(),
            language: row.lang.clone(),
        }
    }

    /// All that is said of it, a line each.
    pub(super) fn part(&self) -> Part {
        let lines = [&self.name, &self.contact, &self.hours, &self.cost, &self.note];
        let lines: Vec<&str> =
            lines.into_iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
        Part::new(self.unit.clone(), &lines.join("\n"), &self.language)
    }
}

/// Looks things up in the languages a person reads, among what is valid today.
struct Finder<'a> {
    corpus: &'a Corpus,
    chain: &'a [&'a Lang],
    today: Date,
}

impl Finder<'_> {
    fn reply(&self, class: DangerClass) -> Option<(String, Lang)> {
        let flags = || self.corpus.red_flags.iter().filter(|it| it.class == class);
        let valid =
            |lang: &&Lang| flags().find(|it| it.lang == **lang && it.approval.until >= self.today);
        self.chain.iter().find_map(valid).map(|it| (it.reply.clone(), it.lang.clone()))
    }

    /// The contacts of the country; those that hold everywhere when it is not known or has none.
    fn contacts(&self, class: DangerClass, country: Option<&str>) -> (String, Vec<Contact>) {
        if let Some(country) = country {
            let contacts = self.rows(class, Some(country));
            if !contacts.is_empty() {
                return (country.to_owned(), contacts);
            }
        }
        (INTERNATIONAL.to_owned(), self.rows(class, None))
    }

    /// The rows in the first language of the chain that has any.
    fn rows(&self, class: DangerClass, country: Option<&str>) -> Vec<Contact> {
        let fits = |row: &&Referral| {
            row.class == class
                && row.country.as_deref() == country
                && row.approval.until >= self.today
        };
        let rows: Vec<&Referral> = self.corpus.referrals.iter().filter(fits).collect();
        let lang = self.chain.iter().find(|lang| rows.iter().any(|row| row.lang == ***lang));
        let in_lang = rows.into_iter().filter(|row| Some(&&row.lang) == lang);
        in_lang.map(Contact::of).collect()
    }
}
