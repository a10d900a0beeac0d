//! Pages of assessors. Nothing here knows of any type that holds applicants' data.

use actix_web::{HttpResponse, web};

use super::error::Failure;
use super::session::{AssessorSession, Door};
use super::{github, passkeys, prove, reads, sign_in};

mod account;
mod assigned;
mod conflicts;
mod give_back;
mod home;
mod others;
mod packet;
mod undertaking;
mod unsaved;
mod welcome;

/// Pages of assessors.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(reads("/assess", home::page))
        .service(
            reads("/assess/conflicts", conflicts::page).route(web::post().to(conflicts::answer)),
        )
        .service(reads("/assess/packets/{id}", packet::page).route(web::post().to(packet::give)))
        .service(
            reads("/assess/packets/{id}/undertaking", undertaking::page)
                .route(web::post().to(undertaking::accept)),
        )
        .service(reads("/assess/packets/{id}/others", others::page))
        .service(reads("/assess/packets/{id}/files/{number}", packet::file))
        .service(
            reads("/assess/packets/{id}/decline", give_back::ask_decline)
                .route(web::post().to(give_back::decline)),
        )
        .service(
            reads("/assess/packets/{id}/conflict", give_back::ask_conflict)
                .route(web::post().to(give_back::conflict)),
        )
        .service(reads("/assess/account", account::page))
        .service(
            web::resource("/assess/account/sessions").route(web::post().to(account::end_sessions)),
        )
        .service(
            reads("/assess/welcome/{token}", welcome::page).route(web::post().to(welcome::accept)),
        );
    sign_in::configure(config, Door::Assessor);
    github::configure(config, Door::Assessor);
    prove::configure(config, Door::Assessor);
    passkeys::configure::<AssessorSession>(config);
    passkeys::configure_own::<AssessorSession>(config);
}

type Answer = Result<HttpResponse, Failure>;
