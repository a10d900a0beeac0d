//! Pages of staff.

use actix_web::{HttpResponse, web};

use super::error::Failure;
use super::session::Door;
use super::{reads, sign_in};
use crate::domain::id::Id;

mod application;
mod applications;
mod home;
mod list_query;
mod people;
mod welcome;

/// Where staff come in, and the page they come to. Finance comes in here, too.
pub fn configure_way_in(config: &mut web::ServiceConfig) {
    config.service(reads("/staff", home::page));
    sign_in::configure(config, Door::Staff);
}

/// Pages of staff, but for the way in.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            reads("/staff/applications", applications::page)
                .route(web::post().to(applications::search)),
        )
        .service(reads("/staff/applications/{id}", application::page))
        .service(
            web::resource("/staff/applications/{id}/status")
                .route(web::post().to(application::change_status)),
        )
        .service(reads("/staff/people", people::page).route(web::post().to(people::invite)))
        .service(
            reads("/staff/welcome/{token}", welcome::page).route(web::post().to(welcome::accept)),
        );
}

/// The identifier in an address. What is none is answered like one that belongs to nothing.
fn id(text: &str) -> Result<Id, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}

type Answer = Result<HttpResponse, Failure>;
