//! Feedback: what people say of a reply. Kept before it is acknowledged.

use serde::Serialize;

use super::database::{Pool, on};
use super::query::QueryName;
use super::{Error, Store};
use crate::service::privacy::scrubbed;

/// Longest text kept, in characters.
const MAX_CHARS: usize = 2_000;

/// What feedback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedbackKind {
    /// The reply as a whole.
    Response,
    /// One entry of it.
    Content,
}

/// What was felt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sentiment {
    /// It helped.
    Positive,
    /// It did not.
    Negative,
    /// Not said.
    Unknown,
}

/// One piece of feedback.
#[derive(Debug, Clone, Copy)]
pub struct Feedback<'a> {
    /// The name of the query.
    pub query: &'a str,
    /// What it is about.
    pub kind: FeedbackKind,
    /// What was felt.
    pub sentiment: Sentiment,
    /// The entry it is about.
    pub entry: Option<&'a str>,
    /// Words; kept only where the settings say so, numbers and addresses taken out.
    pub text: Option<&'a str>,
}

impl FeedbackKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Content => "content",
        }
    }
}

impl Sentiment {
    const fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Unknown => "unknown",
        }
    }
}

impl Store {
    /// Keeps feedback on a query; its number. It is on the disk when this returns, and so is the
    /// query.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] when there is no such query, or no longer; [`Error::Away`].
    pub async fn feedback_add(&self, feedback: &Feedback<'_>, now: i64) -> Result<i64, Error> {
        const ADD: &str = "INSERT INTO feedback (query, kind, sentiment, entry, text, created)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
        if self.query_find(QueryName::Id(feedback.query)).await?.is_none() {
            return Err(Error::Unknown(feedback.query.to_owned()));
        }
        self.flush().await?;
        let text = feedback.text.filter(|_| self.inner.privacy.keep_feedback_text);
        let text = text.map(|it| scrubbed(it).chars().take(MAX_CHARS).collect::<String>());
        let pool = self.pool()?;
        self.within(async {
            on!(&*pool, db => sqlx::query_scalar(ADD)
                .bind(feedback.query)
                .bind(feedback.kind.name())
                .bind(feedback.sentiment.name())
                .bind(feedback.entry)
                .bind(text)
                .bind(now)
                .fetch_one(db)
                .await)
        })
        .await
    }

    /// How often an entry was said to help, and not to help, since that second.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn feedback_counts(&self, entry: &str, since: i64) -> Result<(i64, i64), Error> {
        const COUNT: &str = "SELECT COUNT(*) FROM feedback
            WHERE entry = $1 AND sentiment = $2 AND created >= $3";
        let pool = self.pool()?;
        self.within(async {
            on!(&*pool, db => {
                let count = |sentiment: Sentiment| {
                    let query = sqlx::query_scalar(COUNT).bind(entry).bind(sentiment.name());
                    query.bind(since).fetch_one(db)
                };
                Ok((count(Sentiment::Positive).await?, count(Sentiment::Negative).await?))
            })
        })
        .await
    }
}
