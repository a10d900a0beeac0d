//! A bare loop that writes what a final submit writes: the same rows, as many bytes, with the same durability, one
//! transaction each. Nothing is read, sealed, checked or served.

use std::path::Path;

use almoner::domain::id::Id;
use almoner::store::schema::{
    accounts, applications, audit, audit_pending, cohort_keys, data_keys, dossiers, lookups,
    members, outbox, status_changes, tallies,
};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::connection::SimpleConnection as _;
use diesel::{
    Connection as _, ExpressionMethods as _, JoinOnDsl as _, NullableExpressionMethods as _,
    QueryDsl as _, RunQueryDsl as _, SqliteConnection, TextExpressionMethods as _,
};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::Outcome;

/// How long a sealed value is beyond its text, in bytes.
const OVERHEAD: usize = 88;

/// A connection to a copy of the database.
pub struct Bare {
    connection: SqliteConnection,
    drafts: Vec<Draft>,
    /// The name of the key that the data keys are wrapped under from then on.
    cohort_key: String,
    random: SystemRandom,
    now: NaiveDateTime,
}

/// The rows that belong to one draft.
struct Draft {
    application: String,
    round: String,
    account: String,
    member: String,
    /// The application's, the member's and the account's.
    dossiers: [String; 3],
}

type Ids = (String, String, String, String, String, String, String);

impl Bare {
    /// Opens the copy as Almoner opens the database.
    pub fn open(copy: &Path, now: NaiveDateTime) -> Outcome<Self> {
        let mut connection =
            SqliteConnection::establish(copy.to_str().ok_or("a path that is not UTF-8")?)?;
        connection.batch_execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000;
             PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 16777216;",
        )?;
        let found: Vec<Ids> = applications::table
            .inner_join(members::table)
            .inner_join(
                accounts::table.on(applications::account_id.assume_not_null().eq(accounts::id)),
            )
            .filter(applications::status.eq("draft"))
            .select((
                applications::id,
                applications::round_id,
                accounts::id,
                members::id,
                applications::dossier_id,
                members::dossier_id,
                accounts::dossier_id,
            ))
            .load(&mut connection)?;
        let drafts = found
            .into_iter()
            .map(|(application, round, account, member, a, m, p)| Draft {
                application,
                round,
                account,
                member,
                dossiers: [a, m, p],
            })
            .collect();
        let cohort_key = cohort_keys::table
            .filter(cohort_keys::id.like("personal/%"))
            .order(cohort_keys::id.desc())
            .select(cohort_keys::id)
            .first(&mut connection)?;
        Ok(Self { connection, drafts, cohort_key, random: SystemRandom::new(), now })
    }

    /// Submits so many drafts, each in a transaction of its own.
    pub fn submit(&mut self, count: usize) -> Outcome<()> {
        for _ in 0..count {
            let draft = self.drafts.pop().ok_or("no draft is left")?;
            let (random, now, cohort_key) = (&self.random, self.now, self.cohort_key.as_str());
            self.connection.immediate_transaction(|connection| {
                write(connection, &draft, cohort_key, random, now)
            })?;
        }
        Ok(())
    }
}

fn bytes(random: &SystemRandom, length: usize) -> Outcome<Vec<u8>> {
    let mut bytes = vec![0; length];
    random.fill(&mut bytes).map_err(|_| "no randomness")?;
    Ok(bytes)
}

fn id(random: &SystemRandom) -> Outcome<String> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).map_err(|_| "no randomness")?;
    Ok(Id::from_bytes(bytes).to_string())
}

/// The statements of a final submit that change something.
fn write(
    connection: &mut SqliteConnection,
    draft: &Draft,
    cohort_key: &str,
    random: &SystemRandom,
    now: NaiveDateTime,
) -> Outcome<()> {
    let Draft { application, round, account, member, dossiers: [dossier, _, of_account] } = draft;
    diesel::update(applications::table.find(application))
        .set((
            applications::status.eq("submitted"),
            applications::submitted_at.eq(now),
            applications::changed_at.eq(now),
        ))
        .execute(connection)?;
    diesel::insert_into(status_changes::table)
        .values((
            status_changes::id.eq(id(random)?),
            status_changes::dossier_id.eq(dossier),
            status_changes::application_id.eq(application),
            status_changes::from_status.eq("draft"),
            status_changes::to_status.eq("submitted"),
            status_changes::actor.eq("applicant"),
            status_changes::actor_id.eq(account),
            status_changes::at.eq(now),
        ))
        .execute(connection)?;
    diesel::insert_into(tallies::table)
        .values((
            tallies::round_id.eq(round),
            tallies::status.eq("submitted"),
            tallies::n.eq(1_i64),
        ))
        .on_conflict((tallies::round_id, tallies::status))
        .do_update()
        .set(tallies::n.eq(tallies::n + 1))
        .execute(connection)?;
    diesel::update(members::table.find(member))
        .set(members::ip.eq(bytes(random, OVERHEAD + 64)?))
        .execute(connection)?;
    move_clocks(connection, draft, cohort_key, random)?;
    diesel::delete(lookups::table.filter(lookups::dossier_id.eq(of_account)))
        .execute(connection)?;
    for (kind, dossier, subject) in [
        ("applicant_email", &draft.dossiers[1], application),
        ("applicant_github", &draft.dossiers[1], application),
        ("account_email", of_account, account),
    ] {
        diesel::insert_into(lookups::table)
            .values((
                lookups::id.eq(id(random)?),
                lookups::dossier_id.eq(dossier),
                lookups::kind.eq(kind),
                lookups::tag.eq(bytes(random, 32)?),
                lookups::subject_id.eq(subject),
            ))
            .execute(connection)?;
    }
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(id(random)?),
            outbox::dossier_id.eq(dossier),
            outbox::template.eq("application_received"),
            outbox::subject_id.eq(application),
            outbox::created_at.eq(now),
            outbox::due_at.eq(now),
            outbox::attempts.eq(0_i64),
        ))
        .execute(connection)?;
    let entry = id(random)?;
    diesel::insert_into(audit::table)
        .values((
            audit::id.eq(&entry),
            audit::at.eq(now),
            audit::actor.eq("applicant"),
            audit::actor_id.eq(account),
            audit::action.eq("application.submitted"),
            audit::subject.eq(application),
            audit::detail.eq("{}"),
        ))
        .execute(connection)?;
    diesel::insert_into(audit_pending::table)
        .values(audit_pending::audit_id.eq(&entry))
        .execute(connection)?;
    Ok(())
}

/// The three dossiers get another last day, and their data keys another wrapping, under the key of another quarter.
fn move_clocks(
    connection: &mut SqliteConnection,
    draft: &Draft,
    cohort_key: &str,
    random: &SystemRandom,
) -> Outcome<()> {
    let last_day = NaiveDate::from_ymd_opt(2031, 1, 1).ok_or("no such day")?;
    for dossier in &draft.dossiers {
        diesel::update(data_keys::table.find(dossier))
            .set((
                data_keys::cohort_key.eq(cohort_key),
                data_keys::wrapped.eq(bytes(random, OVERHEAD + 32)?),
            ))
            .execute(connection)?;
        diesel::update(dossiers::table.find(dossier))
            .set((dossiers::keep_until.eq(last_day), dossiers::rule.eq("application")))
            .execute(connection)?;
    }
    Ok(())
}
