//! One turn: what an input is, and what is done with it.

use time::{Date, Duration, OffsetDateTime};

use super::input::{Commands, Input, MAX_TEXT_CHARS, number, plain};
use super::moves::Move;
use super::reply::{Choice, Kind, MAX_CHOICES, Part, Reply, Unit};
use super::session::{Offer, Session, Waiting};
use super::view::View;
use crate::analysis::Lang;
use crate::corpus::{Corpus, EntryId, NodeId, Target};
use crate::retrieval::{Decision, Fork, Query, Retriever};

/// Candidates that are asked for.
const LIMIT: usize = 5;

/// What a conversation is led with.
#[derive(Debug, Clone, Copy)]
pub struct Guide<'a> {
    /// Answers questions.
    pub retriever: &'a Retriever,
    /// Knows command words.
    pub commands: &'a Commands,
    /// Time after which a session that was left alone is over.
    pub lifetime: Duration,
}

/// What one input leads to.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The session after it.
    pub session: Session,
    /// What the person is told.
    pub reply: Reply,
    /// What is to be done beside it.
    pub effects: Vec<Effect>,
    /// What was decided, when the input was a question.
    pub asked: Option<Decision>,
}

/// Something to be done outside of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send these resources to an address, then delete it.
    Send {
        /// The e-mail address.
        email: String,
        /// The resources, by name.
        items: Vec<String>,
        /// When it was asked for.
        created: OffsetDateTime,
    },
    /// Somebody says whether an answer helped.
    Feedback {
        /// The entry.
        entry: EntryId,
        /// Whether it did.
        helpful: bool,
    },
    /// The last question has no answer here that the person wants.
    Missed {
        /// The entries that were offered and declined.
        declined: Vec<EntryId>,
    },
    /// Delete everything about this person.
    Forget,
}

/// Does one turn: the session after `input`, and the one reply to it.
///
/// A session that is over is begun again, with the sentence that says so.
#[must_use]
pub fn step(guide: &Guide<'_>, session: Session, input: &Input, now: OffsetDateTime) -> Turn {
    let is_over = session.is_over(now, guide.lifetime);
    let session = if is_over { session.renewed(now) } else { session };
    begin(guide, session, is_over, input, now)
}

/// Does the first turn of a session whose name is not known, or no longer.
#[must_use]
pub fn step_lost(guide: &Guide<'_>, session: Session, input: &Input, now: OffsetDateTime) -> Turn {
    begin(guide, session, true, input, now)
}

fn begin(
    guide: &Guide<'_>,
    session: Session,
    is_over: bool,
    input: &Input,
    now: OffsetDateTime,
) -> Turn {
    let mut talk = Talk { guide: *guide, session, now, effects: Vec::new(), asked: None, is_over };
    let draft = talk.read(input);
    let reply = talk.close(draft);
    let mut session = talk.session;
    session.seen = session.seen.max(now);
    session.is_new = false;
    Turn { session, reply, effects: talk.effects, asked: talk.asked }
}

/// A turn under way.
pub(super) struct Talk<'a> {
    pub(super) guide: Guide<'a>,
    pub(super) session: Session,
    pub(super) now: OffsetDateTime,
    pub(super) effects: Vec<Effect>,
    pub(super) asked: Option<Decision>,
    /// Whether the conversation before has ended without the person knowing.
    is_over: bool,
}

/// A reply in the making.
#[derive(Debug)]
pub(super) struct Draft {
    kind: Kind,
    parts: Vec<Part>,
    offer: Offer,
    language: Option<Lang>,
    entry: Option<EntryId>,
    pub(super) resources: Vec<String>,
}

impl Draft {
    pub(super) fn new(kind: Kind) -> Self {
        let (parts, offer) = (Vec::new(), Offer::default());
        Self { kind, parts, offer, language: None, entry: None, resources: Vec::new() }
    }

    /// The entry the reply is about, and the language of its text.
    pub(super) fn about(mut self, entry: &EntryId, language: &Lang) -> Self {
        self.entry = Some(entry.clone());
        self.language = Some(language.clone());
        self
    }

    /// Says a text, where there is one.
    pub(super) fn say(mut self, part: impl IntoIterator<Item = Part>) -> Self {
        self.parts.extend(part);
        self
    }

    /// Says what stands above the choices, whenever they are shown.
    pub(super) fn ask(mut self, view: &View<'_>, unit: Unit) -> Self {
        self.parts.extend(view.unit(&unit));
        self.offer.heading.push(unit);
        self
    }

    /// The choices, shown page by page.
    pub(super) fn list(mut self, moves: impl IntoIterator<Item = Move>) -> Self {
        self.offer.list.extend(moves);
        self
    }

    /// The choices that stand below every page.
    pub(super) fn tail(mut self, moves: impl IntoIterator<Item = Move>) -> Self {
        self.offer.tail.extend(moves);
        self
    }

    /// The choices of a node.
    pub(super) fn fork(mut self, node: &NodeId, fork: &Fork) -> Self {
        self.offer.node = Some(node.clone());
        self.list(fork.ways.iter().map(|it| Move::Go(it.target.clone())))
    }

    /// Puts a choice before all others.
    pub(super) fn offer_first(&mut self, first: Move) {
        self.offer.list.retain(|it| *it != first);
        self.offer.list.insert(0, first);
    }

    /// What was offered before, again.
    pub(super) fn offer(mut self, offer: Offer) -> Self {
        self.offer = offer;
        self
    }

    /// The same with its texts behind those of another.
    pub(super) fn after(mut self, mut parts: Vec<Part>) -> Self {
        parts.append(&mut self.parts);
        self.parts = parts;
        self
    }
}

impl<'a> Talk<'a> {
    pub(super) fn corpus(&self) -> &'a Corpus {
        self.guide.retriever.corpus()
    }

    pub(super) fn today(&self) -> Date {
        self.now.date()
    }

    /// The corpus in the languages of the person: the chosen one, the one of the last question.
    pub(super) fn view(&self) -> View<'a> {
        let chain = self.session.chain(self.corpus());
        View::new(self.corpus(), chain, self.session.profile.clone(), self.today())
    }

    fn read(&mut self, input: &Input) -> Draft {
        match input {
            Input::Text(text) => self.read_text(text),
            Input::Choice(id) => self.read_choice(id),
        }
    }

    fn read_choice(&mut self, id: &str) -> Draft {
        match Move::parse(id) {
            Ok(chosen) if !chosen.is_answer() || self.session.offer.shown.contains(&chosen) => {
                self.act(&chosen)
            }
            _ => self.unknown_choice(),
        }
    }

    /// A number and a command are whole texts of which no other word is left over; in everything
    /// else danger is looked for first, whatever it could be.
    fn read_text(&mut self, text: &str) -> Draft {
        if text.trim().is_empty() {
            return self.greet_or_ask();
        }
        if let Some(number) = number(text) {
            let chosen = number.checked_sub(1).and_then(|at| self.session.offer.shown.get(at));
            return match chosen.cloned() {
                Some(chosen) => self.act(&chosen),
                None => self.unknown_choice(),
            };
        }
        let view = self.view();
        if let Some(command) = self.guide.commands.read(text, &view.chain, self.today()) {
            return self.command(&command);
        }
        let profile = self.session.profile.clone();
        let language = self.session.language.clone();
        let query = Query {
            text,
            language: language.as_ref(),
            profile: &profile,
            limit: LIMIT,
            today: self.today(),
        };
        let decision = self.guide.retriever.decide(&query);
        if !decision.dangers.is_empty() {
            return self.urgent(&query, &decision);
        }
        if let Some(chosen) = self.titled(text, &view) {
            return self.act(&chosen);
        }
        if text.chars().nth(MAX_TEXT_CHARS).is_some() {
            return self.again("too_long");
        }
        match self.session.waiting {
            Waiting::Address => self.address(text, &query, &decision),
            Waiting::Challenge(_) => self.challenge(text, &decision),
            _ => self.question(&query, &decision),
        }
    }

    /// A command that was typed. Whether somebody in danger needs help can be said with a yes; a
    /// no could as well mean not to be safe, and is asked about again.
    fn command(&mut self, command: &Move) -> Draft {
        let is_offered = self.session.offer.shown.contains(command);
        match command {
            Move::Yes if matches!(self.session.waiting, Waiting::Flag(..)) => self.need_help(),
            answer if answer.is_answer() && !is_offered => self.unknown_choice(),
            command => self.act(command),
        }
    }

    /// The choice whose title was typed.
    fn titled(&self, text: &str, view: &View<'_>) -> Option<Move> {
        let typed = plain(text);
        let offer = &self.session.offer;
        let fork = offer.node.as_ref().and_then(|it| view.fork(&Target::Node(it.clone())));
        let title = |it: &Move| view.choice_at(fork.as_ref(), it).map(|it| plain(&it.title));
        let is_typed = |it: &&Move| title(it).is_some_and(|it| it == typed);
        offer.shown.iter().find(is_typed).filter(|_| !typed.is_empty()).cloned()
    }

    fn greet_or_ask(&mut self) -> Draft {
        if self.session.is_new && !self.is_over {
            self.start()
        } else {
            self.again("empty_question")
        }
    }

    pub(super) fn act(&mut self, chosen: &Move) -> Draft {
        match chosen {
            Move::Menu => self.menu(),
            Move::Help => self.help(),
            Move::Stop => self.stop(),
            Move::Start => self.start(),
            Move::Delete => self.delete(),
            Move::Back => self.back(),
            Move::More => self.more(),
            Move::None => self.none(),
            Move::Yes => self.yes(),
            Move::No => self.no(),
            Move::Skip => self.skip(),
            Move::OnlyQuestion => self.only_question(),
            Move::NeedHelp => self.need_help(),
            Move::Languages => self.languages(),
            Move::Language(lang) => self.language(lang),
            Move::Cart => self.cart(),
            Move::Checkout => self.checkout(),
            Move::Add(id) => self.add(id),
            Move::Remove(id) => self.remove(id),
            Move::Recommend => self.recommend(),
            Move::Reading(entry) => self.reading(entry),
            Move::Go(target) => self.go(target),
            Move::Country(_) | Move::Age(_) | Move::Gender(_) | Move::Role(_) => self.fill(chosen),
        }
    }

    pub(super) fn go(&mut self, target: &Target) -> Draft {
        match target {
            Target::Node(_) | Target::Topic(_) | Target::Collection(_) => self.fork(target),
            Target::Entry(id) => self.entry(id),
            Target::Referral => self.ask_places(None),
            Target::Resource(id) => self.resource(id),
            Target::Approach(id) => self.approach(id),
        }
    }

    /// A choice that was not offered: what was offered, again.
    pub(super) fn unknown_choice(&mut self) -> Draft {
        if self.is_over { self.menu() } else { self.again("unknown_choice") }
    }

    /// A choice that leads nowhere any more, as when the tree was edited: back to the root.
    pub(super) fn gone(&mut self) -> Draft {
        let said = self.view().message("unknown_choice");
        self.menu().after(said.into_iter().collect())
    }

    /// A sentence, then what was offered before; what is waited for stays.
    pub(super) fn again(&mut self, id: &str) -> Draft {
        let view = self.view();
        let offer = self.session.offer.clone();
        if offer.shown.iter().all(|it| view.choice(it).is_none()) {
            return self.menu().after(view.message(id).into_iter().collect());
        }
        let heading: Vec<Part> = offer.heading.iter().filter_map(|it| view.unit(it)).collect();
        Draft::new(Kind::Notice).say(view.message(id)).say(heading).offer(offer)
    }

    /// Makes the reply of a draft and remembers what it offers.
    fn close(&mut self, draft: Draft) -> Reply {
        let view = self.view();
        let mut offer = draft.offer;
        let mut choices = page(&mut offer, &view);
        if choices.is_empty() {
            // Never a dead end: at least the way to the beginning.
            offer.tail = vec![Move::Menu];
            choices = page(&mut offer, &view);
        }
        let said_first = if self.is_over { view.message("expired_session") } else { None };
        let parts: Vec<Part> = said_first.into_iter().chain(draft.parts).collect();
        self.session.offer = offer;
        let spoken = parts.last().and_then(|it| it.language.clone());
        let spoken = spoken.or_else(|| view.chain.first().map(|it| (*it).clone()));
        Reply {
            kind: draft.kind,
            parts,
            choices,
            entry: draft.entry,
            resources: draft.resources,
            language: draft.language.or(spoken),
        }
    }
}

/// The choices of the present page of an offer, which remembers them: as much of the list as fits
/// above the tail, with a way to the rest. What cannot be shown any more leaves the list.
fn page(offer: &mut Offer, view: &View<'_>) -> Vec<Choice> {
    let fork = offer.node.as_ref().and_then(|it| view.fork(&Target::Node(it.clone())));
    let shown = |it: &Move| Some((it.clone(), view.choice_at(fork.as_ref(), it)?));
    let rest = offer.list.split_off(offer.start.min(offer.list.len()));
    let rest: Vec<(Move, Choice)> = rest.iter().filter_map(shown).collect();
    offer.list.extend(rest.iter().map(|(it, _)| it.clone()));
    let tail: Vec<(Move, Choice)> = offer.tail.iter().filter_map(shown).collect();
    let room = MAX_CHOICES.saturating_sub(tail.len());
    let more = shown(&Move::More).filter(|_| rest.len() > room);
    let fits = if more.is_some() { room.saturating_sub(1) } else { room };
    let (moves, choices) = rest.into_iter().take(fits).chain(more).chain(tail).unzip();
    offer.shown = moves;
    choices
}
