//! An applicant's own pages.

use actix_web::{HttpResponse, web};

use super::error::Failure;
use super::reads;
use crate::domain::id::Id;

mod account;
mod address;
mod check;
mod correct;
mod field;
mod file;
mod list;
mod outside;
mod receipt;
mod recover;
mod section;
mod status;
mod unsaved;
mod who_saw;
mod withdraw;

/// An applicant's own pages.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(reads("/account", account::page))
        .service(web::resource("/account/sessions").route(web::post().to(account::end_sessions)))
        .service(reads("/account/address", address::page).route(web::post().to(address::ask)))
        .service(web::resource("/account/address/stop").route(web::post().to(account::stop_change)))
        .service(
            reads("/account/address/code", address::code_page).route(web::post().to(address::code)),
        )
        .service(
            reads("/account/address/link/{token}", address::link_page)
                .route(web::post().to(address::link)),
        )
        .service(
            reads("/account/recover/{token}", recover::page)
                .route(web::post().to(recover::recover)),
        )
        .service(
            reads("/account/stop/{token}", recover::stop_page).route(web::post().to(recover::stop)),
        )
        .service(reads("/applications", list::page))
        .service(reads("/applications/{id}", status::page))
        .service(
            reads("/applications/{id}/form/{section}", section::page)
                .route(web::post().to(section::save)),
        )
        .service(
            reads("/applications/{id}/files/{question}", file::page)
                .route(web::post().to(file::attach)),
        )
        .service(reads("/applications/{id}/files/{question}/content", file::content))
        .service(
            reads("/applications/{id}/files/{question}/remove", file::remove_page)
                .route(web::post().to(file::remove)),
        )
        .service(
            reads("/applications/{id}/check", check::page).route(web::post().to(check::submit)),
        )
        .service(reads("/account/who-saw-my-data", who_saw::page))
        .service(reads("/applications/{id}/receipt", receipt::page))
        .service(
            reads("/applications/{id}/correct", correct::page)
                .route(web::post().to(correct::correct)),
        )
        .service(
            reads("/applications/{id}/outside", outside::page)
                .route(web::post().to(outside::withdraw)),
        )
        .service(
            reads("/applications/{id}/withdraw", withdraw::page)
                .route(web::post().to(withdraw::withdraw)),
        );
}

/// The identifier in an address. What is none is answered like one that belongs to nobody.
fn id(text: &str) -> Result<Id, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}

type Answer = Result<HttpResponse, Failure>;
