//! Making and removing one's own passkeys.

use actix_web::web;
use askama::Template;

use super::ways::{self, proof_first};
use super::{Answer, id, prove};
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::own_sessions::SignedIn;
use crate::service::passkeys::{self, Question};
use crate::service::ways::Way;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::session::StaffSession;

pub(super) async fn begin(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let name = session.trust(posted.only(&["name"])?)?.value("name");
    let (who, person, given) =
        (SignedIn::from(&*session.who), session.who.name.clone(), name.clone());
    let begun = call(&ctx, move |ctx| passkeys::begin_adding(ctx, &who, &person, &given)).await;
    match begun {
        Ok(()) => Ok(see_other("/staff/ways/passkeys/new")),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            ways::show(&ctx, &session, None, errors, name).await
        }
        Err(failure) => Err(proof_first(failure, "/staff/ways")),
    }
}

#[derive(Template)]
#[template(path = "staff/ways_passkey.html")]
struct NewPage {
    page: Layout,
    question: Question,
}

pub(super) async fn page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    let who = SignedIn::from(&*session.who);
    let question = call(&ctx, move |ctx| passkeys::adding(ctx, &who)).await?;
    send(&NewPage { page: Layout::staff(&ctx, &session), question })
}

pub(super) async fn add(ctx: web::Data<Context>, session: StaffSession, posted: Posted) -> Answer {
    let form = session.trust(posted.only(&["credential", "then"])?)?;
    let (who, answer) = (SignedIn::from(&*session.who), form.value("credential"));
    let then = "/staff/ways?done=passkey";
    match call(&ctx, move |ctx| passkeys::add(ctx, &who, &answer, then)).await {
        Ok(renewed) => Ok(prove::go_on(&renewed)),
        Err(Failure::Service(ServiceError::Invalid(mut errors))) => {
            for error in &mut errors {
                error.field = "ways".to_owned();
                error.message = "No passkey was made. Try again, or set up another way".to_owned();
            }
            ways::show(&ctx, &session, None, errors, Secret::default()).await
        }
        Err(failure) => Err(proof_first(failure, "/staff/ways")),
    }
}

pub(super) async fn remove(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["passkey"])?)?;
    ways::remove(&ctx, &session, Way::Passkey(id(form.word("passkey"))?)).await
}
