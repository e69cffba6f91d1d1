//! The corpus as one person sees it today: texts in the person's languages, and how moves read.

use time::Date;

use super::moves::Move;
use super::reply::{Choice, Part, Unit};
use crate::analysis::Lang;
use crate::corpus::{Corpus, Entry, EntryId, Gender, NodeId, Resource, Role, Target, Text};
use crate::retrieval::{AgeBand, Barrier, Decision, Fork, Profile, Walk};

/// Probability that there is an answer from which the best candidate tells a topic.
const GUESS_FROM: f64 = 0.05;

/// What a person may see, and how it reads.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) corpus: &'a Corpus,
    /// Languages the person reads, best first.
    pub(super) chain: Vec<&'a Lang>,
    pub(super) today: Date,
    profile: Profile,
}

impl<'a> View<'a> {
    pub(super) const fn new(
        corpus: &'a Corpus,
        chain: Vec<&'a Lang>,
        profile: Profile,
        today: Date,
    ) -> Self {
        Self { corpus, chain, today, profile }
    }

    /// The same for retrieval.
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk::new(self.corpus, self.chain.clone(), &self.profile, self.today)
    }

    /// A place with ways on that is open to this person.
    pub(super) fn fork(&self, target: &Target) -> Option<Fork> {
        self.walk().fork(target)
    }

    /// Where to go on in the tree when a question was not understood.
    pub(super) fn near(&self, decision: &Decision) -> Option<Target> {
        let node = self.walk().near(decision).map(|it| Target::Node(NodeId::new(&it.id)));
        // Without a tree: the topic of the best guess, if it is a guess at all.
        let guess = decision.candidates.first().filter(|_| decision.in_scope.value() >= GUESS_FROM);
        let topic = || self.corpus.entry(&guess?.entry).map(|it| Target::Topic(it.topic.clone()));
        node.or_else(topic)
    }

    /// A sentence of the program.
    pub(super) fn message(&self, id: &str) -> Option<Part> {
        let (lang, text) = self.corpus.messages.get(id, &self.chain, self.today)?;
        Some(Part::new(format!("message/{id}/{lang}"), text, lang))
    }

    fn say(&self, id: &str) -> Option<String> {
        self.message(id).map(|it| it.text)
    }

    /// The sentence that says in which other language a text is, where it is in another.
    pub(super) fn answer_in(&self, lang: &Lang) -> Option<Part> {
        let (said_in, text) = self.corpus.messages.answer_in(lang, &self.chain, self.today)?;
        Some(Part::new(format!("message/answer_in_{lang}/{said_in}"), text, said_in))
    }

    /// The sentence that says why entries were left out, and how many.
    pub(super) fn excluded(&self, reason: Barrier, entries: usize) -> Option<Part> {
        let id = match reason {
            Barrier::Country => "excluded_country",
            Barrier::Age => "excluded_age",
            Barrier::Gender => "excluded_gender",
        };
        let said = self.message(id)?;
        Some(Part { text: format!("{} ({entries})", said.text), ..said })
    }

    /// The text of a heading.
    pub(super) fn unit(&self, unit: &Unit) -> Option<Part> {
        match unit {
            Unit::Message(id) => self.message(id),
            Unit::Fork(target) => {
                let fork = self.fork(target).filter(|it| !it.prompt.is_empty())?;
                let name = match (target, &fork.language) {
                    (Target::Node(id), Some(lang)) => format!("node/{id}/{lang}"),
                    _ => fork.id,
                };
                Some(Part { unit: name, text: fork.prompt, language: fork.language })
            }
        }
    }

    /// An entry that is served and meant for this person, with its text.
    pub(super) fn entry(&self, id: &EntryId) -> Option<(&'a Entry, &'a Lang, &'a Text)> {
        let entry = self.corpus.entry(id).filter(|it| self.profile.barrier(it).is_none())?;
        let (lang, text) = entry.text_in(&self.chain, self.today)?;
        Some((entry, lang, text))
    }

    /// Whether an entry is there for this person in a language that needs no notice.
    pub(super) fn reads(&self, id: &EntryId) -> bool {
        self.entry(id).is_some_and(|(_, lang, _)| self.answer_in(lang).is_none())
    }

    /// A resource that is served and meant for this person.
    pub(super) fn resource(&self, id: &str) -> Option<&'a Resource> {
        self.corpus.catalogue.resource(id).filter(|it| self.walk().may_read(it))
    }

    /// The resources that go with an entry.
    pub(super) fn reading(&self, entry: &Entry) -> Vec<String> {
        self.walk().resources_for(entry).into_iter().map(|it| it.id.clone()).collect()
    }

    /// A move as it is shown among the ways of a place; none where it leads nowhere.
    pub(super) fn choice_at(&self, fork: Option<&Fork>, of: &Move) -> Option<Choice> {
        let Move::Go(target) = of else { return self.choice(of) };
        let Some(way) = fork.and_then(|it| it.ways.iter().find(|it| it.target == *target)) else {
            return self.choice(of);
        };
        let (title, description) = (way.title.clone(), way.description.clone());
        Some(Choice { id: of.to_string(), title, description })
    }

    /// A move as it is shown anywhere; none where it leads nowhere.
    pub(super) fn choice(&self, of: &Move) -> Option<Choice> {
        let plain = |title: String| (title, String::new());
        let (title, description) = match of {
            Move::Go(target) => self.shown(target)?,
            Move::Language(lang) => plain(self.language_name(lang)),
            Move::Country(code) => plain(self.say(&format!("country_{code}"))?),
            Move::Add(id) => (self.title(of)?, self.shown(&Target::Resource(id.clone()))?.0),
            Move::Remove(id) => (self.title(of)?, self.shown(&Target::Resource(id.clone()))?.0),
            of => plain(self.title(of)?),
        };
        Some(Choice { id: of.to_string(), title, description })
    }

    fn shown(&self, target: &Target) -> Option<(String, String)> {
        if !self.walk().is_open(target) {
            return None;
        }
        let (chain, today) = (&self.chain, self.today);
        match target {
            Target::Node(id) => {
                let (_, text) = self.corpus.node(id)?.text_in(chain, today)?;
                Some((text.title.clone(), text.summary.clone()))
            }
            Target::Entry(id) => {
                let (_, _, text) = self.entry(id)?;
                let title = if text.title.is_empty() { &text.question } else { &text.title };
                Some((title.clone(), text.summary.clone()))
            }
            Target::Resource(id) => {
                let (_, text) = self.resource(id)?.text_in(chain, today)?;
                Some((text.title.clone(), text.summary.clone()))
            }
            Target::Approach(id) => {
                let (_, text) = self.corpus.catalogue.approach(id)?.text_in(chain, today)?;
                Some((text.title.clone(), text.summary.clone()))
            }
            Target::Collection(id) => {
                let collection = self.corpus.catalogue.collection(id)?;
                let mut in_order = chain.iter().filter_map(|lang| collection.names.get(*lang));
                let summary = chain.iter().find_map(|lang| collection.summaries.get(*lang));
                Some((in_order.next()?.clone(), summary.cloned().unwrap_or_default()))
            }
            Target::Topic(id) => {
                let topic = self.corpus.topics.iter().find(|it| it.id == *id)?;
                let name = chain.iter().find_map(|lang| topic.names.get(*lang))?;
                Some((name.clone(), String::new()))
            }
            Target::Referral => Some((self.say("clinic_list")?, String::new())),
        }
    }

    /// The name of a language in that language; its tag where it has none.
    fn language_name(&self, lang: &Lang) -> String {
        let named = self.corpus.messages.get("language_name", &[lang], self.today);
        named.map_or(lang.as_str(), |(_, name)| name).to_owned()
    }

    /// The languages a person can choose: those the program speaks itself.
    pub(super) fn languages(&self) -> Vec<Lang> {
        let speaks = |lang: &&Lang| {
            self.corpus.messages.get("language_changed", &[*lang], self.today).is_some()
        };
        self.corpus.settings.languages.iter().filter(speaks).cloned().collect()
    }

    /// The title of a move that stands for a sentence of the program.
    fn title(&self, of: &Move) -> Option<String> {
        let or = |short: &str, long: &str| self.say(short).or_else(|| self.say(long));
        match of {
            Move::Menu | Move::Start => self.say("choose_topic"),
            Move::Back => self.say("back"),
            Move::More => self.say("more"),
            Move::None => self.say("none_of_these"),
            Move::Yes => self.say("yes"),
            Move::No => self.say("no"),
            Move::Skip => self.say("skip"),
            Move::OnlyQuestion => self.say("only_question"),
            Move::NeedHelp => self.say("need_help"),
            Move::Languages => self.say("language_prompt"),
            Move::Cart => self.say("cart_list"),
            Move::Checkout => or("send_list", "checkout_prompt"),
            Move::Recommend => self.say("approaches"),
            Move::Reading(_) => self.say("resources"),
            Move::Add(_) => or("add_to_list", "cart_added"),
            Move::Remove(_) => or("remove_from_list", "cart_removed"),
            Move::Age(age) => self.say(age_message(*age)),
            Move::Gender(gender) => self.say(gender_message(*gender)),
            Move::Role(role) => self.say(role_message(*role)),
            // Shown elsewhere, or never offered: these are typed.
            Move::Go(_)
            | Move::Language(_)
            | Move::Country(_)
            | Move::Help
            | Move::Stop
            | Move::Delete => None,
        }
    }
}

const fn age_message(age: AgeBand) -> &'static str {
    match age {
        AgeBand::From10 => "age_10_14",
        AgeBand::From15 => "age_15_17",
        AgeBand::From18 => "age_18_24",
        AgeBand::From25 => "age_25",
    }
}

const fn gender_message(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "gender_f",
        Gender::Male => "gender_m",
        Gender::Other => "gender_other",
    }
}

const fn role_message(role: Role) -> &'static str {
    match role {
        Role::Client => "role_client",
        Role::Provider => "role_provider",
        Role::Manager => "role_manager",
    }
}
