//! Who is let in: the cookie of a request is looked up, and the table of routes asked.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};

use super::error::Failure;
use super::page::{call, says};
use super::routes::{self, For, Route};
use super::session::{Door, StaffSession, cookie};
use crate::domain::role::Roles;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::session::{self, Staff};

/// What the table of routes says of a request.
pub(super) struct Entrance {
    route: Option<&'static Route>,
    ctx: Option<web::Data<Context>>,
    /// Where the person wanted to go: back to it after a fresh proof.
    address: String,
}

impl Entrance {
    /// For a request.
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            route: routes::of(request),
            ctx: request.app_data::<web::Data<Context>>().cloned(),
            address: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// Lets through whom the table names.
    pub fn admit(
        &self,
        door: Door,
        roles: Roles,
        session: &session::Current,
    ) -> Result<(), Failure> {
        let route = self.route.filter(|route| route.who.takes(door.audience()));
        let (Some(route), Some(ctx)) = (route, &self.ctx) else { return Err(Failure::NotFound) };
        if let For::Role(permission) = route.who
            && !roles.may(permission)
        {
            return Err(ServiceError::Forbidden.into());
        }
        if route.fresh && !session.is_fresh(ctx) {
            let back = (route.method == "GET").then(|| self.address.clone());
            return Err(Failure::Prove(door, back));
        }
        Ok(())
    }

    /// Lets through whom of staff the table names.
    pub fn admit_staff(&self, who: &Staff) -> Result<(), Failure> {
        self.demand_strong_way(who)?;
        self.admit(Door::Staff, who.roles, &who.session)
    }

    /// Who came in by mail sets up a stronger way first.
    fn demand_strong_way(&self, who: &Staff) -> Result<(), Failure> {
        let (Some(route), Some(ctx)) = (self.route, &self.ctx) else {
            return Err(Failure::NotFound);
        };
        if route.weak || who.may_work(ctx) {
            Ok(())
        } else {
            Err(Failure::SetUpWay { reads: route.method == "GET" })
        }
    }
}

/// The cookie that a request brings, not looked up yet.
pub(super) struct Brought {
    ctx: Option<web::Data<Context>>,
    door: Door,
    cookie: Option<String>,
    reads: bool,
    fresh: bool,
}

impl Brought {
    /// Of a request at a door.
    pub fn of(request: &HttpRequest, door: Door) -> Self {
        Self {
            ctx: request.app_data::<web::Data<Context>>().cloned(),
            door,
            cookie: cookie(request, door.cookie()),
            reads: matches!(*request.method(), Method::GET | Method::HEAD),
            fresh: says(request, "signed-in=1"),
        }
    }

    /// Does something with the cookie off the threads that serve. Whose it is must be asked first of all.
    ///
    /// # Errors
    /// What the work answers; that nobody is signed in, as it has to be said to this request.
    pub async fn call<T: Send + 'static>(
        self,
        work: impl FnOnce(&Context, &str) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, Failure> {
        let Self { ctx, door, cookie, reads, fresh } = self;
        let signed_out = || if reads { Failure::SignIn(door) } else { Failure::SignedOut(door) };
        let Some(ctx) = ctx else { return Err(Failure::NotFound) };
        let Some(cookie) = cookie else {
            // Without this a browser that refuses cookies would be sent to sign in again and again.
            return Err(if fresh { Failure::CookieRefused(door) } else { signed_out() });
        };
        match call(&ctx, move |ctx| work(ctx, &cookie)).await {
            Err(Failure::Service(ServiceError::SignedOut)) => Err(signed_out()),
            done => done,
        }
    }
}

/// The cookie of a member of staff, for a handler that looks it up in one go with what it does then: each way to the
/// threads that wait for the database and back costs more than the look-up.
pub struct StaffCookie(Brought, Entrance);

impl StaffCookie {
    /// Of a request.
    pub fn of(request: &HttpRequest) -> Self {
        Self(Brought::of(request, Door::Staff), Entrance::of(request))
    }

    /// Does something for whoever is signed in and may come in here.
    ///
    /// # Errors
    /// As the extractor [`StaffSession`].
    pub async fn call<T: Send + 'static>(
        self,
        work: impl FnOnce(&Context, &StaffSession) -> T + Send + 'static,
    ) -> Result<(StaffSession, T), Failure> {
        let Self(brought, entrance) = self;
        let with = move |ctx: &Context, cookie: &str| {
            let session = StaffSession { who: Arc::new(session::staff(ctx, cookie)?) };
            Ok(entrance.admit_staff(&session.who).map(|()| {
                let done = work(ctx, &session);
                (session, done)
            }))
        };
        brought.call(with).await?
    }
}

impl FromRequest for StaffCookie {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
