//! Before something personal is opened: may this person, in which role, and why.

use super::context::Context;
use super::error::ServiceError;
use super::session::Staff;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::reason::{Opening, Reason, TYPED};
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::store::audit;

/// What somebody says why they open something: a reason that was chosen, and what was typed beside it.
#[derive(Clone, Default)]
pub struct Why {
    /// The word of the reason.
    pub chosen: String,
    /// What was typed.
    pub typed: Secret,
}

/// In which role somebody opens something, and why.
#[derive(Clone)]
pub(crate) struct Grounds {
    pub role: Role,
    pub reason: Reason,
    /// What was typed, where the reason is another one.
    pub typed: Option<Secret>,
}

/// The grounds on which somebody opens something; none when they have to say why.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::Invalid`] when what they say is no reason for this.
pub(crate) fn judge(
    who: &Staff,
    opening: Opening,
    why: Option<&Why>,
) -> Result<Option<Grounds>, ServiceError> {
    let (role, standing) = opening.role_of(who.roles).ok_or(ServiceError::Forbidden)?;
    let Some(why) = why else {
        return Ok(standing.map(|reason| Grounds { role, reason, typed: None }));
    };
    let wrong = |field: &str, message: &str| {
        let (field, message) = (field.to_owned(), message.to_owned());
        ServiceError::Invalid(vec![FieldError { field, message }])
    };
    let reason = why.chosen.parse().ok().filter(|reason| opening.choices().contains(reason));
    let reason = reason.ok_or_else(|| wrong("reason", "Choose why you open this"))?;
    let typed = why.typed.expose().trim();
    let typed = match reason {
        Reason::Other if TYPED.contains(&typed.chars().count()) => Some(Secret::new(typed)),
        Reason::Other => {
            return Err(wrong("reason_text", "Write down the reason, in 10 to 300 characters"));
        }
        // Whoever types something wants it kept.
        _ if !typed.is_empty() => {
            let message =
                "Choose “something else” to give a reason in your own words, or leave this empty";
            return Err(wrong("reason_text", message));
        }
        _ => None,
    };
    Ok(Some(Grounds { role, reason, typed }))
}

impl Grounds {
    /// An entry for the audit that says in which role and why.
    pub(crate) fn audit(
        &self,
        ctx: &Context,
        who: &Staff,
        action: &str,
        subject: Option<&Id>,
        detail: &impl serde::Serialize,
    ) -> Result<audit::Entry, ServiceError> {
        let entry = ctx.audit(&who.actor(), action, subject, detail)?;
        Ok(audit::Entry {
            role: Some(self.role.word().to_owned()),
            reason: Some(self.reason.word().to_owned()),
            ..entry
        })
    }
}
