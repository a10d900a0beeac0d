//! What an applicant gets for a submission: the reference, and what happens next.

use actix_web::web;
use askama::Template;

use super::Answer;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::read_own::{self, OwnView};
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::permitted::Own;

#[derive(Template)]
#[template(path = "applicant/receipt.html")]
struct ReceiptPage {
    page: Layout,
    own: OwnView,
}

impl ReceiptPage {
    /// The address that the mail goes to.
    fn email(&self) -> Option<&Secret> {
        let mut rows = self.own.staff_only.iter().chain(&self.own.shared);
        rows.find(|row| row.control == "email").map(|row| &row.value)
    }
}

pub(super) async fn page(ctx: web::Data<Context>, Own { session, application }: Own) -> Answer {
    let page = Layout::applicant(&ctx, &session);
    let own = call(&ctx, move |ctx| read_own::get(ctx, &application)).await?;
    if own.row.submitted_at.is_none() {
        return Ok(see_other(&format!("/applications/{}", own.row.id)));
    }
    send(&ReceiptPage { page, own })
}
