//! Everything that a person sees: extract, call one service, render.
//!
//! One folder an audience; audiences do not know each other. What they share stands beside them.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, Handler, HttpResponse, Resource, Responder, web};

use self::error::Failure;
use self::page::call;
use crate::inventory::{Surface, Surfaces};
use crate::service::limits::{self, Kind};
use crate::service::{Context, ServiceError, health};

mod access;
mod applicant;
mod assessor;
mod assets;
mod download;
mod elsewhere;
mod entrance;
mod error;
mod filters;
mod form;
mod github;
mod headers;
mod page;
mod passkeys;
mod permitted;
mod prove;
mod public;
pub mod routes;
mod session;
mod sign_in;
mod staff;
mod trouble;
mod upload;
mod visitor;

pub use error::{spoken_in_clear, unread};
pub use visitor::Transport;

/// Every page of some surfaces; of others there is no route. What is asked of each process is in all.
///
/// The application's data must hold a `web::Data<service::Context>`, and [`guard`] must be around it all.
pub fn configure(config: &mut web::ServiceConfig, surfaces: Surfaces) {
    config
        .app_data(web::PayloadConfig::new(form::MOST_BYTES))
        .service(reads("/healthz", alive))
        .service(reads("/readyz", ready))
        .service(reads("/static/{file}", assets::file));
    if surfaces.has(Surface::Applicant) {
        config.configure(public::configure).configure(applicant::configure);
    }
    if surfaces.has(Surface::Staff) {
        config.configure(staff::configure);
    }
    if surfaces.has(Surface::Staff) || surfaces.has(Surface::Finance) {
        config.configure(staff::configure_way_in);
    }
    if surfaces.has(Surface::Assessor) {
        config.configure(assessor::configure);
    }
}

/// Stands around every page: refuses what travelled in clear or was posted by another site, explains what failed, and
/// puts on the headers.
///
/// # Errors
/// Those of a middleware inside it.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = match refusal(&request) {
        Some(failure) => request.error_response(failure),
        None => next.call(request).await?.map_into_boxed_body(),
    };
    access::record(&response);
    Ok(headers::put_on(error::explain(response)))
}

/// Why a request is not even looked at.
fn refusal(request: &ServiceRequest) -> Option<Failure> {
    if headers::are_too_long(request) {
        return Some(Failure::HeadTooLarge);
    }
    if let Some(in_clear) = visitor::refusal(request) {
        return Some(in_clear);
    }
    if headers::is_foreign(request) {
        return Some(Failure::Forged);
    }
    let pattern = request.match_pattern();
    if let Err(error) = counted(request, pattern.as_deref().unwrap_or_default()) {
        return Some(error.into());
    }
    if pattern.is_some_and(|pattern| is_undeclared(request.method(), &pattern)) {
        tracing::error!("a page has no row in the table of routes, and is not answered");
        return Some(Failure::NotFound);
    }
    None
}

/// Whether this may be asked for now, by the network that it comes from and by everybody together.
fn counted(request: &ServiceRequest, pattern: &str) -> Result<(), ServiceError> {
    // Those who look after the machines ask often.
    if matches!(request.path(), "/healthz" | "/readyz") {
        return Ok(());
    }
    let Some(ctx) = request.app_data::<web::Data<Context>>() else { return Ok(()) };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let last = pattern.rsplit('/').next().unwrap_or_default();
    let kind = match () {
        () if reads => Kind::Page,
        () if MAILS.contains(&last) || pattern == "/apply/github" => Kind::Mail,
        () if pattern.split('/').any(|part| TRIES.contains(&part)) => Kind::Try,
        () => Kind::Post,
    };
    limits::request(ctx, kind, visitor::network(request.request()))
}

/// The ends of addresses that ask for a mail with a link or a code.
const MAILS: [&str; 4] = ["sign-in", "mail", "prove", "address"];
/// Parts of addresses at which codes, passwords, passkeys and links are tried.
const TRIES: [&str; 6] = ["sign-in", "prove", "welcome", "recover", "code", "link"];

/// Whether there is a page that the table of routes does not know.
fn is_undeclared(method: &Method, pattern: &str) -> bool {
    let known = |method: &Method| routes::find(method, pattern).is_some();
    match *method {
        // A method that the page does not take is answered by the page.
        Method::GET | Method::HEAD | Method::POST => !known(&Method::GET) && !known(&Method::POST),
        _ => false,
    }
}

/// A page that is read: by GET, and by HEAD. Any other method is answered with 405 and the list of those there are.
fn reads<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler))
}

/// The process runs.
async fn alive() -> HttpResponse {
    plain(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")), "alive\n")
}

/// The process can answer: the database and the keys are there.
async fn ready(ctx: web::Data<Context>) -> HttpResponse {
    match call(&ctx, health::ready).await {
        Ok(()) => plain(&mut HttpResponse::Ok(), "ready\n"),
        Err(_) => plain(&mut HttpResponse::ServiceUnavailable(), "not ready\n"),
    }
}

fn plain(response: &mut actix_web::HttpResponseBuilder, text: &'static str) -> HttpResponse {
    response.insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(text)
}
