//! Rounds: what is asked, how much can be had, until when.

use chrono::{DateTime, NaiveDate, Utc};

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
    pub programme: Programme,
    /// The form.
    pub form: Form,
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

pub(crate) fn view(ctx: &Context, round: Round) -> Result<RoundView, ServiceError> {
    let now = ctx.now();
    let opens_at = round.opens_at.and_utc();
    let closes_at = round.closes_at.map(|at| at.and_utc());
    Ok(RoundView {
        is_open: opens_at <= now && closes_at.is_none_or(|at| now < at),
        has_closed: closes_at.is_some_and(|at| at <= now),
        programme: serde_json::from_str(&round.programme).map_err(|e| {
            ServiceError::internal(format!("programme {}: {e}", round.programme_id))
        })?,
        form: serde_json::from_str(&round.form)
            .map_err(|e| ServiceError::internal(format!("form {}: {e}", round.form_id)))?,
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
