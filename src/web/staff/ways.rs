//! One's own ways to sign in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Answer, come_in};
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::organisation;
use crate::service::own_sessions::SignedIn;
use crate::service::ways::{self, Ways};
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::page::{Layout, call, send_to_organisation};
use crate::web::passkeys::{self, Holder};
use crate::web::session::{Door, StaffSession};
use crate::web::{filters, prove};

#[derive(Template)]
#[template(path = "staff/ways.html")]
struct WaysPage {
    page: Layout,
    ways: Ways,
    may_work: bool,
    /// What the organisation's own sign-in is called, where there is one.
    organisation: Option<String>,
    /// The name that was typed for a new passkey.
    name: Secret,
}

impl WaysPage {
    fn heading(&self) -> &'static str {
        if self.ways.is_empty() { "Set up a way to sign in" } else { "Your ways to sign in" }
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    request: HttpRequest,
) -> Answer {
    let said = passkeys::said(request.query_string());
    show(&ctx, &session, said, Vec::new(), Secret::default()).await
}

impl Holder for StaffSession {
    const DOOR: Door = Door::Staff;

    fn who(&self) -> SignedIn {
        SignedIn::from(&*self.who)
    }

    fn name(&self) -> Secret {
        self.who.name.clone()
    }

    fn layout(&self, ctx: &Context) -> Layout {
        Layout::staff(ctx, self)
    }

    fn trust(&self, form: Form) -> Result<Form, Failure> {
        Self::trust(self, form)
    }

    fn door_page(ctx: &Context, errors: Vec<FieldError>) -> Answer {
        come_in::door(ctx, None, errors, Secret::default())
    }

    async fn prove_page(
        &self,
        ctx: &web::Data<Context>,
        then: String,
        errors: Vec<FieldError>,
    ) -> Answer {
        super::prove::show(ctx, self, then, errors).await
    }

    async fn own_page(
        &self,
        ctx: &web::Data<Context>,
        errors: Vec<FieldError>,
        name: Secret,
    ) -> Answer {
        show(ctx, self, None, errors, name).await
    }
}

/// The page, with what was just done or with what is wrong.
pub(super) async fn show(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    said: Option<&'static str>,
    errors: Vec<FieldError>,
    name: Secret,
) -> Answer {
    let who = session.who.clone();
    let ways = call(ctx, move |ctx| ways::list(ctx, &who)).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Layout::staff(ctx, session).saying(said).with_errors(errors);
    let may_work = session.who.may_work(ctx);
    let organisation = organisation::name(ctx).map(ToOwned::to_owned);
    let page = WaysPage { page, ways, may_work, organisation, name };
    send_to_organisation(ctx, status, &page)
}

/// Who has to prove first that it is they does so, and comes back to a page.
pub(super) fn proof_first(failure: Failure, then: &str) -> Failure {
    prove::proof_first(failure, Door::Staff, then)
}

/// Refuses to go on with somebody who has to prove first that it is they.
pub(super) async fn may_change(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    then: &str,
) -> Result<(), Failure> {
    let who = SignedIn::from(&*session.who);
    let allowed = call(ctx, move |ctx| ways::may_change(ctx, &who)).await;
    allowed.map_err(|failure| proof_first(failure, then))
}
