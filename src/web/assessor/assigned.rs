//! The assignment that an address names, looked up in one go with the assessor who asks for it. Where it is somebody
//! else's, was taken back, or never was, no handler is called.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use crate::domain::id::Id;
use crate::domain::role::Roles;
use crate::service::Context;
use crate::service::assess::own::{First, OwnAssignment};
use crate::service::outsiders;
use crate::web::entrance::{Brought, Entrance};
use crate::web::error::Failure;
use crate::web::page::see_other;
use crate::web::session::{AssessorSession, Door, Extracting};

/// A signed-in assessor with an assignment of their own.
pub(super) struct Assigned {
    /// Who it is.
    pub session: AssessorSession,
    /// What is assigned to them.
    pub own: Arc<OwnAssignment>,
}

impl Assigned {
    /// The address of one of its pages; the packet itself when `page` is empty.
    pub fn address(&self, page: &str) -> String {
        let id = self.own.id();
        if page.is_empty() {
            format!("/assess/packets/{id}")
        } else {
            format!("/assess/packets/{id}/{page}")
        }
    }

    /// To what comes before the packet can be read, if something does.
    pub fn first(&self) -> Option<HttpResponse> {
        self.own.first().map(|first| match first {
            First::Undertake => see_other(&self.address("undertaking")),
            First::Answer => see_other("/assess/conflicts"),
        })
    }
}

impl FromRequest for Assigned {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let brought = Brought::of(request, Door::Assessor);
        let entrance = Entrance::of(request);
        let id: Option<Id> = request.match_info().get("id").and_then(|id| id.parse().ok());
        let with = move |ctx: &Context, cookie: &str| {
            let session = AssessorSession { who: Arc::new(outsiders::assessor(ctx, cookie)?) };
            let admitted = entrance.admit(Door::Assessor, Roles::NONE, &session.who.session);
            Ok(match admitted.and(id.ok_or(Failure::NotFound)) {
                Ok(id) => {
                    let own = Arc::new(OwnAssignment::find(ctx, &session.who, &id)?);
                    Ok(Self { session, own })
                }
                Err(failure) => Err(failure),
            })
        };
        Box::pin(async move { brought.call(with).await? })
    }
}
