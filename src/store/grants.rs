//! Roles of the database, one a surface, with the rights that the inventory declares (PostgreSQL).

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;

use super::db::AnyConnection;
use super::error::StoreError;
use crate::domain::class::Class;
use crate::inventory::Surface;
use crate::inventory::rights::{RIGHTS, Rights, Rows, TableRights};

/// The advisory lock under which one process at a time gives rights ("grnt" in ASCII).
const LOCK: i64 = 0x6772_6e74;

/// Makes a role for every surface, without a password, and gives each exactly its rights: what it had before is taken
/// from it first. May be done again at any time. Answers the roles.
///
/// # Errors
/// [`StoreError::NoRoles`] on SQLite; when this user of the database may not make roles or give rights.
pub fn grant(connection: &mut AnyConnection) -> Result<Vec<&'static str>, StoreError> {
    let AnyConnection::Postgres(inner) = connection else { return Err(StoreError::NoRoles) };
    inner.transaction::<_, StoreError, _>(|inner| {
        inner.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK})"))?;
        for statement in statements() {
            inner.batch_execute(&statement)?;
        }
        Ok(())
    })?;
    Ok(Surface::ALL.map(Surface::role).to_vec())
}

/// Everything that is sent, in order.
fn statements() -> Vec<String> {
    let mut all = Vec::new();
    for surface in Surface::ALL {
        let role = surface.role();
        // Roles are the cluster's: another database of it may be given rights at the same moment.
        all.push(format!(
            "DO $$ BEGIN
               IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                 CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
               END IF;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
             END $$"
        ));
        all.push(format!(
            "DO $$ BEGIN
               EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}', current_schema());
             END $$"
        ));
        all.push(format!("GRANT SELECT ON __diesel_schema_migrations TO {role}"));
    }
    for own in RIGHTS {
        in_table(own, &mut all);
    }
    all
}

fn in_table(own: &TableRights, all: &mut Vec<String>) {
    let table = own.table;
    let by_row = own.rights.iter().any(Rights::is_by_row);
    for surface in Surface::ALL {
        let role = surface.role();
        // Also what was given for single columns.
        all.push(format!("REVOKE ALL ON {table} FROM {role}"));
        for what in ["read", "insert", "update", "delete"] {
            all.push(format!("DROP POLICY IF EXISTS {role}_{what} ON {table}"));
        }
    }
    // The owner, who serves the whole site or runs commands, is not held by it.
    let enable = if by_row { "ENABLE" } else { "DISABLE" };
    all.push(format!("ALTER TABLE {table} {enable} ROW LEVEL SECURITY"));
    for may in own.rights {
        let role = may.surface.role();
        let columns = match may.columns {
            [] => String::new(),
            columns => format!(" ({})", columns.join(", ")),
        };
        for (what, verb, rows) in [
            ("read", "SELECT".to_owned(), may.read),
            ("insert", "INSERT".to_owned(), may.insert),
            ("update", format!("UPDATE{columns}"), may.update),
            ("delete", "DELETE".to_owned(), may.delete),
        ] {
            let Some(which) = predicate(table, may.surface, rows) else { continue };
            all.push(format!("GRANT {verb} ON {table} TO {role}"));
            if !by_row {
                continue;
            }
            let clause = match what {
                "insert" => format!("FOR INSERT TO {role} WITH CHECK ({which})"),
                "update" => format!("FOR UPDATE TO {role} USING ({which}) WITH CHECK ({which})"),
                "delete" => format!("FOR DELETE TO {role} USING ({which})"),
                _ => format!("FOR SELECT TO {role} USING ({which})"),
            };
            all.push(format!("CREATE POLICY {role}_{what} ON {table} {clause}"));
        }
    }
}

/// Which rows, as SQL; none when there are none.
fn predicate(table: &str, surface: Surface, rows: Rows) -> Option<String> {
    let opens = classes(surface.opens());
    let seals = classes(surface.only_seals());
    let dossier = |which: String| {
        Some(if table == "dossiers" {
            which
        } else {
            format!(
                "EXISTS (SELECT FROM dossiers WHERE dossiers.id = {table}.dossier_id AND {which})"
            )
        })
    };
    let audience = format!("audience IN ({})", quoted(surface.audiences().iter().copied()));
    match rows {
        Rows::None => None,
        Rows::All => Some("true".to_owned()),
        Rows::Held => dossier(format!("({opens} OR {seals})")),
        Rows::Opened => dossier(opens),
        Rows::SignIns => dossier(format!("({opens} AND dossiers.kind = 'sign_in')")),
        Rows::Clocks => dossier(format!(
            "({opens} AND dossiers.kind IN ('staff', 'assessor') AND dossiers.rule = 'staff')"
        )),
        Rows::Begun => dossier(format!("(({opens} AND dossiers.kind = 'sign_in') OR {seals})")),
        Rows::Shown => Some(format!(
            "EXISTS (SELECT FROM audit_subjects WHERE audit_subjects.audit_id = {table}.id)"
        )),
        Rows::Audience => Some(audience),
        Rows::WaysIn => {
            let ways = quoted(surface.ways_in().iter().copied());
            Some(format!("{audience} AND purpose IN ({ways})"))
        }
        Rows::Leases => {
            let classes = quoted(surface.works_on().iter().map(|class| class.word()));
            Some(format!("split_part(name, '.', 2) IN ({classes})"))
        }
    }
}

fn classes(classes: &[Class]) -> String {
    match classes {
        [] => "false".to_owned(),
        classes => format!("dossiers.class IN ({})", quoted(classes.iter().map(|own| own.word()))),
    }
}

/// Words of ours, between commas. None of them holds a quotation mark.
fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}
