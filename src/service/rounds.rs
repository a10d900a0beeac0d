//! Rounds: what is asked, how much can be had, until when.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;

use super::context::Context;
use super::error::ServiceError;
use crate::domain::form::Form;
use crate::domain::id::Id;
use crate::domain::programme::Programme;
use crate::store::rounds::{self, Round};

/// A round with its programme and form.
#[derive(Clone, Debug)]
pub struct RoundView {
    /// Its id.
    pub id: Id,
    /// The name in addresses.
    pub slug: String,
    /// The name on pages.
    pub name: String,
    /// The programme.
    pub programme: Arc<Programme>,
    /// The form.
    pub form: Arc<Form>,
    /// From when applications are taken.
    pub opens_at: DateTime<Utc>,
    /// Until when; none for a rolling round.
    pub closes_at: Option<DateTime<Utc>>,
    /// The day of the award, where one is set.
    pub award_on: Option<NaiveDate>,
    /// Whether applications are taken now.
    pub is_open: bool,
    has_closed: bool,
    pub(crate) programme_id: Id,
    pub(crate) form_id: Id,
}

impl RoundView {
    /// The programme's name with the round's.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}, {}", self.programme.name, self.name)
    }

    /// Refuses when no applications are taken now.
    pub(crate) fn must_be_open(&self) -> Result<(), ServiceError> {
        if self.is_open {
            return Ok(());
        }
        // One that has not opened yet has a day on which it will close; that is not what it is.
        let closed_at = self.closes_at.filter(|_| self.has_closed);
        Err(ServiceError::RoundClosed { name: self.title(), closed_at })
    }
}

/// How many definitions of a kind are kept: more than a site has in use at a time.
const MOST_KEPT: usize = 64;

/// What was made of the definitions of programmes and forms: to make it again takes longer than to read them.
#[derive(Default)]
pub(crate) struct Definitions {
    programmes: Kept<Programme>,
    forms: Kept<Form>,
}

/// Definitions of a kind by their ids, each with the text that it was made of.
struct Kept<T>(Mutex<BTreeMap<Id, (String, Arc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: DeserializeOwned> Kept<T> {
    /// What a text says. It was read just now: what is kept of another text is not used.
    fn get(&self, id: &Id, text: &str) -> Result<Arc<T>, ServiceError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, made)) = kept.get(id)
            && of == text
        {
            return Ok(Arc::clone(made));
        }
        let made: T = serde_json::from_str(text)
            .map_err(|error| ServiceError::internal(format!("definition {id}: {error}")))?;
        let made = Arc::new(made);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(id.clone(), (text.to_owned(), Arc::clone(&made)));
        Ok(made)
    }
}

pub(crate) fn view(ctx: &Context, round: Round) -> Result<RoundView, ServiceError> {
    let now = ctx.now();
    let opens_at = round.opens_at.and_utc();
    let closes_at = round.closes_at.map(|at| at.and_utc());
    Ok(RoundView {
        is_open: opens_at <= now && closes_at.is_none_or(|at| now < at),
        has_closed: closes_at.is_some_and(|at| at <= now),
        programme: ctx.definitions.programmes.get(&round.programme_id, &round.programme)?,
        form: ctx.definitions.forms.get(&round.form_id, &round.form)?,
        id: round.id,
        slug: round.slug,
        name: round.name,
        award_on: round.award_on,
        programme_id: round.programme_id,
        form_id: round.form_id,
        opens_at,
        closes_at,
    })
}

/// The rounds that are open or will open, by closing time, rolling ones last.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn open_rounds(ctx: &Context) -> Result<Vec<RoundView>, ServiceError> {
    let now = ctx.stamp();
    let found = ctx.store.read(|connection| rounds::not_closed(connection, now))?;
    found.into_iter().map(|round| view(ctx, round)).collect()
}

/// A round by the name in its address.
///
/// # Errors
/// [`ServiceError::NotFound`].
pub fn get(ctx: &Context, slug: &str) -> Result<RoundView, ServiceError> {
    let found = ctx.store.read(|connection| rounds::find(connection, slug))?;
    view(ctx, found.ok_or(ServiceError::NotFound)?)
}

/// The round of an application, with the version of the form that the application uses.
pub(crate) fn of_application(
    ctx: &Context,
    round: &Id,
    form: &Id,
) -> Result<RoundView, ServiceError> {
    let found = ctx.store.read(|connection| rounds::get_with_form(connection, round, form))?;
    view(ctx, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_made_once_and_anew_when_its_text_is_another() {
        let kept: Kept<Vec<u8>> = Kept::default();
        let id: Id = "abcdefghijklmnopqrstuvwxyz".parse().unwrap();
        let first = kept.get(&id, "[1, 2]").unwrap();
        assert!(Arc::ptr_eq(&first, &kept.get(&id, "[1, 2]").unwrap()));
        assert_eq!(*kept.get(&id, "[3]").unwrap(), [3]);
        assert_eq!(*kept.get(&id, "[1, 2]").unwrap(), [1, 2]);
        assert!(kept.get(&id, "[").is_err());
    }
}
