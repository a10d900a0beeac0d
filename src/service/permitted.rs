//! The rows that somebody may work with. A use case about one application gets one of these and no identifier from an
//! address: it was looked up and judged before, so that no use case can forget to ask whose it is.
//!
//! What belongs to somebody else and what there is not are one answer, after the same look-up.

use super::assessors::{self, AssessorView};
use super::context::Context;
use super::error::ServiceError;
use super::people::{self, Colleague};
use super::session::{Applicant, Staff};
use crate::domain::application::Status;
use crate::domain::id::Id;
use crate::domain::role::Permission;
use crate::store::applications::{self, Application};

/// An application of the applicant who asks.
#[derive(Clone)]
pub struct OwnApplication {
    pub(crate) application: Application,
    account: Id,
}

impl OwnApplication {
    /// The one with this identifier.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], also when it is somebody else's; [`ServiceError::Busy`], [`ServiceError::Internal`].
    pub fn find(ctx: &Context, who: &Applicant, id: &Id) -> Result<Self, ServiceError> {
        Self::of(ctx, who.account.clone(), id)
    }

    /// The same as it is now: something may have been done to it since it was found.
    ///
    /// # Errors
    /// As [`OwnApplication::find`].
    pub fn renewed(&self, ctx: &Context) -> Result<Self, ServiceError> {
        Self::of(ctx, self.account.clone(), &self.application.id)
    }

    fn of(ctx: &Context, account: Id, id: &Id) -> Result<Self, ServiceError> {
        let found =
            ctx.store.read_ahead(|connection| applications::find_own(connection, &account, id))?;
        let application = found.ok_or(ServiceError::NotFound)?;
        Ok(Self { application, account })
    }

    /// The row for each try of something that is tried again when another was quicker: as it was found, then as it is.
    pub(crate) fn each_try(&self) -> impl FnMut(&Context) -> Result<Application, ServiceError> {
        let mut found = Some(self.application.clone());
        move |ctx| match found.take() {
            Some(application) => Ok(application),
            None => Ok(self.renewed(ctx)?.application),
        }
    }

    /// Its identifier.
    #[must_use]
    pub const fn id(&self) -> &Id {
        &self.application.id
    }
}

/// An application that staff may read: a draft is nobody's but the applicant's.
#[derive(Clone)]
pub struct ReceivedApplication {
    pub(crate) application: Application,
}

/// What staff look up by the identifier in an address.
pub trait ForStaff: Sized {
    /// The one with this identifier.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] to those who may not see what is of this kind; [`ServiceError::NotFound`];
    /// [`ServiceError::Busy`], [`ServiceError::Internal`].
    fn find(ctx: &Context, who: &Staff, id: &Id) -> Result<Self, ServiceError>;
}

impl ForStaff for ReceivedApplication {
    fn find(ctx: &Context, who: &Staff, id: &Id) -> Result<Self, ServiceError> {
        who.must(Permission::ReadApplications)?;
        let found = ctx.store.read(|connection| applications::find(connection, id))?;
        let found = found.filter(|found| found.status() != Status::Draft);
        Ok(Self { application: found.ok_or(ServiceError::NotFound)? })
    }
}

impl ForStaff for Colleague {
    fn find(ctx: &Context, who: &Staff, id: &Id) -> Result<Self, ServiceError> {
        who.must(Permission::ManagePeople)?;
        people::load(ctx, id, Some(&who.id))
    }
}

impl ForStaff for AssessorView {
    fn find(ctx: &Context, who: &Staff, id: &Id) -> Result<Self, ServiceError> {
        who.must(Permission::ManageAssessors)?;
        assessors::load_if_any(ctx, id)?.ok_or(ServiceError::NotFound)
    }
}

impl ReceivedApplication {
    /// The same as it is now: something may have been done to it since it was found.
    ///
    /// # Errors
    /// As [`ReceivedApplication::find`].
    pub(crate) fn renewed(&self, ctx: &Context) -> Result<Self, ServiceError> {
        let id = self.id();
        let found = ctx.store.read(|connection| applications::find(connection, id))?;
        Ok(Self { application: found.ok_or(ServiceError::NotFound)? })
    }

    /// Its identifier.
    #[must_use]
    pub const fn id(&self) -> &Id {
        &self.application.id
    }
}
