//! Conversations, turn by turn, without a server:
//!
//! 1. a red flag comes before everything else, in every state, and can be said to be none;
//! 2. a number in any script, a title or an id chooses; what does not is said with the choices;
//! 3. commands work in every language of the corpus;
//! 4. who is not understood is led on, and after the second time offered a person;
//! 5. an answer is followed by what may come next, in the language asked for;
//! 6. the person is asked about only where it decides, and what was said is remembered;
//! 7. resources are put aside, listed and sent; approaches are recommended with a reason;
//! 8. a session that is over, or whose corpus has changed, goes on from the beginning;
//! 9. a reply holds approved units, line breaks and numbers only.

use std::sync::OnceLock;

use sahihi::corpus::{EntryId, MESSAGE_IDS, day};
use sahihi::dialogue::{Effect, Input, Kind, LIFETIME, MAX_CART, Reply, Session, Turn};
use sahihi::engine::Engine;
use sahihi::retrieval::{AgeBand, Profile};
use time::{Duration, OffsetDateTime, Time};

use super::support::{Home, TODAY, shipped};

pub(crate) fn noon() -> OffsetDateTime {
    OffsetDateTime::new_utc(day::parse(TODAY).unwrap(), Time::MIDNIGHT) + Duration::hours(12)
}

/// A person at a telephone.
struct Person<'a> {
    engine: &'a Engine,
    session: Session,
    now: OffsetDateTime,
    effects: Vec<Effect>,
}

impl<'a> Person<'a> {
    fn new(engine: &'a Engine) -> Self {
        let now = noon();
        Self { engine, session: Session::new(now), now, effects: Vec::new() }
    }

    fn with(engine: &'a Engine, profile: &Profile) -> Self {
        let mut person = Self::new(engine);
        person.session.tell(profile);
        person
    }

    fn send(&mut self, input: &Input) -> Reply {
        // The session is stored and read back between any two turns.
        let session = Session::from_json(&self.session.to_json()).expect("a session reads back");
        assert_eq!(session, self.session);
        let Turn { session, reply, effects, .. } = self.engine.step(session, input, self.now);
        assert!(!reply.text().trim().is_empty(), "an empty reply to {input:?}: {reply:#?}");
        assert!(!reply.choices.is_empty(), "no way on after {input:?}: {reply:#?}");
        assert!(reply.choices.len() <= 10, "too many choices: {reply:#?}");
        self.session = session;
        self.effects = effects;
        reply
    }

    fn say(&mut self, text: &str) -> Reply {
        self.send(&Input::Text(text.to_owned()))
    }

    fn choose(&mut self, id: &str) -> Reply {
        self.send(&Input::Choice(id.to_owned()))
    }
}

fn ids(reply: &Reply) -> Vec<&str> {
    reply.choices.iter().map(|it| it.id.as_str()).collect()
}

#[track_caller]
fn offers(reply: &Reply, id: &str) {
    assert!(ids(reply).contains(&id), "{id} is not offered: {reply:#?}");
}

#[track_caller]
fn says(reply: &Reply, unit: &str) {
    let is_said = reply.parts.iter().any(|it| it.unit == unit);
    assert!(is_said, "{unit} is not said: {reply:#?}");
}

fn answers(reply: &Reply, entry: &str) -> bool {
    reply.kind == Kind::Answer && reply.entry == Some(EntryId::new(entry))
}

/// The small corpus with what a conversation needs: commands, twins for two roles, limits.
fn small() -> &'static Engine {
    static ENGINE: OnceLock<(Home, Engine)> = OnceLock::new();
    let (_, engine) = ENGINE.get_or_init(|| {
        let home = talkative();
        home.approve("amina", "all");
        let (engine, _) = Engine::open_or_build(&home.config()).unwrap();
        (home, engine)
    });
    engine
}

fn talkative() -> Home {
    let home = Home::unapproved();
    for (lang, back) in [("en", "back"), ("sw", "rudi")] {
        let mut text: String =
            MESSAGE_IDS.iter().map(|id| format!("{id} = \"{id} in {lang}\"\n")).collect();
        text += &format!("answer_in_sw = \"this is Swahili, said in {lang}\"\n");
        text += "country_KE = \"Kenya\"\ncountry_SN = \"Senegal\"\n[commands]\n";
        text += &format!("menu = [\"menu\"]\nback = [\"{back}\"]\nlang = [\"lang\"]\n");
        text +=
            "stop = [\"stop\"]\nstart = [\"start\"]\ndelete = [\"delete\"]\nhelp = [\"help\"]\n";
        home.write(&format!("messages/{lang}.toml"), text);
    }
    // Where half of the answers may be wrong, one is given among twins too.
    let tiers = "\n[tiers.standard]\nmax_wrong = 0.1\n\n[tiers.loose]\nmax_wrong = 0.6\n";
    home.write("corpus.toml", home.read("corpus.toml") + tiers);
    let entry = |id: &str, neutral: &str, question: &str, phrasings: &[&str]| {
        let phrasings: String = phrasings.iter().map(|it| format!("- {it}\n")).collect();
        let text = format!(
            "+++\ntitle: Title of {id}\nsummary: About {id}\n+++\n# {question}\n\n{phrasings}\n---\n\nAnswer of {id}.\n"
        );
        home.write(&format!("entries/pills/{id}.toml"), neutral);
        home.write(&format!("entries/pills/{id}.en.md"), text);
    };
    entry(
        "T-01",
        "audience = [\"client\"]\ntier = \"loose\"\n",
        "Which vaccine does my baby need first?",
        &["vaccine for baby first weeks calendar", "baby vaccine which one first to get"],
    );
    entry(
        "T-02",
        "audience = [\"provider\"]\ntier = \"loose\"\n",
        "Which vaccine do I give a baby first?",
        &["vaccine for baby first weeks schedule", "baby vaccine which one first to give"],
    );
    entry(
        "K-01",
        "countries = [\"KE\"]\n",
        "Where do I get the health insurance card?",
        &["how to get the insurance card", "insurance card office opening"],
    );
    entry(
        "M-01",
        "gender = \"m\"\nage_min = 18\n",
        "How long does a vasectomy take?",
        &["vasectomy operation duration", "how many minutes is a vasectomy"],
    );
    home
}

#[test]
fn a_red_flag_comes_before_everything_in_every_state() {
    let before: [&[&str]; 6] =
        [&[], &["menu"], &["how do i take the pill"], &["lang"], &["recommend"], &["stop"]];
    for turns in before {
        let mut person = Person::new(shipped());
        turns.iter().for_each(|it| drop(person.say(it)));
        let reply = person.say("my husband beats me when i ask for pills");
        assert_eq!(reply.kind, Kind::Urgent, "after {turns:?}: {reply:#?}");
        says(&reply, "redflag/gbv/en");
        assert_eq!(ids(&reply)[..2], ["need-help", "only-question"], "after {turns:?}");
        assert_eq!(reply.entry, None);
    }
}

#[test]
fn a_red_flag_that_was_none_is_answered_as_a_question() {
    let mut person = Person::new(shipped());
    let reply = person.say("condom broke last night what do i do");
    assert_eq!(reply.kind, Kind::Urgent);
    let reply = person.choose("only-question");
    assert_ne!(reply.kind, Kind::Urgent, "{reply:#?}");
    assert_ne!(reply.kind, Kind::Notice, "{reply:#?}");
}

#[test]
fn who_needs_help_is_asked_for_the_country_and_gets_its_places() {
    let mut person = Person::new(shipped());
    person.say("i want to kill myself");
    let reply = person.choose("need-help");
    says(&reply, "message/ask_country/en");
    offers(&reply, "country:KE");
    let reply = person.choose("country:KE");
    assert_eq!(reply.kind, Kind::Urgent);
    says(&reply, "referral/KE/ke-self-harm-en");
    assert_eq!(person.session.profile().country.as_deref(), Some("KE"));
}

#[test]
fn a_number_in_any_script_chooses() {
    let mut first = Person::new(small());
    let menu = first.say("menu");
    assert_eq!(menu.choices[0].id, "topic:pills", "{menu:#?}");
    for number in ["1", "1.", "(1)", "١", "१", "፩", "1\u{fe0f}\u{20e3}"] {
        let mut person = Person::new(small());
        person.say("menu");
        let reply = person.say(number);
        says(&reply, "topic:pills");
    }
}

#[test]
fn the_title_of_a_choice_chooses_it() {
    let mut person = Person::new(small());
    person.say("menu");
    says(&person.say("  PILLS! "), "topic:pills");
}

#[test]
fn what_is_no_choice_is_said_with_the_choices() {
    let mut person = Person::new(small());
    let menu = person.say("menu");
    for input in [
        Input::Text("9999".to_owned()),
        Input::Text("0".to_owned()),
        Input::Choice("nonsense".to_owned()),
        Input::Choice(String::new()),
        Input::Choice("yes".to_owned()),
        Input::Choice("role:client".to_owned()),
    ] {
        let reply = person.send(&input);
        says(&reply, "message/unknown_choice/en");
        assert_eq!(reply.choices, menu.choices, "{input:?}");
    }
    for gone in
        ["entry:NO-01", "node:none", "topic:none", "resource:none", "add:none", "approach:x"]
    {
        let reply = person.choose(gone);
        says(&reply, "message/unknown_choice/en");
        assert_eq!(reply.choices, menu.choices, "{gone}");
    }
}

#[test]
fn commands_work_in_every_language() {
    for (word, unit) in [
        ("MENU", "node/root/en"),
        ("menú", "node/root/"),
        ("menyu", "node/root/"),
        ("القائمة", "node/root/"),
        ("मेनू", "node/root/"),
        ("aide", "message/help/"),
        ("msaada", "message/help/"),
        ("langue", "message/language_prompt/"),
        ("لغة", "message/language_prompt/"),
        ("panier", "message/cart_empty/"),
        ("futa yote", "message/deleted/"),
        ("arrêter", "message/stopped/"),
        ("commencer", "message/started/"),
        ("recommander", "message/recommend_prompt/"),
    ] {
        let mut person = Person::new(shipped());
        let reply = person.say(word);
        let is_said = reply.parts.iter().any(|it| it.unit.starts_with(unit));
        assert!(is_said, "{word}: {unit} is not said: {reply:#?}");
    }
}

#[test]
fn no_command_word_is_taken_for_danger() {
    let messages = &shipped().corpus().messages;
    for id in sahihi::corpus::COMMAND_IDS {
        for (_, words, _) in messages.command_words(id) {
            for word in words {
                let reply = Person::new(shipped()).say(word);
                assert_ne!(reply.kind, Kind::Urgent, "{word}");
            }
        }
    }
}

#[test]
fn a_language_is_chosen_and_kept() {
    let mut person = Person::new(shipped());
    let reply = person.say("lang");
    offers(&reply, "lang:ar");
    assert!(reply.choices.iter().any(|it| it.title == "Kiswahili"), "{reply:#?}");
    let reply = person.choose("lang:sw");
    says(&reply, "message/language_changed/sw");
    let reply = person.say("how do i take the pill correctly");
    assert_eq!(
        reply.language.as_ref().map(sahihi::analysis::Lang::as_str),
        Some("sw"),
        "{reply:#?}"
    );
}

#[test]
fn an_answer_in_another_language_says_so() {
    // The condom entry has no text in Congo Swahili; Swahili is its fallback and needs no telling.
    let mut person = Person::new(small());
    person.session.speak(sahihi::analysis::Lang::parse("en").unwrap());
    let home = talkative();
    home.remove("entries/condoms/B-01.en.md");
    home.approve("amina", "all");
    let (engine, _) = Engine::open_or_build(&home.config()).unwrap();
    let mut person = Person { engine: &engine, ..person };
    let reply = person.choose("entry:B-01");
    says(&reply, "message/answer_in_sw/en");
    assert!(reply.text().starts_with("this is Swahili, said in en\n\n"), "{}", reply.text());
    let reply = Person::new(&engine).say("kondomu imepasuka usiku");
    assert!(!reply.text().contains("this is Swahili"), "{}", reply.text());
}

#[test]
fn none_of_these_goes_on_in_the_tree_and_the_second_miss_offers_a_person() {
    let mut person = Person::new(shipped());
    let reply = person.say("xqzv wkjh");
    assert_eq!(reply.kind, Kind::Tree, "{reply:#?}");
    says(&reply, "message/no_answer/en");
    assert!(!ids(&reply).is_empty());
    let reply = person.say("qqqq zzzz");
    says(&reply, "message/person_offer/en");
    assert_eq!(reply.choices[0].id, "referral", "{reply:#?}");
    let reply = person.say("1");
    says(&reply, "message/ask_country/en");
    let reply = person.choose("skip");
    assert!(
        reply.parts.iter().any(|it| it.unit.starts_with("referral/international/")),
        "{reply:#?}"
    );
}

#[test]
fn an_answer_is_followed_by_what_may_come_next() {
    let mut person = Person::new(shipped());
    let reply = person.choose("entry:PIL-02");
    assert!(answers(&reply, "PIL-02"), "{reply:#?}");
    says(&reply, "message/did_this_help/en");
    assert_eq!(ids(&reply)[..2], ["yes", "no"]);
    offers(&reply, "entry:EMC-01");
    offers(&reply, "reading:PIL-02");
    assert!(!reply.resources.is_empty());
    let reply = person.say("yes");
    says(&reply, "message/thanks_feedback/en");
    let helped = Effect::Feedback { entry: EntryId::new("PIL-02"), helpful: true };
    assert_eq!(person.effects, [helped]);
    let reply = person.say("no");
    says(&reply, "message/unknown_choice/en");
    person.choose("entry:PIL-02");
    let reply = person.say("2");
    says(&reply, "message/sorry_feedback/en");
    offers(&reply, "topic:pills");
}

#[test]
fn the_same_words_get_another_answer_in_another_role() {
    let question = "baby vaccine which one first";
    let mut answered = Vec::new();
    for role in ["role:client", "role:provider"] {
        let mut person = Person::new(small());
        let reply = person.say("vaccine for baby");
        assert_eq!(
            ids(&reply),
            ["role:client", "role:provider", "role:manager", "skip"],
            "{reply:#?}"
        );
        says(&reply, "message/ask_role/en");
        let reply = person.choose(role);
        assert_eq!(reply.kind, Kind::Answer, "{reply:#?}");
        answered.push(reply.entry.unwrap());
        let again = person.say(question);
        assert_ne!(
            again.parts[0].unit, "message/ask_role/en",
            "the role is remembered: {again:#?}"
        );
    }
    assert_eq!(answered, [EntryId::new("T-01"), EntryId::new("T-02")]);
}

#[test]
fn a_question_about_the_person_can_be_skipped_and_is_not_put_again() {
    let mut person = Person::new(small());
    let reply = person.say("vaccine for baby");
    says(&reply, "message/ask_role/en");
    let skipped = person.say("4");
    assert_ne!(skipped.parts[0].unit, "message/ask_role/en", "{skipped:#?}");
    assert!(skipped.entry.is_some() || skipped.kind == Kind::Clarify, "{skipped:#?}");
    assert_eq!(person.session.profile().role, None);
    let again = person.say("vaccine for baby");
    assert_eq!((again.kind, again.entry), (skipped.kind, skipped.entry));
}

#[test]
fn nobody_is_asked_where_it_decides_nothing() {
    let mut person = Person::new(small());
    let reply = person.say("i forgot my pill yesterday");
    assert!(answers(&reply, "A-01"), "{reply:#?}");
}

#[test]
fn what_is_left_out_is_said() {
    let mut person = Person::new(small());
    let reply = person.say("how to get the insurance card");
    says(&reply, "message/ask_country/en");
    let mut kenyan = Person { session: person.session.clone(), ..Person::new(small()) };
    assert!(answers(&kenyan.choose("country:KE"), "K-01"));
    let reply = person.choose("country:SN");
    says(&reply, "message/excluded_country/en");
    assert!(reply.text().contains("excluded_country in en (1)"), "{}", reply.text());
    assert_ne!(reply.entry, Some(EntryId::new("K-01")));
    let young = Profile { age: Some(AgeBand::From15), ..Profile::default() };
    let reply = Person::with(small(), &young).choose("entry:M-01");
    says(&reply, "message/excluded_age/en");
}

#[test]
fn what_was_said_is_forgotten_unless_the_person_agrees() {
    let kenyan = Profile { country: Some("KE".to_owned()), ..Profile::default() };
    for (answer, kept) in [("yes", Some("KE")), ("no", None)] {
        let mut person = Person::with(small(), &kenyan);
        person.choose("entry:A-01");
        let reply = person.choose("yes");
        says(&reply, "message/forget_prompt/en");
        person.choose(answer);
        person.now += LIFETIME + Duration::seconds(1);
        let reply = person.say("menu");
        says(&reply, "message/expired_session/en");
        assert_eq!(person.session.profile().country.as_deref(), kept);
    }
}

#[test]
fn resources_are_put_aside_listed_and_sent() {
    let mut person = Person::new(shipped());
    person.choose("entry:PIL-02");
    let reply = person.choose("reading:PIL-02");
    let resource = reply.resources[0].clone();
    let reply = person.choose(&format!("resource:{resource}"));
    offers(&reply, &format!("add:{resource}"));
    says(&person.choose(&format!("add:{resource}")), "message/cart_added/en");
    let reply = person.say("cart");
    says(&reply, "message/cart_list/en");
    assert_eq!(reply.resources, std::slice::from_ref(&resource));
    offers(&reply, &format!("remove:{resource}"));
    says(&person.say("checkout"), "message/checkout_prompt/en");
    let reply = person.say("not-an-address@");
    says(&reply, "message/checkout_bad_email/en");
    let reply = person.say("someone@example.org");
    says(&reply, "message/checkout_done/en");
    let sent = Effect::Send {
        email: "someone@example.org".to_owned(),
        items: vec![resource],
        created: noon(),
    };
    assert_eq!(person.effects, [sent]);
    assert!(!person.session.to_json().contains("example.org"), "the address is not kept");
    says(&person.say("cart"), "message/cart_empty/en");
}

#[test]
fn a_list_takes_thirty_and_not_one_more() {
    let mut person = Person::new(shipped());
    let all = shipped().corpus().catalogue.resources.iter();
    let adds = all.map(|it| person.choose(&format!("add:{}", it.id)));
    let said: Vec<String> = adds.map(|it| it.parts[0].unit.clone()).collect();
    let added = said.iter().filter(|it| *it == "message/cart_added/en").count();
    assert_eq!(added, MAX_CART);
    assert!(said.iter().any(|it| it == "message/cart_full/en"), "{said:?}");
    let first = person.say("cart");
    offers(&first, "more");
    let second = person.say("more");
    assert_ne!(ids(&first)[..5], ids(&second)[..5]);
}

#[test]
fn approaches_are_recommended_with_the_persons_words() {
    let mut person = Person::new(shipped());
    says(&person.say("recommend"), "message/recommend_prompt/en");
    let reply = person.say("girls do not come to our clinic because they fear the nurses");
    says(&reply, "message/recommend_intro/en");
    let approaches: Vec<&str> =
        ids(&reply).into_iter().filter(|it| it.starts_with("approach:")).collect();
    assert!((1..=3).contains(&approaches.len()), "{reply:#?}");
    assert!(reply.text().contains('“'), "the reason is given: {}", reply.text());
    let approach = approaches[0].to_owned();
    let reply = person.choose(&approach);
    assert!(reply.parts[0].unit.starts_with("approach/"), "{reply:#?}");
    offers(&reply, "back");
}

#[test]
fn back_leads_the_way_one_came() {
    let mut person = Person::new(small());
    let menu = person.say("menu");
    let topic = person.say("1");
    person.say("1");
    let back = person.say("back");
    assert_eq!((back.choices, back.parts), (topic.choices, topic.parts));
    assert_eq!(person.choose("back").choices, menu.choices);
    assert_eq!(person.choose("back").choices, menu.choices);
}

#[test]
fn a_session_that_is_over_begins_again_and_the_question_is_answered() {
    let mut person = Person::new(small());
    person.say("menu");
    person.now += LIFETIME + Duration::seconds(1);
    let reply = person.say("i forgot my pill yesterday");
    assert_eq!(reply.parts[0].unit, "message/expired_session/en", "{reply:#?}");
    assert!(answers(&reply, "A-01"), "{reply:#?}");
    person.now += LIFETIME + Duration::seconds(1);
    let reply = person.say("1");
    assert_eq!(reply.parts[0].unit, "message/expired_session/en");
    offers(&reply, "topic:pills");
    // A clock that was set back ends nothing.
    person.now -= LIFETIME * 3;
    assert!(person.say("menu").text().starts_with("menu in en"));
}

#[test]
fn a_damaged_session_is_none() {
    let good = Session::new(noon()).to_json();
    assert!(Session::from_json(&good).is_some());
    let newer = good.replace("\"version\":1", "\"version\":2");
    for bad in ["", "{}", "null", "[]", newer.as_str(), good.split_at(good.len() / 2).0] {
        assert!(Session::from_json(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_corpus_that_changes_under_a_session_leads_back_to_the_root() {
    let home = talkative();
    home.remove("entries/condoms/B-01.en.md");
    home.remove("entries/condoms/B-01.sw.md");
    home.remove("entries/condoms/B-01.toml");
    home.edit("entries/pills/A-01.toml", "related = [\"B-01\"]\n", "");
    home.approve("amina", "all");
    let (after, _) = Engine::open_or_build(&home.config()).unwrap();
    let mut person = Person::new(small());
    person.say("menu");
    let reply = person.choose("topic:condoms");
    assert_eq!(reply.choices[0].id, "entry:B-01");
    let mut person = Person { engine: &after, ..person };
    for input in ["1", "menu", "back", "topic"] {
        person.say(input);
    }
    let reply = person.choose("entry:B-01");
    says(&reply, "message/unknown_choice/en");
    offers(&reply, "topic:pills");
}

#[test]
fn delete_forgets_and_stop_is_remembered_until_start() {
    let kenyan = Profile { country: Some("KE".to_owned()), ..Profile::default() };
    let mut person = Person::with(small(), &kenyan);
    says(&person.say("stop"), "message/stopped/en");
    assert!(person.session.is_stopped());
    assert!(answers(&person.say("i forgot my pill yesterday"), "A-01"), "still answered");
    says(&person.say("start"), "message/started/en");
    assert!(!person.session.is_stopped());
    says(&person.say("delete"), "message/deleted/en");
    assert_eq!(person.effects, [Effect::Forget]);
    assert_eq!(*person.session.profile(), Profile::default());
}

#[test]
fn texts_that_are_no_questions_get_a_reply_too() {
    let mut person = Person::new(small());
    says(&person.say(""), "message/started/en");
    says(&person.say("   "), "message/empty_question/en");
    says(&person.say("🙂🙂"), "message/empty_question/en");
    says(&person.say(&"pill ".repeat(2_000)), "message/too_long/en");
    person.say("\u{0}\u{202e}");
}

#[test]
fn a_reply_holds_approved_units_only() {
    let mut person = Person::new(shipped());
    for text in ["", "how do i take the pill", "1", "menu", "2", "1", "my husband beats me", "help"]
    {
        let reply = person.say(text);
        let joined: Vec<&str> = reply.parts.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(reply.text(), joined.join("\n\n"));
        for part in &reply.parts {
            let kinds = ["message/", "entry/", "node/", "redflag/", "referral/", "topic:"];
            assert!(kinds.iter().any(|it| part.unit.starts_with(it)), "{part:?}");
        }
    }
}
