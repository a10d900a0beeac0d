//! Links and codes that are sent. Neither is stored: both are computed from the id of their row under keys of the
//! site, when the mail is written and when they come back.

use chrono::Duration;

use super::context::Context;
use super::error::ServiceError;
use super::{accept_assessor, address, github, prove, prove_outside, readmit};
use crate::domain::id::Id;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::store::sign_ins::{self, SignIn};
use crate::vault::MacPurpose;

/// How long a mailed link or code is of use.
pub(crate) const MAILED_LINK: Duration = Duration::minutes(10);
/// How many digits a code has.
pub(crate) const DIGITS: usize = 8;
/// How many wrong codes may be typed.
const ATTEMPTS: i64 = 5;
/// The template of a mail that is never sent.
pub(crate) const NOBODY: &str = "nobody";

/// A row for a link that is of use for so long; the caller fills in whom it is for.
pub(crate) fn blank(
    ctx: &Context,
    id: Id,
    dossier: &Id,
    (audience, purpose): (&str, &str),
    lasts: Duration,
) -> SignIn {
    let now = ctx.stamp();
    SignIn {
        id,
        dossier_id: dossier.clone(),
        purpose: purpose.to_owned(),
        audience: audience.to_owned(),
        account_id: None,
        staff_id: None,
        assessor_id: None,
        email: None,
        round_id: None,
        browser: None,
        attempts: 0,
        created_at: now,
        expires_at: now + lasts,
        used_at: None,
        github_id: None,
        github_username: None,
    }
}

/// At whose door a link or a code is of use.
pub(crate) fn audience_of(found: &SignIn) -> Audience {
    match found.audience.as_str() {
        "staff" => Audience::Staff,
        "assessor" => Audience::Assessor,
        _ => Audience::Applicant,
    }
}

/// The part of a link that stands for a row.
pub(crate) fn token_of(ctx: &Context, id: &Id) -> Result<String, ServiceError> {
    Ok(format!("{id}{}", ctx.digest(MacPurpose::Link, &[id.as_str().as_bytes()])?))
}

/// The code that stands for a row.
pub(crate) fn code_of(ctx: &Context, id: &Id) -> Result<String, ServiceError> {
    let mac = ctx.vault.mac(MacPurpose::Code, &[id.as_str().as_bytes()])?;
    let (first, _) = mac.split_at(8);
    let number = u64::from_be_bytes(first.try_into().unwrap_or_default()) % 100_000_000;
    Ok(format!("{number:0DIGITS$}"))
}

pub(crate) fn browser_digest(ctx: &Context, cookie: &str) -> Result<String, ServiceError> {
    ctx.digest(MacPurpose::Session, &[b"browser", cookie.as_bytes()])
}

/// The row of a link that is still of use.
pub(crate) fn find_live(ctx: &Context, token: &str) -> Result<SignIn, ServiceError> {
    let (id, mac) = token.split_at_checked(Id::LEN).ok_or(ServiceError::LinkSpent)?;
    let id: Id = id.parse().map_err(|_| ServiceError::LinkSpent)?;
    let right = ctx.digest(MacPurpose::Link, &[id.as_str().as_bytes()])?;
    if !bool::from(subtle::ConstantTimeEq::ct_eq(right.as_bytes(), mac.as_bytes())) {
        return Err(ServiceError::LinkSpent);
    }
    let found = ctx.store.read(|connection| sign_ins::find(connection, &id))?;
    found.filter(|found| is_live(ctx, found)).ok_or(ServiceError::LinkSpent)
}

/// What links, codes and ways through GitHub may be for, by the audience that their row is of. The database lets a
/// process make rows of its own audience alone: none of applicants' may make somebody a member of staff.
const fn purposes_of(audience: Audience) -> &'static [&'static str] {
    match audience {
        Audience::Applicant => &[
            "apply",
            "applicant",
            address::PURPOSE,
            prove_outside::PURPOSE,
            github::SIGN_IN,
            github::APPLY,
            github::NAMED,
            github::JOIN,
            github::PROVE,
        ],
        Audience::Staff => &["staff", "invitation", "first_admin", readmit::HANDED, prove::PURPOSE],
        Audience::Assessor => &[
            "assessor",
            accept_assessor::PURPOSE,
            prove_outside::PURPOSE,
            github::SIGN_IN,
            github::JOIN,
            github::PROVE,
        ],
        // No row is theirs: they are staff.
        Audience::Admin | Audience::Privacy => &[],
    }
}

fn is_of_its_audience(audience: &str, purpose: &str) -> bool {
    let audience = match audience {
        "applicant" => Audience::Applicant,
        "staff" => Audience::Staff,
        "assessor" => Audience::Assessor,
        _ => return false,
    };
    purposes_of(audience).contains(&purpose)
}

pub(crate) fn is_live(ctx: &Context, found: &SignIn) -> bool {
    found.used_at.is_none()
        && found.expires_at > ctx.stamp()
        && is_of_its_audience(&found.audience, &found.purpose)
}

/// Checks the code that somebody typed against the row for which it was sent, and counts the attempt.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is wrong; [`ServiceError::LinkSpent`] when it is of no use any more.
pub(crate) fn check_code(ctx: &Context, found: &SignIn, code: &str) -> Result<(), ServiceError> {
    let typed: String = code.chars().filter(char::is_ascii_digit).collect();
    if typed.len() != DIGITS {
        return Err(ServiceError::field("code", format!("Enter the {DIGITS} digits of the code")));
    }
    // Counted before it is compared, so that many tries at once are all counted.
    let id = found.id.clone();
    let attempts = ctx.store.write(move |connection| sign_ins::count_attempt(connection, &id));
    let attempts = attempts.map_err(|error| gone_is_spent(error.into()))?;
    if attempts > ATTEMPTS || !is_live(ctx, found) {
        return Err(ServiceError::LinkSpent);
    }
    let right = code_of(ctx, &found.id)?;
    let right = subtle::ConstantTimeEq::ct_eq(right.as_bytes(), typed.as_bytes());
    // A row made for an address that we do not know has nobody who could have been sent the code.
    if !bool::from(right) || !leads_somewhere(found) {
        return Err(ServiceError::field(
            "code",
            "The code is not right; check it against the newest mail",
        ));
    }
    Ok(())
}

const fn leads_somewhere(found: &SignIn) -> bool {
    found.email.is_some()
        || found.account_id.is_some()
        || found.staff_id.is_some()
        || found.assessor_id.is_some()
}

/// Who comes in erases the link. Somebody at it at the same moment finds it gone, key and all.
pub(crate) fn gone_is_spent(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::NotFound => ServiceError::LinkSpent,
        other => other,
    }
}

/// A link that an operator's command prints; `lasts` says how long it is of use.
pub(crate) fn link_for(ctx: &Context, path: &str, id: &Id) -> Result<Secret, ServiceError> {
    Ok(Secret::new(format!("{}{path}{}", ctx.site.base_url, token_of(ctx, id)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_ALL: [&str; 1] = ["proof"];
    const OF_APPLICANTS: [&str; 5] =
        ["apply", "applicant", "new_address", "github_apply", "github_named"];
    const OF_STAFF: [&str; 4] = ["staff", "invitation", "first_admin", "handed"];
    const OF_ASSESSORS: [&str; 2] = ["assessor", "assessor_invitation"];
    const BY_GITHUB: [&str; 3] = ["github", "github_join", "github_prove"];

    /// The audiences at whose door a link of this purpose is of use.
    fn audiences(purpose: &str) -> Vec<&'static str> {
        ["applicant", "staff", "assessor"]
            .into_iter()
            .filter(|audience| is_of_its_audience(audience, purpose))
            .collect()
    }

    #[test]
    fn a_purpose_is_of_use_to_its_own_audience_and_to_no_other() {
        for (purposes, whose) in [
            (&OF_APPLICANTS[..], &["applicant"][..]),
            (&OF_STAFF, &["staff"]),
            (&OF_ASSESSORS, &["assessor"]),
            (&BY_GITHUB, &["applicant", "assessor"]),
            (&OF_ALL, &["applicant", "staff", "assessor"]),
        ] {
            for purpose in purposes {
                assert_eq!(audiences(purpose), whose, "{purpose}");
            }
        }
        let known = OF_APPLICANTS.len() + OF_STAFF.len() + OF_ASSESSORS.len();
        let allowed: usize = [Audience::Applicant, Audience::Staff, Audience::Assessor]
            .into_iter()
            .map(|audience| purposes_of(audience).len())
            .sum();
        assert_eq!(allowed, known + 2 * BY_GITHUB.len() + 3 * OF_ALL.len(), "and nothing else");
    }

    #[test]
    fn what_nobody_listed_is_of_use_to_nobody() {
        // Somebody is asked at GitHub at this moment: nothing else may be done with the row.
        for purpose in ["", "github_asking", "staff ", "Staff", "admin", "sign_in", "passkey"] {
            assert!(audiences(purpose).is_empty(), "{purpose}");
        }
        for audience in ["", "admin", "privacy", "finance", "Staff"] {
            for purpose in OF_STAFF.iter().chain(&OF_APPLICANTS).chain(&OF_ALL) {
                assert!(!is_of_its_audience(audience, purpose), "{audience} {purpose}");
            }
        }
    }
}
