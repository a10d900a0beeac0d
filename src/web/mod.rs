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
use crate::service::{Context, health};

mod applicant;
mod assessor;
mod assets;
mod error;
mod filters;
mod form;
mod github;
mod headers;
mod page;
mod prove;
mod public;
pub mod routes;
mod session;
mod sign_in;
mod staff;
mod trouble;
mod visitor;

pub use visitor::BehindProxy;

/// Every page. The application's data must hold a `web::Data<service::Context>`, and [`guard`] must be around it all.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(form::MOST_BYTES))
        .service(reads("/healthz", alive))
        .service(reads("/readyz", ready))
        .service(reads("/static/{file}", assets::file))
        .configure(public::configure)
        .configure(applicant::configure)
        .configure(staff::configure)
        .configure(assessor::configure);
}

/// Stands around every page: refuses what another site posts, explains what failed, and puts on the headers.
///
/// # Errors
/// Those of a middleware inside it.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = if headers::is_foreign(&request) {
        request.error_response(Failure::Forged)
    } else if is_undeclared(&request) {
        tracing::error!("a page has no row in the table of routes, and is not answered");
        request.error_response(Failure::NotFound)
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    Ok(headers::put_on(error::explain(response)))
}

/// Whether there is a page that the table of routes does not know.
fn is_undeclared(request: &ServiceRequest) -> bool {
    let known = |method: &Method, pattern: &str| routes::find(method, pattern).is_some();
    request.match_pattern().is_some_and(|pattern| match *request.method() {
        Method::GET | Method::HEAD | Method::POST => {
            // A method that the page does not take is answered by the page.
            !known(&Method::GET, &pattern) && !known(&Method::POST, &pattern)
        }
        _ => false,
    })
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
