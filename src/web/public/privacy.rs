//! The privacy notice. Its words come from the inventory.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::inventory::notice::{Block, Inline};
use crate::inventory::{self, Notice};
use crate::service::Context;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, send_public};

#[derive(Template)]
#[template(path = "public/privacy.html")]
struct PrivacyPage {
    page: Layout,
    notice: Notice,
}

pub(super) async fn page(ctx: web::Data<Context>) -> Result<HttpResponse, Failure> {
    let notice = inventory::notice(&ctx.site.controller);
    send_public(&PrivacyPage { page: Layout::public(&ctx), notice })
}
