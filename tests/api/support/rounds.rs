//! A round with packets and assessors, laid down where applicants' and staff's pages would lay them: what is tested with
//! it begins when they are there.

use almoner::app::{keyring_files, target};
use almoner::clock::{Clock, FixedClock};
use almoner::domain::class::Class;
use almoner::domain::id::{Id, reference};
use almoner::domain::lookup::LookupKind;
use almoner::domain::packet::{FieldKind, Work};
use almoner::domain::quarter::Quarter;
use almoner::domain::slot::Slot;
use almoner::store::applications::Application;
use almoner::store::assessors::{self, AssessorRow};
use almoner::store::dossiers::{self, Kind, NewDossier};
use almoner::store::drafts::{self, Answer, Member};
use almoner::store::github_accounts::{self, GitHubAccount};
use almoner::store::lookups::{self, NewLookup};
use almoner::store::packets::{self, Field, Packet, RELEASED};
use almoner::store::preparations::{self, Preparation};
use almoner::store::{AnyConnection, Store, StoreError, applications};
use almoner::vault::{DataKey, Place, Vault};
use chrono::NaiveDate;

use super::app::TestApp;
use super::database::Database;

/// The last day of what is laid down here.
const LAST: (i32, u32, u32) = (2030, 3, 2);

/// A round of a site.
pub struct Round {
    store: Store,
    vault: Vault,
    clock: FixedClock,
    database: Database,
    id: Id,
}

/// An application that was submitted.
#[derive(Clone)]
pub struct Submitted {
    pub id: Id,
    pub dossier: Id,
    pub reference: String,
}

impl Round {
    /// The round with a name in addresses.
    pub fn of(app: &TestApp, slug: &str) -> Self {
        let mut database = Database::open(&app.settings.database);
        let found = format!("SELECT id AS value FROM rounds WHERE slug = '{slug}'");
        Self {
            id: database.texts(&found).remove(0).parse().unwrap(),
            vault: Vault::open(keyring_files(&app.settings)).unwrap(),
            store: Store::open(target(&app.settings)).unwrap(),
            clock: app.clock.clone(),
            database,
        }
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(work).unwrap()
    }

    fn id(&self) -> Id {
        self.vault.random_id().unwrap()
    }

    fn seal(
        &self,
        key: &DataKey,
        slot: Slot,
        row: &Id,
        dossier: &Id,
        text: &str,
    ) -> almoner::domain::sealed::Sealed {
        self.vault.seal(key, Place { slot, row, dossier }, text.as_bytes()).unwrap()
    }

    fn dossier(&self, kind: Kind, class: Class, parent: Option<&Id>) -> (NewDossier, DataKey) {
        let (year, month, day) = LAST;
        let keep_until = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let id = self.id();
        let (key, wrapped) = self.vault.new_data_key(class, Quarter::of(keep_until), &id).unwrap();
        let new = NewDossier {
            id,
            parent: parent.cloned(),
            kind,
            class,
            keep_until,
            rule: "application",
            created_at: self.clock.now().naive_utc(),
            key: wrapped,
        };
        (new, key)
    }

    fn lookup(&self, dossier: &Id, kind: LookupKind, subject: &Id, value: &str) -> NewLookup {
        let (year, month, day) = LAST;
        let quarter = Quarter::of(NaiveDate::from_ymd_opt(year, month, day).unwrap());
        NewLookup {
            id: self.id(),
            dossier: dossier.clone(),
            kind,
            tag: self.vault.blind(kind, quarter, value).unwrap(),
            subject: subject.clone(),
        }
    }

    /// An application of this round, with one member.
    pub fn application(&mut self, email: &str, username: &str) -> Submitted {
        let (id, member) = (self.id(), self.id());
        let (whole, key) = self.dossier(Kind::Application, Class::Personal, None);
        let (part, member_key) = self.dossier(Kind::Member, Class::Personal, Some(&whole.id));
        let of_round =
            |column: &str| format!("SELECT {column} AS value FROM rounds WHERE id = '{}'", self.id);
        let (programme, form) = (of_round("programme_id"), of_round("form_id"));
        let now = self.clock.now().naive_utc();
        let row = Application {
            id: id.clone(),
            dossier_id: whole.id.clone(),
            account_id: None,
            programme_id: self.database.texts(&programme).remove(0).parse().unwrap(),
            round_id: self.id.clone(),
            form_id: self.database.texts(&form).remove(0).parse().unwrap(),
            reference: reference(self.vault.random_bytes().unwrap()),
            status: "submitted".to_owned(),
            created_at: now,
            changed_at: now,
            submitted_at: Some(now),
        };
        let seal = |slot, text: &str| self.seal(&member_key, slot, &member, &part.id, text);
        let person = Member {
            name: Some(seal(Slot::MemberName, "Invented Applicant")),
            pronouns: None,
            email: seal(Slot::MemberEmail, email),
            location: None,
            ip: None,
            github_username: Some(seal(Slot::MemberGithubUsername, username)),
            social_usernames: None,
            github_id: None,
            id: member.clone(),
            dossier_id: part.id.clone(),
            application_id: id.clone(),
            position: 0,
        };
        let answer = self.id();
        let choice = Answer {
            value: self.seal(&key, Slot::AnswerValue, &answer, &whole.id, "Community"),
            id: answer,
            dossier_id: whole.id.clone(),
            application_id: id.clone(),
            question: "category".to_owned(),
        };
        let found = [
            self.lookup(&part.id, LookupKind::ApplicantEmail, &id, email),
            self.lookup(&part.id, LookupKind::ApplicantGithub, &id, username),
        ];
        let made = Submitted { id, dossier: whole.id.clone(), reference: row.reference.clone() };
        self.write(move |connection| {
            dossiers::insert(connection, &whole)?;
            dossiers::insert(connection, &part)?;
            applications::insert(connection, &row)?;
            drafts::insert_member(connection, &person)?;
            drafts::put_answer(connection, &choice)?;
            found.iter().try_for_each(|one| lookups::insert(connection, one))
        });
        made
    }

    /// Somebody else joins the team of an application; with GitHub's numeric id where it is known.
    pub fn team_member(&self, of: &Submitted, email: &str, username: &str, github_id: &str) {
        let (part, key) = self.dossier(Kind::Member, Class::Personal, Some(&of.dossier));
        let id = self.id();
        let seal = |slot, text: &str| self.seal(&key, slot, &id, &part.id, text);
        let verified = !github_id.is_empty();
        let person = Member {
            name: None,
            pronouns: None,
            email: seal(Slot::MemberEmail, email),
            location: None,
            ip: None,
            github_username: Some(seal(Slot::MemberGithubUsername, username)),
            social_usernames: None,
            github_id: verified.then(|| seal(Slot::MemberGithubId, github_id)),
            id: id.clone(),
            dossier_id: part.id.clone(),
            application_id: of.id.clone(),
            position: 1,
        };
        let found = [
            self.lookup(&part.id, LookupKind::ApplicantEmail, &of.id, email),
            self.lookup(&part.id, LookupKind::ApplicantGithub, &of.id, username),
        ];
        self.write(move |connection| {
            dossiers::insert(connection, &part)?;
            drafts::insert_member(connection, &person)?;
            found.iter().try_for_each(|one| lookups::insert(connection, one))
        });
    }

    /// Releases a packet of an application. Answers its id.
    pub fn packet(&self, application: &Submitted, username: &str, tags: &[&str]) -> Id {
        let (id, field, work_id) = (self.id(), self.id(), self.id());
        let (dossier, key) = self.dossier(Kind::Packet, Class::Packet, Some(&application.dossier));
        let packet = Packet {
            id: id.clone(),
            dossier_id: dossier.id.clone(),
            round_id: self.id.clone(),
            version: 1,
            state: RELEASED.to_owned(),
            released_on: self.clock.today(),
        };
        let value = self.seal(&key, Slot::PacketFieldValue, &field, &dossier.id, username);
        let field = Field {
            id: field,
            dossier_id: dossier.id.clone(),
            packet_id: id.clone(),
            position: 0,
            kind: FieldKind::GithubUsername.word().to_owned(),
            label: "GitHub username".to_owned(),
            value,
        };
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let work = serde_json::to_string(&Work { tags, ..Work::default() }).unwrap();
        let whole = application.dossier.clone();
        let wrapped = self.store.read(|connection| dossiers::key(connection, &whole)).unwrap();
        let whole_key = self.vault.open_data_key(&wrapped, &whole).unwrap();
        let now = self.clock.now().naive_utc();
        let preparation = Preparation {
            work: self.seal(&whole_key, Slot::PreparationWork, &work_id, &whole, &work),
            id: work_id,
            dossier_id: whole,
            application_id: application.id.clone(),
            round_id: self.id.clone(),
            packet_id: Some(id.clone()),
            found: 0,
            changed_at: now,
            made_from: now,
            released_from: Some(now),
        };
        self.write(move |connection| {
            dossiers::insert(connection, &dossier)?;
            packets::insert(connection, &packet)?;
            packets::replace_fields(connection, &packet.id, std::slice::from_ref(&field))?;
            preparations::insert(connection, &preparation)
        });
        id
    }

    /// An application with its packet.
    pub fn with_packet(&mut self, name: &str, tags: &[&str]) -> (Submitted, Id) {
        let application = self.application(&format!("{name}@mail.example"), name);
        let packet = self.packet(&application, name, tags);
        (application, packet)
    }

    /// Somebody who has come in as an assessor. Answers their id.
    pub fn assessor(&self, name: &str, email: &str, until: &str) -> Id {
        let id = self.id();
        let (dossier, key) = self.dossier(Kind::Assessor, Class::Assessor, None);
        let found = self.lookup(&dossier.id, LookupKind::AssessorEmail, &id, email);
        let row = AssessorRow {
            name: self.seal(&key, Slot::AssessorName, &id, &dossier.id, name),
            email: self.seal(&key, Slot::AssessorEmail, &id, &dossier.id, email),
            id: id.clone(),
            dossier_id: dossier.id.clone(),
            state: assessors::ACTIVE.to_owned(),
            access_until: until.parse().unwrap(),
            created_at: self.clock.now().naive_utc(),
            last_sign_in: Some(self.clock.today()),
            tags: None,
        };
        self.write(move |connection| {
            dossiers::insert(connection, &dossier)?;
            assessors::insert(connection, &row)?;
            lookups::insert(connection, &found)
        });
        id
    }

    /// Joins an account on GitHub to an assessor's.
    pub fn join_github(&self, assessor: &Id, github_id: &str, username: &str) {
        let wanted = assessor.clone();
        let row = self.store.read(|connection| assessors::find(connection, &wanted));
        let dossier = row.unwrap().unwrap().dossier_id;
        let wrapped = self.store.read(|connection| dossiers::key(connection, &dossier)).unwrap();
        let key = self.vault.open_data_key(&wrapped, &dossier).unwrap();
        let id = self.id();
        let account = GitHubAccount {
            github_id: self.seal(&key, Slot::GithubId, &id, &dossier, github_id),
            username: self.seal(&key, Slot::GithubUsername, &id, &dossier, username),
            id,
            dossier_id: dossier,
            audience: "assessor".to_owned(),
            account_id: None,
            assessor_id: Some(assessor.clone()),
            joined_at: self.clock.now().naive_utc(),
        };
        self.write(move |connection| github_accounts::insert(connection, &account));
    }

    /// Runs statements.
    pub fn run(&mut self, sql: &str) {
        self.database.run(sql);
    }

    /// A number that a query answers as `value`.
    pub fn number(&mut self, sql: &str) -> i64 {
        self.database.number(sql)
    }

    /// The texts that a query answers as `value`.
    pub fn texts(&mut self, sql: &str) -> Vec<String> {
        self.database.texts(sql)
    }
}
