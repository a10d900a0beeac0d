//! The row that an address names, looked up in one go with whoever asks for it. Handlers take it as a parameter: where
//! it is somebody else's, or there is none, they are not called.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::entrance::{Brought, Entrance, StaffCookie};
use super::error::Failure;
use super::form::Posted;
use super::session::{ApplicantSession, Door, Extracting, StaffSession};
use crate::domain::id::Id;
use crate::domain::role::Roles;
use crate::service::Context;
use crate::service::permitted::{ForStaff, OwnApplication, ReceivedApplication};
use crate::service::session;

/// A signed-in applicant with an application of their own.
pub struct Own {
    /// Who it is.
    pub session: ApplicantSession,
    /// Their application.
    pub application: Arc<OwnApplication>,
}

/// A signed-in member of staff with a row that they may see.
pub struct Permitted<T> {
    /// Who it is.
    pub session: StaffSession,
    /// The row.
    pub row: Arc<T>,
}

/// The same with an application.
pub type Received = Permitted<ReceivedApplication>;

/// A form that was sent about such a row. It is read to its end before the row is looked up: an answer that comes while a
/// browser is still sending may cut it off, and the person never sees it.
pub struct Sent<T> {
    /// The row, with who it is.
    pub about: T,
    /// What was sent.
    pub posted: Posted,
}

impl<T: FromRequest<Error = Failure> + 'static> FromRequest for Sent<T> {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let posted = Posted::from_request(request, payload);
        let about = T::from_request(request, &mut Payload::None);
        Box::pin(async move { Ok(Self { posted: posted.await?, about: about.await? }) })
    }
}

/// The identifier in an address. What is none is answered like one that belongs to nobody.
fn id_in(request: &HttpRequest) -> Result<Id, Failure> {
    request.match_info().get("id").and_then(|id| id.parse().ok()).ok_or(Failure::NotFound)
}

/// An application of somebody's own that was not looked up yet, for a handler that does so in one go with what it does
/// then: each way to the threads that wait for the database and back costs more than the look-up.
pub struct OwnCookie {
    brought: Brought,
    entrance: Entrance,
    id: Result<Id, Failure>,
}

impl OwnCookie {
    fn of(request: &HttpRequest) -> Self {
        Self {
            brought: Brought::of(request, Door::Applicant),
            entrance: Entrance::of(request),
            id: id_in(request),
        }
    }

    /// Does something with the application, for whoever is signed in and may come in here.
    ///
    /// # Errors
    /// As the extractor [`Own`].
    pub async fn call<T: Send + 'static>(
        self,
        work: impl FnOnce(&Context, &Own) -> T + Send + 'static,
    ) -> Result<(Own, T), Failure> {
        let Self { brought, entrance, id } = self;
        let with = move |ctx: &Context, cookie: &str| {
            let session = ApplicantSession { who: Arc::new(session::applicant(ctx, cookie)?) };
            let admitted = entrance.admit(Door::Applicant, Roles::NONE, &session.who.session);
            Ok(match admitted.and(id) {
                Ok(id) => {
                    let application = Arc::new(OwnApplication::find(ctx, &session.who, &id)?);
                    let own = Own { session, application };
                    let done = work(ctx, &own);
                    Ok((own, done))
                }
                Err(failure) => Err(failure),
            })
        };
        brought.call(with).await?
    }
}

impl FromRequest for OwnCookie {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

impl FromRequest for Own {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let cookie = OwnCookie::of(request);
        Box::pin(async move { Ok(cookie.call(|_, _| ()).await?.0) })
    }
}

impl<T: ForStaff + Send + Sync + 'static> FromRequest for Permitted<T> {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (cookie, id) = (StaffCookie::of(request), id_in(request));
        Box::pin(async move {
            let find = |ctx: &Context, session: &StaffSession| {
                id.and_then(|id| Ok(T::find(ctx, &session.who, &id)?))
            };
            let (session, row) = cookie.call(find).await?;
            Ok(Self { session, row: Arc::new(row?) })
        })
    }
}
