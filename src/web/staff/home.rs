//! Where a member of staff begins: at the first page that their roles open.

use actix_web::web;
use askama::Template;

use super::Answer;
use crate::domain::role::{Permission, Role};
use crate::service::Context;
use crate::web::filters;
use crate::web::page::{Layout, see_other, send};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/home.html")]
struct HomePage {
    page: Layout,
    roles: Vec<Role>,
}

pub(super) async fn page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    let roles = session.who.roles;
    if roles.may(Permission::ReadApplications) {
        return Ok(see_other("/staff/applications"));
    }
    if roles.may(Permission::ManagePeople) {
        return Ok(see_other("/staff/people"));
    }
    if roles.may(Permission::ReadAudit) {
        return Ok(see_other("/staff/audit"));
    }
    send(&HomePage { page: Layout::staff(&ctx, &session), roles: roles.iter().collect() })
}
