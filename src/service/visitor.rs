//! Who browses, and what they asked for: read from behind the `?`.

use axum::extract::Query;
use axum::http::Uri;
use serde::Deserialize;
use serde_json::json;
use time::Date;
use utoipa::IntoParams;

use super::error::RequestError;
use super::routes as paths;
use crate::analysis::Lang;
use crate::corpus::Corpus;
use crate::retrieval::{Profile, Walk};

/// What stands behind `?`: the person, as in a profile.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    /// Preferred language of the texts.
    #[param(example = "sw")]
    language: Option<String>,
    /// ISO 3166 code of the country.
    #[param(example = "KE")]
    country: Option<String>,
    /// Age band.
    #[param(example = "18-24")]
    age: Option<String>,
    /// `f`, `m` or `other`.
    #[param(example = "f")]
    gender: Option<String>,
    /// `client`, `provider` or `manager`.
    #[param(example = "client")]
    role: Option<String>,
    /// Topics of interest, separated by commas.
    topics: Option<String>,
    /// Only what belongs to this topic.
    topic: Option<String>,
    /// Only what belongs to this collection.
    collection: Option<String>,
}

/// Who browses, and what they asked for.
pub(super) struct Visitor {
    language: Option<Lang>,
    profile: Profile,
    /// Only what belongs to this topic.
    pub(super) topic: Option<String>,
    /// Only what belongs to this collection.
    pub(super) collection: Option<String>,
}

impl Visitor {
    /// Reads what stands behind the `?`; what is malformed is the client's error.
    pub(super) fn of(uri: &Uri) -> Result<Self, RequestError> {
        let Query(asked) = Query::<Asked>::try_from_uri(uri)
            .map_err(|error| RequestError::bad("bad-field", error.body_text()))?;
        let stated = |text: Option<String>| text.filter(|it| !it.is_empty());
        let language = stated(asked.language).as_deref().map(paths::language).transpose()?;
        // A plus that was not escaped arrives as a space.
        let age = stated(asked.age).map(|it| if it == "25 " { "25+".to_owned() } else { it });
        let topics: Vec<String> =
            stated(asked.topics).iter().flat_map(|it| it.split(',')).map(str::to_owned).collect();
        let profile = json!({
            "country": stated(asked.country), "age": age, "gender": stated(asked.gender),
            "role": stated(asked.role), "topics": topics,
        });
        let profile: Profile = serde_json::from_value(profile)
            .map_err(|error| RequestError::bad("bad-field", error.to_string()))?;
        paths::check_profile(&profile)?;
        let (topic, collection) = (stated(asked.topic), stated(asked.collection));
        Ok(Self { language, profile, topic, collection })
    }

    /// What this person may read on a day.
    pub(super) fn walk<'a>(&'a self, corpus: &'a Corpus, today: Date) -> Walk<'a> {
        let wanted: Vec<&Lang> = self.language.iter().collect();
        Walk::new(corpus, corpus.chain(&wanted), &self.profile, today)
    }
}
