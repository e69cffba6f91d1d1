//! Dialogue: what to say next.
//!
//! [`step`] takes a session, an input and the time, and gives the session after it and one reply.
//! It is pure: no clock, no randomness, nothing kept beside the session. A text that is nothing but
//! a number or a command word chooses; in every other text, in every state, red flags are looked for
//! before anything else is made of it. Then it may be the title of a choice, or what was asked for;
//! else it is a question.
//!
//! Search and tree are one graph: what search is not sure of goes on in the tree near the best
//! guess, and the leaves of the tree are the entries that search finds. Every reply has a way on.

mod browse;
mod cart;
mod challenge;
mod input;
mod moves;
mod person;
mod question;
pub mod referral;
mod reply;
mod session;
mod slot;
mod step;
mod view;

pub use input::{Commands, Input, MAX_TEXT_CHARS};
pub use moves::{Move, UnknownMove};
pub use reply::{Choice, Kind, MAX_CHOICES, Part, Reply};
pub use session::{KEPT_FOR, LIFETIME, MAX_CART, Session};
pub use step::{Effect, Guide, Turn, step, step_lost};
