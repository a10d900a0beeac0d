//! Pages for anyone, and the way into an application.

use actix_web::web;

use super::reads;
use super::session::Door;
use super::sign_in;

mod address;
mod age;
mod consent;
mod github;
mod privacy;
mod rounds;

/// The pages for anyone.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(reads("/", rounds::home))
        .service(reads("/rounds/{slug}", rounds::round))
        .service(reads("/rounds/{slug}/apply", age::page).route(web::post().to(age::answer)))
        .service(
            reads("/rounds/{slug}/consent", consent::page).route(web::post().to(consent::give)),
        )
        .service(reads("/rounds/{slug}/address", address::page).route(web::post().to(address::ask)))
        .service(web::resource("/rounds/{slug}/github").route(web::post().to(github::begin)))
        .service(reads("/apply/github", github::page).route(web::post().to(github::ask)))
        .service(reads("/privacy", privacy::page));
    sign_in::configure(config, Door::Applicant);
    super::github::configure(config, Door::Applicant);
    super::prove::configure(config, Door::Applicant);
}

/// What the first pages of an application carry along, since nothing is stored before consent.
#[derive(serde::Deserialize)]
struct Query {
    /// Opaque and signed by the service.
    #[serde(default)]
    journey: String,
}
