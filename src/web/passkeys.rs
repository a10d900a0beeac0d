//! Passkeys: signing in with one, proving with one that it is oneself, making and removing one's own. Alike for staff
//! and assessors; the pages around them are each audience's own.

use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;

use super::error::Failure;
use super::form::{Form, Posted};
use super::page::{Layout, call, see_other, send};
use super::prove::{Then, go_on, proof_first};
use super::session::{Door, VISIT, cookie, set_cookie, user_agent};
use super::sign_in::signed_in;
use super::{filters, reads, visitor};
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::own_sessions::SignedIn;
use crate::service::passkeys::{self, Question, sign_in};
use crate::service::ways::{self, Way};

type Answer = Result<HttpResponse, Failure>;

/// Somebody who is signed in and may have passkeys, with the pages of their audience on which mistakes are shown.
pub trait Holder: FromRequest<Error = Failure> + 'static {
    /// Where they come in.
    const DOOR: Door;

    /// Who it is.
    fn who(&self) -> SignedIn;

    /// What they are called.
    fn name(&self) -> Secret;

    /// What their pages share.
    fn layout(&self, ctx: &Context) -> Layout;

    /// The form, when it was posted from a page of their session.
    ///
    /// # Errors
    /// [`Failure::Forged`] when it was not.
    fn trust(&self, form: Form) -> Result<Form, Failure>;

    /// The sign-in page of their audience, with what is wrong.
    ///
    /// # Errors
    /// When the page can't be written.
    fn door_page(ctx: &Context, errors: Vec<FieldError>) -> Answer;

    /// The page where they prove that it is they, with what is wrong. `then` is where they go on.
    async fn prove_page(
        &self,
        ctx: &web::Data<Context>,
        then: String,
        errors: Vec<FieldError>,
    ) -> Answer;

    /// The page on which their passkeys stand, with what is wrong, and the name that was typed for a new one.
    async fn own_page(
        &self,
        ctx: &web::Data<Context>,
        errors: Vec<FieldError>,
        name: Secret,
    ) -> Answer;
}

/// Signing in and proving, at the door of an audience.
pub fn configure<H: Holder>(config: &mut web::ServiceConfig) {
    let at = |path: &str| format!("{}{path}", H::DOOR.prefix());
    config
        .service(reads(&at("/sign-in/passkey"), asked::<H>).route(web::post().to(ask::<H>)))
        .service(web::resource(at("/sign-in/passkey/answer")).route(web::post().to(come_in::<H>)))
        .service(reads(&at("/prove/passkey"), proving::<H>).route(web::post().to(ask_proof::<H>)))
        .service(web::resource(at("/prove/passkey/answer")).route(web::post().to(proved::<H>)));
}

/// Making and removing one's own.
pub fn configure_own<H: Holder>(config: &mut web::ServiceConfig) {
    let own = |path: &str| format!("{}{path}", H::DOOR.ways());
    config
        .service(web::resource(own("/passkeys")).route(web::post().to(begin::<H>)))
        .service(reads(&own("/passkeys/new"), adding::<H>).route(web::post().to(add::<H>)))
        .service(web::resource(own("/passkeys/remove")).route(web::post().to(remove::<H>)));
}

/// Asks the browser for a passkey. `back` is where the other ways are.
#[derive(Template)]
#[template(path = "passkeys/use.html")]
struct UsePage {
    page: Layout,
    door: Door,
    question: Question,
    action: String,
    then: String,
    back: String,
}

async fn ask<H: Holder>(ctx: web::Data<Context>, posted: Posted) -> Answer {
    posted.only(&[])?;
    let asked = call(&ctx, |ctx| sign_in::ask(ctx, H::DOOR.audience())).await?;
    let mut response = HttpResponse::SeeOther();
    set_cookie(&mut response, VISIT, &asked.browser);
    let to = format!("{}/passkey", H::DOOR.sign_in());
    Ok(response.insert_header((header::LOCATION, to)).finish())
}

async fn asked<H: Holder>(ctx: web::Data<Context>, request: HttpRequest) -> Answer {
    let browser = cookie(&request, VISIT);
    let audience = H::DOOR.audience();
    let question = call(&ctx, move |ctx| sign_in::asked(ctx, audience, browser.as_deref())).await?;
    send(&UsePage {
        page: Layout::at(&ctx, H::DOOR),
        door: H::DOOR,
        question,
        action: format!("{}/passkey/answer", H::DOOR.sign_in()),
        then: String::new(),
        back: H::DOOR.sign_in().to_owned(),
    })
}

async fn come_in<H: Holder>(
    ctx: web::Data<Context>,
    request: HttpRequest,
    posted: Posted,
) -> Answer {
    let answer = posted.only(&["credential", "then"])?.value("credential");
    let (browser, agent) = (cookie(&request, VISIT), user_agent(&request));
    let client = visitor::network(&request);
    let entered = call(&ctx, move |ctx| {
        sign_in::come_in(ctx, H::DOOR.audience(), browser.as_deref(), &answer, &agent, client)
    });
    match entered.await {
        Ok(session) => Ok(signed_in(&session)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => H::door_page(&ctx, errors),
        Err(failure) => Err(failure),
    }
}

async fn ask_proof<H: Holder>(ctx: web::Data<Context>, holder: H, posted: Posted) -> Answer {
    let then = Then::of(&holder.trust(posted.only(&["then"])?)?).address(H::DOOR);
    let who = holder.who();
    match call(&ctx, move |ctx| passkeys::begin_proof(ctx, &who)).await {
        Ok(()) => {
            let then = filters::encoded(&then);
            Ok(see_other(&format!("{}/passkey?then={then}", H::DOOR.prove())))
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            holder.prove_page(&ctx, then, errors).await
        }
        Err(failure) => Err(failure),
    }
}

async fn proving<H: Holder>(ctx: web::Data<Context>, holder: H, query: web::Query<Then>) -> Answer {
    let who = holder.who();
    let question = call(&ctx, move |ctx| passkeys::proving(ctx, &who)).await?;
    let then = query.address(H::DOOR);
    send(&UsePage {
        page: holder.layout(&ctx),
        door: H::DOOR,
        question,
        action: format!("{}/passkey/answer", H::DOOR.prove()),
        back: format!("{}?then={}", H::DOOR.prove(), filters::encoded(&then)),
        then,
    })
}

async fn proved<H: Holder>(ctx: web::Data<Context>, holder: H, posted: Posted) -> Answer {
    let form = holder.trust(posted.only(&["credential", "then"])?)?;
    let then = Then::of(&form).address(H::DOOR);
    let (who, answer, to) = (holder.who(), form.value("credential"), then.clone());
    match call(&ctx, move |ctx| passkeys::proof(ctx, &who, &answer, &to)).await {
        Ok(renewed) => Ok(go_on(&renewed)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            holder.prove_page(&ctx, then, errors).await
        }
        Err(failure) => Err(failure),
    }
}

async fn begin<H: Holder>(ctx: web::Data<Context>, holder: H, posted: Posted) -> Answer {
    let name = holder.trust(posted.only(&["name"])?)?.value("name");
    let (who, person, given) = (holder.who(), holder.name(), name.clone());
    match call(&ctx, move |ctx| passkeys::begin_adding(ctx, &who, &person, &given)).await {
        Ok(()) => Ok(see_other(&format!("{}/passkeys/new", H::DOOR.ways()))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            holder.own_page(&ctx, errors, name).await
        }
        Err(failure) => Err(proof_first(failure, H::DOOR, H::DOOR.ways())),
    }
}

/// Lets the browser make one.
#[derive(Template)]
#[template(path = "passkeys/new.html")]
struct NewPage {
    page: Layout,
    door: Door,
    question: Question,
}

async fn adding<H: Holder>(ctx: web::Data<Context>, holder: H) -> Answer {
    let who = holder.who();
    let question = call(&ctx, move |ctx| passkeys::adding(ctx, &who)).await?;
    send(&NewPage { page: holder.layout(&ctx), door: H::DOOR, question })
}

async fn add<H: Holder>(ctx: web::Data<Context>, holder: H, posted: Posted) -> Answer {
    let form = holder.trust(posted.only(&["credential", "then"])?)?;
    let (who, answer) = (holder.who(), form.value("credential"));
    let then = format!("{}?done=passkey", H::DOOR.ways());
    match call(&ctx, move |ctx| passkeys::add(ctx, &who, &answer, &then)).await {
        Ok(renewed) => Ok(go_on(&renewed)),
        Err(Failure::Service(ServiceError::Invalid(mut errors))) => {
            for error in &mut errors {
                error.field = "passkeys".to_owned();
                error.message = "No passkey was made. Try again, or use another way".to_owned();
            }
            holder.own_page(&ctx, errors, Secret::default()).await
        }
        Err(failure) => Err(proof_first(failure, H::DOOR, H::DOOR.ways())),
    }
}

async fn remove<H: Holder>(ctx: web::Data<Context>, holder: H, posted: Posted) -> Answer {
    let form = holder.trust(posted.only(&["passkey"])?)?;
    let id = form.word("passkey").parse().map_err(|_| Failure::NotFound)?;
    remove_way(&ctx, &holder, Way::Passkey(id)).await
}

/// Removes a way to sign in, and shows the page again on which it stood.
///
/// # Errors
/// The service's.
pub async fn remove_way<H: Holder>(ctx: &web::Data<Context>, holder: &H, way: Way) -> Answer {
    let who = holder.who();
    match call(ctx, move |ctx| ways::remove(ctx, &who, &way)).await {
        Ok(()) => Ok(see_other(&format!("{}?done=removed", H::DOOR.ways()))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            holder.own_page(ctx, errors, Secret::default()).await
        }
        Err(failure) => Err(proof_first(failure, H::DOOR, H::DOOR.ways())),
    }
}

/// What was just done, by what the address says of it.
#[must_use]
pub fn said(query: &str) -> Option<&'static str> {
    match query.split('&').find_map(|pair| pair.strip_prefix("done="))? {
        "passkey" => Some("The passkey is made. You can sign in with it from now on."),
        "organisation" => {
            Some("Your account there is joined. You can sign in with it from now on.")
        }
        "removed" => Some("That way to sign in is gone. You are told by mail, too."),
        _ => None,
    }
}
