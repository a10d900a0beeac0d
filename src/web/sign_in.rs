//! Coming in and going out: an address, then a link or a code. Applicants and staff do it alike.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::error::Failure;
use super::filters;
use super::form::Posted;
use super::page::{Layout, call, own_address, send, send_as, send_to_github};
use super::reads;
use super::session::{Door, VISIT, cookie, drop_cookie, set_cookie, trust, user_agent};
use super::visitor;
use crate::domain::form::FieldError;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::github;
use crate::service::session::{self, NewSession};
use crate::service::sign_in::{self, LinkPurpose, LinkView};
use crate::service::views::ConsentView;

/// The pages of one door.
pub fn configure(config: &mut web::ServiceConfig, door: Door) {
    let at = |path: &str| format!("{}{path}", door.prefix());
    config
        .service(reads(door.by_mail(), ask_page).route(web::post().to(ask)))
        .service(reads(&at("/sign-in/code"), code_page).route(web::post().to(code)))
        .service(reads(&at("/sign-in/link/{token}"), link_page).route(web::post().to(link)))
        .service(web::resource(at("/sign-out")).route(web::post().to(sign_out)));
}

/// Asks for the e-mail address.
#[derive(Template)]
#[template(path = "sign_in/ask.html")]
struct AskPage {
    page: Layout,
    door: Door,
    email: Secret,
    /// Whether staff may work after signing in by mail alone.
    by_mail_alone: bool,
    /// Whether GitHub lets people in here.
    github: bool,
    /// Where to go on afterwards.
    then: Option<String>,
}

impl AskPage {
    fn new(ctx: &Context, page: Layout, door: Door, email: Secret, then: Option<String>) -> Self {
        let github = door != Door::Staff && github::is_offered(ctx);
        Self { page, door, email, by_mail_alone: ctx.site.staff_by_mail, github, then }
    }
}

async fn ask_page(ctx: web::Data<Context>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let out = request.query_string() == "signed-out=1";
    let door = Door::of_path(request.path());
    let page = Layout::at(&ctx, door).saying(out.then_some("You are signed out."));
    let page = AskPage::new(&ctx, page, door, Secret::default(), then_of(request.query_string()));
    send_at(&ctx, door, StatusCode::OK, &page)
}

/// Sends a page before a door. From that of staff nothing leads to GitHub.
fn send_at(
    ctx: &Context,
    door: Door,
    status: StatusCode,
    page: &impl Template,
) -> Result<HttpResponse, Failure> {
    if door == Door::Staff { send_as(status, page) } else { send_to_github(ctx, status, page) }
}

async fn ask(
    ctx: web::Data<Context>,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let door = Door::of_path(request.path());
    let form = posted.only(&["email", "then"])?;
    let (email, then) = (form.value("email"), goes_on(form.word("then")));
    let (address, client) = (email.clone(), visitor::network(&request));
    let asked = call(&ctx, move |ctx| sign_in::ask(ctx, door.audience(), address.expose(), client));
    match asked.await {
        Ok(asked) => Ok(to_code_then(door, &asked.browser, then.as_deref())),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::at(&ctx, door).with_errors(errors);
            let page = AskPage::new(&ctx, page, door, email, then);
            send_at(&ctx, door, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}

/// The page that asks for the address, with what is wrong.
///
/// # Errors
/// When the page can't be written.
pub fn wrong(
    ctx: &Context,
    door: Door,
    errors: Vec<FieldError>,
    email: Secret,
) -> Result<HttpResponse, Failure> {
    let page = Layout::at(ctx, door).with_errors(errors);
    let page = AskPage::new(ctx, page, door, email, None);
    send_at(ctx, door, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Sends a browser that asked for a code to the page where it is typed.
#[must_use]
pub fn to_code(door: Door, browser: &str) -> HttpResponse {
    to_code_then(door, browser, None)
}

fn to_code_then(door: Door, browser: &str, then: Option<&str>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    set_cookie(&mut response, VISIT, browser);
    let page = format!("{}/sign-in/code", door.prefix());
    let page = then.map_or(page.clone(), |then| going_on(&page, then));
    response.insert_header((header::LOCATION, page)).finish()
}

/// The address of a page before a door, from which one goes on to another.
#[must_use]
pub fn going_on(page: &str, then: &str) -> String {
    let then = form_urlencoded::byte_serialize(then.as_bytes()).collect::<String>();
    format!("{page}?then={then}")
}

/// Where to go on after signing in: to confirm a new address, and nowhere else.
fn goes_on(then: &str) -> Option<String> {
    let own = own_address(then) == then && then.starts_with("/account/address/link/");
    own.then(|| then.to_owned())
}

/// The same, as an address says it.
fn then_of(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "then").and_then(|(_, then)| goes_on(&then))
}

/// Asks for the code that was mailed.
#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodePage {
    page: Layout,
    door: Door,
    /// Whether the browser brought the cookie that ties a code to it.
    kept_cookie: bool,
    /// Where to go on afterwards.
    then: Option<String>,
}

async fn code_page(ctx: web::Data<Context>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let door = Door::of_path(request.path());
    let kept_cookie = cookie(&request, VISIT).is_some();
    let then = then_of(request.query_string());
    send(&CodePage { page: Layout::at(&ctx, door), door, kept_cookie, then })
}

async fn code(
    ctx: web::Data<Context>,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let door = Door::of_path(request.path());
    let form = posted.only(&["code", "then"])?;
    let (code, then) = (form.value("code"), goes_on(form.word("then")));
    let Some(browser) = cookie(&request, VISIT) else {
        let page = Layout::at(&ctx, door);
        return send(&CodePage { page, door, kept_cookie: false, then });
    };
    let (agent, client) = (user_agent(&request), visitor::network(&request));
    let session = call(&ctx, move |ctx| {
        sign_in::by_code(ctx, Some(&browser), code.expose().trim(), &agent, client)
    });
    match session.await {
        Ok(mut session) => {
            if let (Some(then), Audience::Applicant) = (then, session.audience) {
                session.go_to = then;
            }
            Ok(signed_in(&session))
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::at(&ctx, door).with_errors(errors);
            let page = CodePage { page, door, kept_cookie: true, then };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}

/// Shows a button. Programs that check mail open links: opening must change nothing.
#[derive(Template)]
#[template(path = "sign_in/link.html")]
struct LinkPage {
    page: Layout,
    door: Door,
    token: String,
    /// The round for which somebody confirms an address; none for a plain sign-in.
    applies_in: Option<String>,
    same_browser: bool,
    /// What pressing the button confirms.
    consents: Vec<ConsentView>,
    /// The username with which whoever entered the address came from GitHub.
    github: Option<Secret>,
}

async fn link_page(
    ctx: web::Data<Context>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let door = Door::of_path(request.path());
    let token = token.into_inner();
    let (asked, browser) = (token.clone(), cookie(&request, VISIT));
    let view = call(&ctx, move |ctx| {
        let view = sign_in::look(ctx, &asked, browser.as_deref())?;
        if is_for(&view, door) { Ok(view) } else { Err(ServiceError::LinkSpent) }
    })
    .await?;
    let same_browser = view.same_browser;
    let applies_in = match view.purpose {
        LinkPurpose::Apply(round) => Some(round),
        _ => None,
    };
    let (consents, github) = (view.consents, view.github);
    let page = Layout::at(&ctx, door);
    send(&LinkPage { page, door, token, applies_in, same_browser, consents, github })
}

async fn link(
    ctx: web::Data<Context>,
    request: HttpRequest,
    token: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    posted.only(&[])?;
    let door = Door::of_path(request.path());
    let (agent, browser) = (user_agent(&request), cookie(&request, VISIT));
    let session = call(&ctx, move |ctx| {
        // A link of the other door is not used up by being tried here.
        if !is_for(&sign_in::look(ctx, &token, None)?, door) {
            return Err(ServiceError::LinkSpent);
        }
        sign_in::by_link(ctx, &token, browser.as_deref(), &agent)
    });
    Ok(signed_in(&session.await?))
}

/// Whether a link opens this door. Those that ask for a name first have a page of their own.
const fn is_for(view: &LinkView, door: Door) -> bool {
    match view.purpose {
        LinkPurpose::Apply(_) | LinkPurpose::Applicant => matches!(door, Door::Applicant),
        LinkPurpose::Staff => matches!(door, Door::Staff),
        LinkPurpose::Assessor => matches!(door, Door::Assessor),
        LinkPurpose::Invitation(_) | LinkPurpose::FirstAdmin => false,
    }
}

/// Gives the browser its session and sends it where the person wanted to go.
#[must_use]
pub fn signed_in(session: &NewSession) -> HttpResponse {
    let door = Door::of(session.audience);
    let mut response = HttpResponse::SeeOther();
    set_cookie(&mut response, door.cookie(), &session.cookie);
    drop_cookie(&mut response, VISIT);
    let to = own_address(&session.go_to);
    // The next page tells by this mark that a cookie should have come with it.
    let mark = if to.contains('?') { '&' } else { '?' };
    response.insert_header((header::LOCATION, format!("{to}{mark}signed-in=1"))).finish()
}

async fn sign_out(
    ctx: web::Data<Context>,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let door = Door::of_path(request.path());
    let form = posted.only(&[])?;
    if let Some(cookie) = cookie(&request, door.cookie()) {
        let own = cookie.clone();
        let token = call(&ctx, move |ctx| session::token(ctx, door.audience(), &own));
        match token.await {
            Ok(token) => {
                trust(form, &token)?;
                call(&ctx, move |ctx| session::end(ctx, &cookie)).await?;
            }
            // Who is not signed in is signed out already. That a session could not be looked up does not mean
            // that there is none.
            Err(Failure::Service(ServiceError::SignedOut)) => {}
            Err(failure) => return Err(failure),
        }
    }
    let mut response = HttpResponse::SeeOther();
    drop_cookie(&mut response, door.cookie());
    Ok(response
        .insert_header((header::LOCATION, format!("{}?signed-out=1", door.sign_in())))
        // Not "cookies": that would sign the person out of every site of the same domain.
        .insert_header(("clear-site-data", "\"cache\", \"storage\""))
        .finish())
}
