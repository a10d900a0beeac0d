//! What each surface may do in each table, where the database tells processes apart (PostgreSQL).
//!
//! `almoner migrate --grant` makes one role of the database a surface and gives it exactly this. Whoever takes over a
//! process has its role: so a right stands here only if the surface's work needs it.

use super::surface::Surface;
use crate::domain::class::Class;

/// Which rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// None: the right is not given.
    None,
    /// Every row.
    All,
    /// What belongs to dossiers of the classes that the surface opens or seals for.
    Held,
    /// What belongs to dossiers of the classes that the surface opens.
    Opened,
    /// What belongs to links and codes of the classes that the surface opens, and to dossiers that it only seals for.
    Begun,
    /// What belongs to links and codes of the classes that the surface opens.
    SignIns,
    /// Accounts of people who work here, of the classes that the surface opens, while their clock runs by the rule for them.
    Clocks,
    /// Entries of the audit that tell an applicant who opened their application.
    Shown,
    /// What is of the surface's audience, by the column `audience`.
    Audience,
    /// The same, when it lets a person in and does nothing else, by the column `purpose`.
    WaysIn,
    /// Leases of jobs about the classes that the surface works on.
    Leases,
}

/// What one surface may do in one table.
#[derive(Clone, Copy, Debug)]
pub struct Rights {
    /// Which surface.
    pub surface: Surface,
    /// Which rows it may read.
    pub read: Rows,
    /// Which rows it may insert.
    pub insert: Rows,
    /// Which rows it may update.
    pub update: Rows,
    /// Which columns of them; all when there are none here.
    pub columns: &'static [&'static str],
    /// Which rows it may delete. What goes with its dossier needs no right of its own.
    pub delete: Rows,
}

/// The rights in one table. Who is not named has none.
#[derive(Clone, Copy, Debug)]
pub struct TableRights {
    /// The table.
    pub table: &'static str,
    /// What each surface may do.
    pub rights: &'static [Rights],
}

impl Rights {
    /// Whether it may see or touch some rows and not others.
    #[must_use]
    pub fn is_by_row(&self) -> bool {
        [self.read, self.insert, self.update, self.delete]
            .iter()
            .any(|rows| !matches!(rows, Rows::None | Rows::All))
    }
}

impl Surface {
    /// The role of the database that its processes sign in as.
    #[must_use]
    pub const fn role(self) -> &'static str {
        match self {
            Self::Applicant => "almoner_applicant",
            Self::Staff => "almoner_staff",
            Self::Finance => "almoner_finance",
            Self::Assessor => "almoner_assessor",
        }
    }

    /// The audiences whose sessions and links it may see: staff look after everybody's.
    #[must_use]
    pub const fn audiences(self) -> &'static [&'static str] {
        match self {
            Self::Applicant => &["applicant"],
            Self::Staff => &["applicant", "staff", "assessor"],
            Self::Finance => &["staff"],
            Self::Assessor => &["assessor"],
        }
    }

    /// The purposes of links and codes that let its people in. Those that make somebody a member of staff are not
    /// among finance's.
    #[must_use]
    pub const fn ways_in(self) -> &'static [&'static str] {
        match self {
            Self::Applicant => &["apply", "applicant"],
            Self::Staff | Self::Finance => &["staff", "proof"],
            Self::Assessor => &["assessor", "proof"],
        }
    }

    /// The classes whose jobs it does: mail, and clearing up. Finance and assessors leave theirs to staff, so that
    /// they need to see no more than what is on their pages.
    #[must_use]
    pub const fn works_on(self) -> &'static [Class] {
        match self {
            Self::Applicant => &[Class::Personal],
            Self::Staff => self.opens(),
            Self::Finance | Self::Assessor => &[],
        }
    }
}

use Rows::{
    All, Audience, Begun, Clocks, Held, Leases, None as No, Opened, Shown, SignIns, WaysIn,
};
use Surface::{Applicant, Assessor, Finance, Staff};

const fn may(surface: Surface, read: Rows, insert: Rows, update: Rows, delete: Rows) -> Rights {
    Rights { surface, read, insert, update, columns: &[], delete }
}

/// The same with an update of some columns alone.
const fn only(rights: Rights, columns: &'static [&'static str]) -> Rights {
    Rights { columns, ..rights }
}

const fn table(table: &'static str, rights: &'static [Rights]) -> TableRights {
    TableRights { table, rights }
}

/// What each process tells of itself.
const BEAT: &[&str] = &["generation", "seen_at"];
/// Of a table that everybody reads and nobody changes: to lock its rows for a moment needs the right to change one.
const LOCK: &[&str] = &["id"];

/// Until when a dossier is kept.
const CLOCK: &[&str] = &["keep_until", "rule"];

/// Every table.
#[rustfmt::skip]
pub static RIGHTS: &[TableRights] = &[
    table("site", &[
        only(may(Applicant, All, No, All, No), LOCK),
        only(may(Staff, All, No, All, No), &["id", "first_admin_at"]),
        only(may(Finance, All, No, All, No), LOCK),
        only(may(Assessor, All, No, All, No), LOCK),
    ]),
    table("processes", &[
        only(may(Applicant, All, All, All, All), BEAT),
        only(may(Staff, All, All, All, All), BEAT),
        only(may(Finance, All, All, All, All), BEAT),
        only(may(Assessor, All, All, All, All), BEAT),
    ]),
    table("leases", &[
        may(Applicant, Leases, Leases, Leases, Leases),
        may(Staff, All, All, All, All),
    ]),
    table("cohort_keys", &[
        may(Applicant, All, No, No, No), may(Staff, All, No, No, No),
        may(Finance, All, No, No, No), may(Assessor, All, No, No, No),
    ]),
    table("dossiers", &[
        may(Applicant, Held, Held, Opened, Opened),
        may(Staff, Held, Held, Opened, Opened),
        // Who signs in is kept for longer, and nothing else of an account changes.
        only(may(Finance, Held, Begun, Clocks, SignIns), CLOCK),
        only(may(Assessor, Held, Begun, Clocks, SignIns), CLOCK),
    ]),
    // A data key is made with its dossier and goes with it.
    table("data_keys", &[
        may(Applicant, Held, Held, Opened, No),
        may(Staff, Held, Held, Opened, No),
        may(Finance, Held, Begun, Clocks, No),
        may(Assessor, Held, Begun, Clocks, No),
    ]),
    table("lookups", &[
        may(Applicant, Opened, Opened, No, Opened),
        may(Staff, Opened, Opened, No, Opened),
        may(Finance, Opened, Clocks, No, Clocks),
        may(Assessor, Opened, Clocks, No, Clocks),
    ]),
    table("programmes", &[may(Applicant, All, No, No, No), may(Staff, All, No, No, No)]),
    table("forms", &[may(Applicant, All, No, No, No), may(Staff, All, No, No, No)]),
    table("rounds", &[may(Applicant, All, No, No, No), may(Staff, All, No, No, No)]),
    table("consent_texts", &[may(Applicant, All, All, No, No), may(Staff, All, No, No, No)]),
    table("accounts", &[may(Applicant, All, All, All, All), may(Staff, All, No, All, All)]),
    table("staff", &[
        may(Staff, All, All, All, All),
        only(may(Finance, All, No, All, No), &["last_sign_in"]),
    ]),
    table("assessors", &[
        may(Staff, All, All, All, All),
        only(may(Assessor, All, No, All, No), &["name", "state", "last_sign_in"]),
    ]),
    table("sign_ins", &[
        may(Applicant, Audience, Audience, Audience, Audience),
        may(Staff, Audience, Audience, Audience, Audience),
        may(Finance, WaysIn, WaysIn, WaysIn, WaysIn),
        may(Assessor, Audience, Audience, Audience, Audience),
    ]),
    table("address_changes", &[may(Applicant, All, All, All, All), may(Staff, All, All, All, All)]),
    table("github_accounts", &[
        may(Applicant, Audience, Audience, Audience, Audience),
        may(Staff, Audience, Audience, Audience, Audience),
        may(Assessor, Audience, Audience, Audience, Audience),
    ]),
    table("challenges", &[
        may(Staff, Audience, Audience, Audience, Audience),
        may(Finance, Audience, Audience, Audience, Audience),
        may(Assessor, Audience, Audience, Audience, Audience),
    ]),
    // Finance notes that a way in was used; whoever adds or removes one does so in staff's process.
    table("passkeys", &[
        may(Staff, Audience, Audience, Audience, Audience),
        only(may(Finance, Audience, No, Audience, No), &["credential", "used_at"]),
        may(Assessor, Audience, Audience, Audience, Audience),
    ]),
    table("passwords", &[
        may(Staff, All, All, All, All),
        only(may(Finance, All, No, All, No), &["last_step"]),
    ]),
    table("recovery_codes", &[
        may(Staff, All, All, All, All),
        only(may(Finance, All, No, All, No), &["used_at"]),
    ]),
    table("organisation_links", &[may(Staff, All, All, All, All), may(Finance, All, No, No, No)]),
    table("sign_in_failures", &[
        may(Applicant, Audience, Audience, Audience, Audience),
        may(Staff, Audience, Audience, Audience, Audience),
        may(Finance, Audience, Audience, Audience, Audience),
        may(Assessor, Audience, Audience, Audience, Audience),
    ]),
    table("sessions", &[
        may(Applicant, Audience, Audience, Audience, Audience),
        may(Staff, Audience, Audience, Audience, Audience),
        may(Finance, Audience, Audience, Audience, Audience),
        may(Assessor, Audience, Audience, Audience, Audience),
    ]),
    table("applications", &[may(Applicant, All, All, All, All), may(Staff, All, No, All, All)]),
    table("members", &[may(Applicant, All, All, All, All), may(Staff, All, No, All, All)]),
    table("answers", &[may(Applicant, All, All, All, All), may(Staff, All, No, All, All)]),
    table("files", &[may(Applicant, All, All, All, All), may(Staff, All, No, All, All)]),
    table("consents", &[may(Applicant, All, All, All, All), may(Staff, All, No, All, All)]),
    table("status_changes", &[may(Applicant, All, All, No, No), may(Staff, All, All, No, No)]),
    table("tallies", &[may(Applicant, All, All, All, No), may(Staff, All, All, All, No)]),
    // What assessors need of a round is copied into its plan, and what they may read of an application into a packet.
    table("undertaking_texts", &[may(Staff, All, All, No, No), may(Assessor, All, No, No, No)]),
    table("assessment_plans", &[may(Staff, All, All, All, All), may(Assessor, All, No, No, No)]),
    table("packets", &[
        // An applicant who takes an application back closes its packet, and sees when it was released.
        only(may(Applicant, All, No, All, No), &["state"]),
        may(Staff, All, All, All, All),
        may(Assessor, All, No, No, No),
    ]),
    table("packet_fields", &[may(Staff, All, All, All, All), may(Assessor, All, No, No, No)]),
    table("redactions", &[may(Staff, All, All, All, All)]),
    table("packet_files", &[may(Staff, All, All, All, All), may(Assessor, All, No, No, No)]),
    table("preparations", &[may(Applicant, All, No, No, No), may(Staff, All, All, All, All)]),
    table("assignments", &[
        may(Staff, All, All, All, All),
        only(
            may(Assessor, All, No, All, No),
            &["state", "opened_at", "submitted_at", "scored_version", "comments"],
        ),
    ]),
    table("scores", &[may(Staff, All, All, All, All), may(Assessor, All, All, All, All)]),
    table("assessor_questions", &[may(Staff, All, All, All, All), may(Assessor, All, All, No, No)]),
    table("undertakings", &[may(Staff, All, No, No, No), may(Assessor, All, All, No, No)]),
    table("conflicts", &[may(Staff, All, All, All, All)]),
    table("staff_scores", &[may(Staff, All, All, All, All)]),
    table("notes", &[may(Staff, All, All, All, All)]),
    table("outbox", &[
        may(Applicant, Opened, Opened, Opened, Opened),
        may(Staff, Opened, Opened, Opened, Opened),
        may(Finance, No, Opened, No, No),
        may(Assessor, No, Opened, No, No),
    ]),
    // Append-only: nobody changes an entry.
    table("audit", &[
        may(Applicant, Shown, All, No, No), may(Staff, All, All, No, No),
        may(Finance, No, All, No, No), may(Assessor, No, All, No, No),
    ]),
    table("audit_subjects", &[may(Applicant, All, No, No, No), may(Staff, All, All, No, No)]),
    table("audit_reasons", &[may(Applicant, Opened, No, No, No), may(Staff, Opened, Opened, No, No)]),
    table("audit_pending", &[
        may(Applicant, No, All, No, No), may(Staff, All, All, No, All),
        may(Finance, No, All, No, No), may(Assessor, No, All, No, No),
    ]),
    table("audit_chain", &[may(Staff, All, All, No, No)]),
    table("audit_heads", &[may(Staff, All, All, No, No)]),
    table("access_days", &[
        may(Applicant, All, All, No, No), may(Staff, All, All, No, No),
        may(Finance, All, All, No, No), may(Assessor, All, All, No, No),
    ]),
    // Every process adds what was asked of it, and staff's alone reads.
    table("access_log", &[
        may(Applicant, No, Held, No, No), may(Staff, All, Held, No, No),
        may(Finance, No, Held, No, No), may(Assessor, No, Held, No, No),
    ]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{COLUMNS, Column};
    use super::*;

    #[test]
    fn every_table_says_who_may_do_what_in_it() {
        let tables: BTreeSet<&str> = COLUMNS.iter().map(|(table, _, _)| *table).collect();
        let declared: BTreeSet<&str> = RIGHTS.iter().map(|own| own.table).collect();
        assert_eq!(declared, tables, "add the table to inventory/rights.rs, or take it out there");
        assert_eq!(declared.len(), RIGHTS.len());
        for own in RIGHTS {
            let surfaces: BTreeSet<Surface> = own.rights.iter().map(|may| may.surface).collect();
            assert_eq!(surfaces.len(), own.rights.len(), "{}", own.table);
            let columns: BTreeSet<&str> = COLUMNS
                .iter()
                .filter(|(table, _, _)| *table == own.table)
                .map(|own| own.1)
                .collect();
            for may in own.rights {
                assert!(may.columns.iter().all(|column| columns.contains(column)), "{}", own.table);
                assert!(may.columns.is_empty() || may.update != No, "{}", own.table);
                let by = |wanted: &[Rows]| {
                    [may.read, may.insert, may.update, may.delete]
                        .iter()
                        .any(|rows| wanted.contains(rows))
                };
                let key = own.table == "dossiers" || columns.contains("dossier_id");
                assert!(!by(&[Held, Opened, Begun, SignIns, Clocks]) || key, "{}", own.table);
                assert!(!by(&[Audience, WaysIn]) || columns.contains("audience"), "{}", own.table);
                assert!(!by(&[WaysIn]) || columns.contains("purpose"), "{}", own.table);
            }
        }
    }

    #[test]
    fn nobody_reads_whole_tables_of_values_that_they_can_not_open() {
        for (table, column, holds) in COLUMNS {
            let Column::Sealed(slot) = holds else { continue };
            let Some(class) = slot.class() else { continue };
            let own = RIGHTS.iter().find(|own| own.table == *table).unwrap();
            for may in own.rights.iter().filter(|may| may.read == All) {
                assert!(may.surface.opens().contains(&class), "{:?} {table}.{column}", may.surface);
            }
        }
    }

    #[test]
    fn applicants_have_no_part_in_what_is_of_staff_or_assessors() {
        for own in RIGHTS.iter().filter(|own| ["staff", "assessors"].contains(&own.table)) {
            assert!(own.rights.iter().all(|may| may.surface != Applicant), "{}", own.table);
        }
        for own in ["sessions", "sign_ins", "sign_in_failures", "dossiers", "data_keys", "lookups"]
        {
            let own = RIGHTS.iter().find(|other| other.table == own).unwrap();
            for may in own.rights {
                for rows in [may.read, may.insert, may.update, may.delete] {
                    assert_ne!(rows, All, "{} {:?}", own.table, may.surface);
                }
            }
        }
        assert_eq!(Applicant.audiences(), ["applicant"]);
    }
}
