//! The first steps of an applicant: age, consent, address. Nothing is stored before consent is given; what
//! was said so far travels with the person, signed.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use data_encoding::BASE64URL_NOPAD;

use super::applicants;
use super::consent_texts::{self, Offered};
use super::context::{Actor, Context};
use super::error::ServiceError;
use super::github_accounts;
use super::limits;
use super::links;
use super::new_draft;
use super::rounds::{self, RoundView};
use super::session::Applicant;
use super::sign_in::Asked;
use crate::domain::application::{Age, TooYoung};
use crate::domain::class::Class;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::identity;
use crate::domain::retention::DossierFacts;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::dossiers::{self, Kind};
use crate::store::sign_ins::{self, SignIn};
use crate::store::{accounts, audit, outbox};
use crate::vault::MacPurpose;

/// How long the first steps may take.
const PATIENCE: Duration = Duration::hours(2);

/// A box that a person may tick.
#[derive(Clone, Debug)]
pub struct ConsentBox {
    /// The name of the form control.
    pub control: String,
    /// Whether nothing can go on without it.
    pub required: bool,
    /// What it is for, in a few words.
    pub title: String,
    /// What a person needs to know, in paragraphs.
    pub paragraphs: Vec<String>,
    /// The sentence beside the box.
    pub label: String,
}

/// The page that asks for consent.
#[derive(Clone, Debug)]
pub struct ConsentPage {
    /// The round.
    pub round: RoundView,
    /// One box a purpose.
    pub boxes: Vec<ConsentBox>,
}

/// How far a person has come. That there is one says that they are old enough; how old they said they are is
/// kept nowhere.
struct Journey {
    slug: String,
    /// The texts that were valid when the person began.
    texts: String,
    /// The purposes agreed to; none before the consent page was answered.
    given: Option<Vec<String>>,
    expires: DateTime<Utc>,
}

/// A person says how old they are.
///
/// # Errors
/// [`ServiceError::NotFound`], [`ServiceError::RoundClosed`].
pub fn state_age(
    ctx: &Context,
    slug: &str,
    age: Age,
) -> Result<Result<String, TooYoung>, ServiceError> {
    let round = rounds::get(ctx, slug)?;
    round.must_be_open()?;
    if let Err(too_young) = age.admit(round.programme.min_age_on_award) {
        return Ok(Err(too_young));
    }
    let journey = Journey {
        slug: slug.to_owned(),
        texts: consent_texts::digest_of(&consent_texts::first(ctx, &round)?),
        given: None,
        expires: ctx.now() + PATIENCE,
    };
    Ok(Ok(journey.sign(ctx)?))
}

/// What is asked, for a person of a sufficient age.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when the person has to begin again.
pub fn consent_page(ctx: &Context, slug: &str, journey: &str) -> Result<ConsentPage, ServiceError> {
    let (round, _, texts) = resume(ctx, slug, journey)?;
    Ok(ConsentPage { round, boxes: texts.iter().map(consent_box).collect() })
}

fn consent_box(offered: &Offered) -> ConsentBox {
    ConsentBox {
        control: offered.text.purpose.control(),
        required: offered.text.purpose.required(),
        title: consent_texts::title(&offered.row.purpose, None),
        paragraphs: offered.text.details.clone(),
        label: offered.text.statement.clone(),
    }
}

/// A person ticks boxes, given by the names of their controls.
///
/// # Errors
/// [`ServiceError::Invalid`] when a required one is not ticked; [`ServiceError::LinkSpent`].
pub fn give_consent(
    ctx: &Context,
    slug: &str,
    journey: &str,
    ticked: &[String],
) -> Result<String, ServiceError> {
    let (_, mut said, texts) = resume(ctx, slug, journey)?;
    let mut given = Vec::new();
    let mut errors = Vec::new();
    for offered in &texts {
        let purpose = &offered.text.purpose;
        if ticked.contains(&purpose.control()) {
            given.push(purpose.word());
        } else if purpose.required() {
            errors.push(FieldError {
                field: purpose.control(),
                message: "Tick the box to agree; without it we can't take your application"
                    .to_owned(),
            });
        }
    }
    if !errors.is_empty() {
        return Err(ServiceError::Invalid(errors));
    }
    said.given = Some(given);
    said.sign(ctx)
}

/// What a person has agreed to so far, to be shown beside the next step.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when the person has to begin again; [`ServiceError::RoundClosed`].
pub fn agreed(ctx: &Context, slug: &str, journey: &str) -> Result<Vec<ConsentBox>, ServiceError> {
    let (_, agreed) = resume_after_consent(ctx, slug, journey)?;
    Ok(agreed.iter().map(consent_box).collect())
}

/// A person gives an e-mail address; a link and a code are sent to it.
///
/// # Errors
/// [`ServiceError::Invalid`], [`ServiceError::LinkSpent`], [`ServiceError::RoundClosed`], [`ServiceError::TooMany`].
pub fn ask_address(
    ctx: &Context,
    slug: &str,
    journey: &str,
    email: &str,
    client: Option<IpAddr>,
) -> Result<Asked, ServiceError> {
    let (round, agreed) = resume_after_consent(ctx, slug, journey)?;
    let email = identity::check_email(email).map_err(|e| ServiceError::field("email", e))?;
    limits::mail(ctx, Audience::Applicant, &email, client)?;
    // Who has an account is written to at the address that the account has, not at one that is merely compared
    // as the same.
    let known = applicants::find_by_email(ctx, &email)?;
    let email = known.map_or_else(|| Secret::new(email), |(_, kept)| kept);
    let asked = Asked { browser: ctx.id()?.to_string() };
    let browser = links::browser_digest(ctx, &asked.browser)?;
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    ctx.steadily(|generation| {
        let (dossier, key) = ctx.new_dossier(Kind::SignIn, Class::Personal, None, kept)?;
        let id = ctx.id()?;
        let row = SignIn {
            email: Some(ctx.seal(&key, Slot::SignInEmail, &id, &dossier.id, &email)?),
            round_id: Some(round.id.clone()),
            browser: Some(browser.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, ("applicant", "apply"), links::MAILED_LINK)
        };
        let receipts = agreed
            .iter()
            .map(|offered| consent_texts::receipt(ctx, offered, &dossier.id, None, Some(&id)))
            .collect::<Result<Vec<_>, _>>()?;
        let mail = ctx.mail("confirm_address", &id, &dossier.id)?;
        ctx.write_under(generation, move |connection| {
            dossiers::insert(connection, &dossier)?;
            sign_ins::insert(connection, &row)?;
            for receipt in &receipts {
                receipt.insert(connection)?;
            }
            outbox::insert(connection, &mail)
        })?;
        Ok(())
    })?;
    Ok(asked)
}

/// Somebody who came from GitHub after consenting gives an e-mail address: what they began goes on with it.
pub(crate) fn confirm_named(
    ctx: &Context,
    named: &SignIn,
    email: &str,
    client: Option<IpAddr>,
) -> Result<Asked, ServiceError> {
    let email = identity::check_email(email).map_err(|e| ServiceError::field("email", e))?;
    limits::mail(ctx, Audience::Applicant, &email, client)?;
    let known = applicants::find_by_email(ctx, &email)?;
    let email = known.map_or_else(|| Secret::new(email), |(_, kept)| kept);
    let asked = Asked { browser: ctx.id()?.to_string() };
    let key = ctx.data_key(&named.dossier_id)?;
    let place = (&named.id, &named.dossier_id);
    let to = SignIn {
        purpose: "apply".to_owned(),
        email: Some(ctx.seal(&key, Slot::SignInEmail, place.0, place.1, &email)?),
        browser: Some(links::browser_digest(ctx, &asked.browser)?),
        expires_at: ctx.stamp() + links::MAILED_LINK,
        ..named.clone()
    };
    let mail = ctx.mail("confirm_address", &named.id, &named.dossier_id)?;
    let (from, now) = (named.clone(), ctx.stamp());
    let live = ctx.store.write(move |connection| {
        let live = sign_ins::advance(connection, &from, &to, now)?;
        if live {
            outbox::insert(connection, &mail)?;
        }
        Ok(live)
    })?;
    if live { Ok(asked) } else { Err(ServiceError::LinkSpent) }
}

/// A person who is signed in starts an application: the address is known and confirmed.
///
/// # Errors
/// [`ServiceError::LinkSpent`], [`ServiceError::RoundClosed`].
pub fn start(
    ctx: &Context,
    who: &Applicant,
    slug: &str,
    journey: &str,
) -> Result<Id, ServiceError> {
    let (round, agreed) = resume_after_consent(ctx, slug, journey)?;
    let given: Vec<String> = agreed.iter().map(|own| own.row.purpose.clone()).collect();
    ctx.steadily(|generation| {
        let account = ctx
            .store
            .read(|connection| accounts::find(connection, &who.account))?
            .ok_or(ServiceError::SignedOut)?;
        let key = ctx.data_key(&account.dossier_id)?;
        let email =
            ctx.open(&key, Slot::AccountEmail, &account.id, &account.dossier_id, &account.email)?;
        let joined = github_accounts::of_dossier(ctx, &account.dossier_id)?;
        let verified = joined.as_ref().map(|joined| &joined.user);
        let receipts = |dossier: &Id, id: &Id| {
            agreed
                .iter()
                .map(|offered| consent_texts::receipt(ctx, offered, dossier, Some(id), None))
                .collect()
        };
        let draft =
            new_draft::prepare(ctx, &account.id, &email, &round, &given, verified, receipts)?;
        let id = draft.id().clone();
        let entry = ctx.audit_plain(&Actor::Applicant(account.id), "application.started", &id)?;
        ctx.write_under(generation, move |connection| {
            draft.insert(connection)?;
            audit::insert(connection, &entry)
        })?;
        Ok(id)
    })
}

fn resume(
    ctx: &Context,
    slug: &str,
    journey: &str,
) -> Result<(RoundView, Journey, Vec<Offered>), ServiceError> {
    let said = Journey::read(ctx, journey).ok_or(ServiceError::LinkSpent)?;
    if said.slug != slug || said.expires <= ctx.now() {
        return Err(ServiceError::LinkSpent);
    }
    let round = rounds::get(ctx, slug)?;
    round.must_be_open()?;
    let texts = consent_texts::first(ctx, &round)?;
    // The texts changed since the person began: they have to be read anew.
    if consent_texts::digest_of(&texts) != said.texts {
        return Err(ServiceError::LinkSpent);
    }
    Ok((round, said, texts))
}

pub(crate) fn resume_after_consent(
    ctx: &Context,
    slug: &str,
    journey: &str,
) -> Result<(RoundView, Vec<Offered>), ServiceError> {
    let (round, said, mut texts) = resume(ctx, slug, journey)?;
    let given = said.given.as_ref().ok_or(ServiceError::LinkSpent)?;
    texts.retain(|offered| given.contains(&offered.row.purpose));
    Ok((round, texts))
}

impl Journey {
    fn sign(&self, ctx: &Context) -> Result<String, ServiceError> {
        let given = self.given.as_ref().map_or_else(|| "-".to_owned(), |given| given.join("+"));
        let said = format!("{}|{}|{given}|{}", self.slug, self.texts, self.expires.timestamp());
        let mac = ctx.vault.mac(MacPurpose::Journey, &[said.as_bytes()])?;
        let mut bytes = mac.to_vec();
        bytes.extend_from_slice(said.as_bytes());
        Ok(BASE64URL_NOPAD.encode(&bytes))
    }

    fn read(ctx: &Context, signed: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(signed.as_bytes()).ok()?;
        let (mac, said) = bytes.split_at_checked(32)?;
        let genuine = ctx.vault.verify_mac(MacPurpose::Journey, &[said], mac).unwrap_or(false);
        if !genuine {
            return None;
        }
        let mut parts = std::str::from_utf8(said).ok()?.split('|');
        let (slug, texts) = (parts.next()?, parts.next()?);
        let (given, expires) = (parts.next()?, parts.next()?);
        Some(Self {
            slug: slug.to_owned(),
            texts: texts.to_owned(),
            given: (given != "-").then(|| given.split('+').map(str::to_owned).collect()),
            expires: DateTime::from_timestamp(expires.parse().ok()?, 0)?,
        })
    }
}
