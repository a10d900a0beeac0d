//! Pages of staff.

use actix_web::{HttpResponse, web};

use super::error::Failure;
use super::session::Door;
use super::{reads, sign_in};
use crate::domain::id::Id;

mod access_log;
mod application;
mod applications;
mod audit;
mod home;
mod list_query;
mod people;
mod welcome;

/// Pages of staff.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(reads("/staff", home::page))
        .service(
            reads("/staff/applications", applications::page)
                .route(web::post().to(applications::search)),
        )
        .service(
            reads("/staff/applications/{id}", application::page)
                .route(web::post().to(application::open)),
        )
        .service(
            web::resource("/staff/applications/{id}/status")
                .route(web::post().to(application::change_status)),
        )
        .service(
            reads("/staff/access-log", access_log::page).route(web::post().to(access_log::open)),
        )
        .service(reads("/staff/audit", audit::page))
        .service(reads("/staff/audit/{id}", audit::entry))
        .service(reads("/staff/people", people::page).route(web::post().to(people::invite)))
        .service(
            reads("/staff/welcome/{token}", welcome::page).route(web::post().to(welcome::accept)),
        );
    sign_in::configure(config, Door::Staff);
}

/// The identifier in an address. What is none is answered like one that belongs to nothing.
fn id(text: &str) -> Result<Id, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}

type Answer = Result<HttpResponse, Failure>;
