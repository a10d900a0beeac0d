//! Erases what was never finished when its time is up: links and addresses that nobody confirmed, and drafts
//! that nobody submitted. Days of the access log go in the same way.

use super::context::{Actor, Context};
use super::error::ServiceError;
use crate::domain::class::Class;
use crate::domain::retention::Rule;
use crate::store::{address_changes, audit, dossiers, outbox};

/// How many dossiers are erased in one transaction.
const BATCH: i64 = 100;

/// Erases a batch of dossiers of these classes. Answers how many there were.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn forget(ctx: &Context, classes: &[Class]) -> Result<usize, ServiceError> {
    let today = ctx.today();
    let rules = [Rule::Unconfirmed.word(), Rule::Draft.word(), Rule::AccessLog.word()];
    let mut erased = 0;
    for rule in rules {
        let over =
            ctx.store.read(|connection| dossiers::over(connection, classes, rule, today, BATCH))?;
        if over.is_empty() {
            continue;
        }
        erased += over.len();
        let detail = serde_json::json!({ "rule": rule, "dossiers": over });
        let entry = ctx.audit(&Actor::System, "dossiers.erased", None, &detail)?;
        ctx.store.write(move |connection| {
            for dossier in &over {
                // A draft may have been saved or submitted meanwhile: its clock tells.
                dossiers::erase_over(connection, dossier, rule, today)?;
            }
            audit::insert(connection, &entry)
        })?;
    }
    let mails_before = ctx.stamp() - chrono::Duration::days(30);
    let now = ctx.stamp();
    ctx.store.write(move |connection| {
        outbox::forget_sent(connection, mails_before)?;
        address_changes::forget_undone(connection, now)
    })?;
    Ok(erased)
}
