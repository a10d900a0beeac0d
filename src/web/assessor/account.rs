//! One's own account: how one signs in, and where one is signed in.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

use super::Answer;
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::outsiders::Outsider;
use crate::service::own_sessions::{self, SessionRow, SignedIn, Which};
use crate::service::passkeys::{self as own, PasskeyRow};
use crate::service::{Context, way_in, ways};
use crate::web::error::Failure;
use crate::web::form::{Form, Posted};
use crate::web::page::{Layout, call, see_other, send_as};
use crate::web::passkeys::{self, Holder};
use crate::web::session::{AssessorSession, Door, OutsiderSession};
use crate::web::{filters, github, prove, sign_in};

#[derive(Template)]
#[template(path = "assessor/account.html")]
struct AccountPage {
    page: Layout,
    name: Secret,
    until: NaiveDate,
    github: Option<Secret>,
    offers_github: bool,
    passkeys: Vec<PasskeyRow>,
    /// Whether passkeys can be made and removed now, without another proof.
    may_change: bool,
    /// The name that was typed for a new passkey.
    passkey_name: Secret,
    sessions: Vec<SessionRow>,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: AssessorSession,
    request: HttpRequest,
) -> Answer {
    let query = request.query_string();
    let said = github::said(query).or_else(|| passkeys::said(query));
    show(&ctx, &session, said, Vec::new(), Secret::default()).await
}

/// The page, with what was just done or with what is wrong.
async fn show(
    ctx: &web::Data<Context>,
    session: &AssessorSession,
    said: Option<&'static str>,
    errors: Vec<FieldError>,
    passkey_name: Secret,
) -> Answer {
    let who = Outsider::from(&*session.who);
    let found = call(ctx, move |ctx| {
        let own_ways = way_in::github_of(ctx, &who)?;
        let who = SignedIn::from(&who);
        let passkeys = (own::list(ctx, &who)?, ways::can_change(ctx, &who)?);
        Ok((own_ways, passkeys, own_sessions::list(ctx, &who)?))
    });
    let (github, (passkeys, may_change), sessions) = found.await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = AccountPage {
        page: Layout::assessor(ctx, session).saying(said).with_errors(errors),
        name: session.who.name.clone(),
        until: session.who.until,
        github,
        offers_github: way_in::offers_github(ctx),
        passkeys,
        may_change,
        passkey_name,
        sessions,
    };
    send_as(status, &page)
}

impl Holder for AssessorSession {
    const DOOR: Door = Door::Assessor;

    fn who(&self) -> SignedIn {
        SignedIn::from(&Outsider::from(&*self.who))
    }

    fn name(&self) -> Secret {
        self.who.name.clone()
    }

    fn layout(&self, ctx: &Context) -> Layout {
        Layout::assessor(ctx, self)
    }

    fn trust(&self, form: Form) -> Result<Form, Failure> {
        Self::trust(self, form)
    }

    fn door_page(ctx: &Context, errors: Vec<FieldError>) -> Answer {
        sign_in::wrong(ctx, Door::Assessor, errors, Secret::default())
    }

    async fn prove_page(
        &self,
        ctx: &web::Data<Context>,
        then: String,
        errors: Vec<FieldError>,
    ) -> Answer {
        let who = Arc::new(Outsider::from(&*self.who));
        let session = OutsiderSession { who, door: Door::Assessor };
        prove::show(ctx, &session, then, errors).await
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

pub(super) async fn end_sessions(
    ctx: web::Data<Context>,
    session: AssessorSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["session"])?)?;
    let which: Which = form.word("session").parse().map_err(|_| Failure::NotFound)?;
    let who = session.who();
    call(&ctx, move |ctx| own_sessions::end(ctx, &who, &which)).await?;
    Ok(see_other("/assess/account?ended=1"))
}
