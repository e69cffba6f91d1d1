//! Random walks: whatever people send, in whatever order, there is a way on.
//!
//! 1. no turn panics, no reply is empty, every reply offers something;
//! 2. every choice that is offered is taken at the next turn;
//! 3. the session reads back as it was stored.
//!
//! 20,000 turns over the shipped corpus; `TURNS=1000000` for more.

use sahihi::dialogue::{Input, Kind, Reply, Session};
use sahihi::retrieval::Profile;
use time::Duration;

use super::dialogue::noon;
use super::support::shipped;

const TURNS: usize = 20_000;
/// Turns of one person, after which another comes.
const TURNS_EACH: usize = 40;

/// What people type, besides choices and numbers.
const TEXTS: &[&str] = &[
    "",
    " ",
    "🙂",
    "menu",
    "MENU",
    "lang",
    "help",
    "stop",
    "start",
    "delete",
    "cart",
    "checkout",
    "recommend",
    "none",
    "yes",
    "no",
    "back",
    "more",
    "menú",
    "aide",
    "lugha",
    "لغة",
    "मेनू",
    "hapana",
    "نعم",
    "حذف",
    "suite",
    "futa yote",
    "ƙari",
    "सुझाव",
    "tuma orodha",
    "retour",
    "नहीं",
    "how do i take the pill",
    "nimesahau kumeza vidonge siku 2",
    "comment marche le stérilet",
    "¿la inyección engorda?",
    "आपातकालीन गोली कब लें",
    "هل الواقي آمن",
    "yadda ake shan kwaya",
    "kondomu imepasuka jana usiku",
    "my husband beats me",
    "quiero morirme",
    "xqzv wkjh",
    "girls do not come to our clinic",
    "les hommes refusent la planification",
    "vaccin",
    "someone@example.org",
    "someone@",
    "a b c d e f",
    "\u{0}\u{202e}\u{feff}",
    "'; DROP TABLE x; --",
    "1234567890",
    "-1",
    "½",
    "١٢",
    "९",
    "iud pain",
    "vasectomy",
    "breastfeeding pill side effects",
];

/// Choices a client may send that were not offered.
const IDS: &[&str] = &[
    "menu",
    "yes",
    "only-question",
    "need-help",
    "lang:ar",
    "lang:xx",
    "entry:PIL-02",
    "entry:X",
    "topic:pills",
    "node:root",
    "node:nowhere",
    "referral",
    "add:fp-handbook",
    "remove:fp-handbook",
    "country:KE",
    "age:25+",
    "role:provider",
    "cart",
    "checkout",
    "collection:who-guidance",
    "",
    "resource:fp-handbook",
    "approach:vouchers",
    "back",
    "more",
    "skip",
    "nonsense",
];

/// A xorshift generator: the same walk every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    fn one_of<'a>(&mut self, of: &'a [&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// An input, and whether it was offered.
fn next(dice: &mut Dice, last: Option<&Reply>) -> (Input, bool) {
    let choices = last.map_or(&[][..], |it| &it.choices);
    match dice.below(20) {
        0..13 if !choices.is_empty() => {
            (Input::Choice(choices[dice.below(choices.len())].id.clone()), true)
        }
        13..16 if !choices.is_empty() => {
            let digits = ['٠', '०', '0'][dice.below(3)];
            let number = dice.below(choices.len()) + 1;
            let digit = |c: char| char::from_u32(u32::from(digits) + c.to_digit(10).unwrap());
            (Input::Text(number.to_string().chars().filter_map(digit).collect()), true)
        }
        16 => (Input::Choice(dice.one_of(IDS).to_owned()), false),
        _ => (Input::Text(dice.one_of(TEXTS).to_owned()), false),
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a long walk is asked for in the environment")]
fn there_is_always_a_way_on() {
    let turns = std::env::var("TURNS").map_or(TURNS, |it| it.parse().expect("a number of turns"));
    let engine = shipped();
    let mut dice = Dice(0x5A11_11AA_77C0_FFEE);
    let mut kinds = [0_usize; 5];
    let mut taken = 0;
    while taken < turns {
        let mut now = noon();
        let mut session = Session::new(now);
        let country = [None, Some("KE"), Some("SN"), Some("AQ")][dice.below(4)];
        session.tell(&Profile { country: country.map(str::to_owned), ..Profile::default() });
        let mut last: Option<Reply> = None;
        for _ in 0..TURNS_EACH {
            let hours = if dice.below(50) == 0 { 30 } else { 0 };
            now += Duration::hours(hours);
            let (input, offered) = next(&mut dice, last.as_ref());
            let turn = engine.step(session, &input, now);
            let reply = turn.reply;
            let story = || format!("{input:?} after {last:#?} gave {reply:#?}");
            assert!(!reply.text().trim().is_empty(), "an empty reply: {}", story());
            assert!((1..=10).contains(&reply.choices.len()), "no way on: {}", story());
            assert!(reply.choices.iter().all(|it| !it.title.is_empty()), "{}", story());
            let is_refused =
                reply.parts.iter().any(|it| it.unit.starts_with("message/unknown_choice/"));
            assert!(
                !offered || hours > 0 || !is_refused,
                "an offered choice is refused: {}",
                story()
            );
            let kind = match reply.kind {
                Kind::Answer => 0,
                Kind::Clarify => 1,
                Kind::Tree => 2,
                Kind::Urgent => 3,
                Kind::Notice => 4,
            };
            kinds[kind] += 1;
            session = Session::from_json(&turn.session.to_json()).expect("a session reads back");
            assert_eq!(session, turn.session);
            last = Some(reply);
            taken += 1;
        }
    }
    // A walk that never comes anywhere shows nothing.
    assert!(kinds.iter().all(|it| *it > turns / 200), "kinds of replies: {kinds:?}");
}
