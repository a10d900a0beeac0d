//! The audit, searched. Every page costs the same, however long it is.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::audit::Entry;
use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{audit, audit_subjects};
use crate::domain::id::Id;

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// From this moment on, UTC.
    pub from: Option<NaiveDateTime>,
    /// Before this moment, UTC.
    pub until: Option<NaiveDateTime>,
    /// Of this action.
    pub action: Option<String>,
    /// Done in this role.
    pub role: Option<String>,
    /// Done by this person.
    pub actor: Option<Id>,
    /// About this application, or that have shown it.
    pub application: Option<Id>,
    /// After this one.
    pub after: Option<(NaiveDateTime, Id)>,
}

/// A page of entries, the newest first.
///
/// # Errors
/// When the database can't be asked.
pub fn page(
    connection: &mut AnyConnection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let mut query = audit::table.into_boxed();
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit::at.lt(until));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action.clone()));
    }
    if let Some(role) = &filter.role {
        query = query.filter(audit::role.eq(role.clone()));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(audit::actor_id.eq(actor.as_str().to_owned()));
    }
    if let Some(application) = &filter.application {
        let own = application.as_str().to_owned();
        let showed = audit_subjects::table
            .filter(audit_subjects::application_id.eq(own.clone()))
            .select(audit_subjects::audit_id);
        query = query.filter(audit::subject.eq(own).assume_not_null().or(audit::id.eq_any(showed)));
    }
    // The first comparison is the one that an index serves; the second tells equal times apart.
    if let Some((at, id)) = &filter.after {
        query =
            query.filter(audit::at.le(*at)).filter(audit::at.lt(*at).or(audit::id.lt(id.clone())));
    }
    Ok(query.order((audit::at.desc(), audit::id.desc())).limit(limit).load(connection)?)
}

/// An entry by its id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<Entry>, StoreError> {
    Ok(audit::table.find(id).get_result(connection).optional()?)
}

/// A word of the audit.
#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// The actions that there are, in order. It goes from one to the next along the index, and reads no more of the audit
/// than an entry of each.
///
/// # Errors
/// When the database can't be asked.
pub fn actions(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    const QUERY: &str = "
        WITH RECURSIVE words (word) AS (
          SELECT MIN(action) FROM audit
          UNION ALL
          SELECT (SELECT MIN(action) FROM audit WHERE action > words.word) FROM words
          WHERE words.word IS NOT NULL
        )
        SELECT word FROM words WHERE word IS NOT NULL";
    let words: Vec<Word> = either!(connection, inner => diesel::sql_query(QUERY).load(inner)?);
    Ok(words.into_iter().map(|row| row.word).collect())
}
