//! The inbox: questions that found no answer, for the command line.

use super::Error;
use super::keys::with_store;
pub use super::store::Unanswered;
use crate::config::Settings;

/// Most questions that are looked at, the most frequent first.
const MAX_QUESTIONS: u32 = 2_000;

/// The questions kept, the most frequent first.
///
/// # Errors
///
/// [`Error`] when the state cannot be opened.
pub fn list(settings: &Settings) -> Result<Vec<Unanswered>, Error> {
    with_store(settings, async |store| store.unanswered_list(MAX_QUESTIONS).await)
}

/// Takes questions off the list, each by its language and text.
///
/// # Errors
///
/// [`Error`] when the state cannot be opened.
pub fn remove(settings: &Settings, questions: &[Unanswered]) -> Result<(), Error> {
    with_store(settings, async |store| {
        for question in questions {
            store.unanswered_remove(&question.language, &question.text).await?;
        }
        Ok(())
    })
}
