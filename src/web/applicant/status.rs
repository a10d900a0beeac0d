//! Where one application stands.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::application::Status;
use crate::service::Context;
use crate::service::read_own::{self, OwnView};
use crate::web::filters;
use crate::web::page::{Layout, call, send};
use crate::web::permitted::Own;

#[derive(Template)]
#[template(path = "applicant/status.html")]
struct StatusPage {
    page: Layout,
    own: OwnView,
}

impl StatusPage {
    /// What the addresses of its files begin with.
    fn files(&self) -> String {
        format!("/applications/{}/files/", self.own.row.id)
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    Own { session, application }: Own,
    request: HttpRequest,
) -> Answer {
    let said = match request.query_string() {
        "withdrawn=1" => Some("Your application is withdrawn."),
        "corrected=1" => Some("Your corrections are saved."),
        "inside=1" => Some("Only our staff assess your application from now on."),
        _ => None,
    };
    let page = Layout::applicant(&ctx, &session).saying(said);
    let own = call(&ctx, move |ctx| read_own::get(ctx, &application)).await?;
    send(&StatusPage { page, own })
}
