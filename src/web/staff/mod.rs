//! Pages of staff.

use actix_web::{HttpResponse, web};

use super::error::Failure;
use super::session::{Door, StaffSession};
use super::{passkeys, reads, sign_in};
use crate::domain::id::Id;

mod access;
mod access_log;
mod account;
mod application;
mod applications;
mod assessment;
mod assessors;
mod assignments;
mod audit;
mod come_in;
mod conflicts;
mod file;
mod home;
mod list_query;
mod organisation;
mod packet;
mod packet_file;
mod password;
mod people;
mod person;
mod prove;
mod results;
mod round_packets;
mod round_plan;
mod share_out;
mod sure;
mod take_back;
mod ways;
mod welcome;

/// Where staff come in, the page they come to, and what is their own. Finance comes in here, too.
pub fn configure_way_in(config: &mut web::ServiceConfig) {
    config
        .service(reads("/staff", home::page))
        .service(reads("/staff/sign-in", come_in::page))
        .service(web::resource("/staff/sign-in/password").route(web::post().to(come_in::password)))
        .service(
            reads("/staff/sign-in/password/code", come_in::code_page)
                .route(web::post().to(come_in::code)),
        )
        .service(web::resource("/staff/prove/password").route(web::post().to(prove::password)))
        .service(
            web::resource("/staff/sign-in/organisation")
                .route(web::post().to(organisation::sign_in)),
        )
        .service(reads("/staff/sign-in/organisation/return", organisation::come_back))
        .service(
            web::resource("/staff/prove/organisation").route(web::post().to(organisation::prove)),
        )
        .service(reads("/staff/prove", prove::page).route(web::post().to(prove::ask)))
        .service(reads("/staff/prove/code", prove::code_page).route(web::post().to(prove::code)))
        .service(reads("/staff/account", account::page))
        .service(
            web::resource("/staff/account/sessions").route(web::post().to(account::end_sessions)),
        );
    sign_in::configure(config, Door::Staff);
    passkeys::configure::<StaffSession>(config);
}

/// Pages of staff's work, and where their ways in are changed.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/staff/ways/organisation").route(web::post().to(organisation::join)),
        )
        .service(
            web::resource("/staff/ways/organisation/remove")
                .route(web::post().to(organisation::part)),
        )
        .service(reads("/staff/ways", ways::page))
        .service(
            reads("/staff/ways/password", password::page).route(web::post().to(password::choose)),
        )
        .service(
            reads("/staff/ways/password/app", password::app_page)
                .route(web::post().to(password::finish)),
        )
        .service(
            reads("/staff/ways/password/codes", password::codes_page)
                .route(web::post().to(password::renew_codes)),
        )
        .service(
            reads("/staff/ways/password/remove", password::remove_page)
                .route(web::post().to(password::remove)),
        )
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
            reads("/staff/applications/{id}/access", access::page)
                .route(web::post().to(access::ask)),
        )
        .service(
            reads("/staff/applications/{id}/files/{question}", file::fetch)
                .route(web::post().to(file::fetch_because)),
        )
        .service(
            reads("/staff/applications/{id}/packet", packet::page)
                .route(web::post().to(packet::change)),
        )
        .service(
            reads("/staff/applications/{id}/packet/files/{question}", packet_file::page)
                .route(web::post().to(packet_file::upload)),
        )
        .service(
            web::resource("/staff/applications/{id}/packet/files/{question}/look")
                .route(web::post().to(packet_file::judge)),
        )
        .service(
            web::resource("/staff/applications/{id}/packet/files/{question}/remove")
                .route(web::post().to(packet_file::remove)),
        )
        .service(reads(
            "/staff/applications/{id}/packet/files/{question}/content",
            packet_file::content,
        ))
        .service(
            reads("/staff/applications/{id}/assessment", assessment::page)
                .route(web::post().to(assessment::change)),
        )
        .service(reads("/staff/rounds/{slug}/results", results::page))
        .service(reads("/staff/rounds/{slug}/results.csv", results::csv))
        .service(reads("/staff/rounds/{slug}/results.xlsx", results::xlsx))
        .service(
            reads("/staff/rounds/{slug}/packets", round_packets::page)
                .route(web::post().to(round_packets::act)),
        )
        .service(
            reads("/staff/assessors", assessors::page).route(web::post().to(assessors::search)),
        )
        .service(
            reads("/staff/assessors/invite", assessors::invite_page)
                .route(web::post().to(assessors::invite)),
        )
        .service(reads("/staff/assessors/{id}", assessors::one))
        .service(
            web::resource("/staff/assessors/{id}/until")
                .route(web::post().to(assessors::set_until)),
        )
        .service(
            web::resource("/staff/assessors/{id}/tags").route(web::post().to(assessors::set_tags)),
        )
        .service(web::resource("/staff/assessors/{id}/end").route(web::post().to(assessors::end)))
        .service(
            web::resource("/staff/assessors/{id}/again").route(web::post().to(assessors::again)),
        )
        .service(
            reads("/staff/access-log", access_log::page).route(web::post().to(access_log::open)),
        )
        .service(reads("/staff/audit", audit::page))
        .service(reads("/staff/audit/{id}", audit::entry))
        .service(reads("/staff/people", people::page))
        .service(
            reads("/staff/people/invite", people::invite_page)
                .route(web::post().to(people::invite)),
        )
        .service(reads("/staff/people/{id}", person::page))
        .service(
            web::resource("/staff/people/{id}/roles").route(web::post().to(person::change_roles)),
        )
        .service(
            web::resource("/staff/people/{id}/state").route(web::post().to(person::change_state)),
        )
        .service(
            web::resource("/staff/people/{id}/sessions")
                .route(web::post().to(person::end_sessions)),
        )
        .service(
            web::resource("/staff/people/{id}/invitation")
                .route(web::post().to(person::change_invitation)),
        )
        .service(web::resource("/staff/people/{id}/ways").route(web::post().to(person::clear_ways)))
        .service(
            reads("/staff/welcome/{token}", welcome::page).route(web::post().to(welcome::accept)),
        );
    round_plan::configure(config);
    passkeys::configure_own::<StaffSession>(config);
}

/// The identifier in an address. What is none is answered like one that belongs to nothing.
fn id(text: &str) -> Result<Id, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}

type Answer = Result<HttpResponse, Failure>;
