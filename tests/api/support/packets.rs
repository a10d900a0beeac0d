//! A round under assessment, laid down where staff's pages would lay it: its plan, packets and who is to read them.

use std::sync::Arc;

use almoner::app::{keyring_files, target};
use almoner::clock::{Clock, FixedClock};
use almoner::config::Settings;
use almoner::domain::assignment::{Comments, State};
use almoner::domain::class::Class;
use almoner::domain::file::{About, FileKind};
use almoner::domain::id::Id;
use almoner::domain::packet::FieldKind;
use almoner::domain::programme::{Criterion, STARTING, parse};
use almoner::domain::quarter::Quarter;
use almoner::domain::slot::Slot;
use almoner::domain::undertaking;
use almoner::store::assessment_plans::{self, Plan};
use almoner::store::assignments::{self, Assignment};
use almoner::store::dossiers::{self, Kind, NewDossier};
use almoner::store::packet_files::{self, NewPacketFile};
use almoner::store::packets::{self, Field, Packet, RELEASED};
use almoner::store::{AnyConnection, Store, StoreError};
use almoner::vault::{DataKey, Place, Vault};
use chrono::NaiveDate;

use super::app::TestApp;
use super::database::Database;
use super::journey::PROJECT;

/// What stands in a packet that a test doesn't say otherwise about.
pub const ANSWERS: [(FieldKind, &str, &str); 3] = [
    (FieldKind::Line, "Title", "Lessons on lifetimes"),
    (FieldKind::Text, "Summary", "Twelve lessons.\nI am █████, and I teach at █████."),
    (FieldKind::Line, "Hours", "240"),
];

/// A round under assessment.
pub struct Assessment {
    store: Arc<Store>,
    vault: Vault,
    clock: FixedClock,
    database: Database,
    /// Its plan.
    pub plan: Plan,
}

/// A packet that was released.
pub struct Released {
    /// Its id.
    pub id: Id,
    /// Its dossier.
    pub dossier: Id,
    key: DataKey,
}

/// A calendar day.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl Assessment {
    /// Opens the assessment of the round for projects: due on 20 March 2027, closing on 31 March.
    pub fn open(app: &TestApp) -> Self {
        Self::open_in(&app.settings, &app.clock, PROJECT)
    }

    /// Opens the assessment of a round. Its programme is the one that projects have.
    pub fn open_in(settings: &Settings, clock: &FixedClock, round: &str) -> Self {
        let mut database = Database::open(&settings.database);
        let found = format!("SELECT id AS value FROM rounds WHERE slug = '{round}'");
        let round_id: Id = database.texts(&found).remove(0).parse().unwrap();
        let vault = Vault::open(keyring_files(settings)).unwrap();
        let store = Arc::new(Store::open(target(settings)).unwrap());
        let criteria: Vec<Criterion> = parse(STARTING).unwrap().remove(0).criterion;
        let body = undertaking::text("Example Foundation").join("\n");
        let text = vault.random_id().unwrap();
        let digest = format!("digest of {}", body.len());
        let undertaking_id = store
            .write(move |connection| assessment_plans::keep_text(connection, &text, &body, &digest))
            .unwrap();
        let plan = Plan {
            round_id,
            title: format!("Project grants, {round}"),
            criteria: serde_json::to_string(&criteria).unwrap(),
            each_packet: 2,
            due_on: day("2027-03-20"),
            closes_on: day("2027-03-31"),
            show_others: false,
            undertaking_id,
            seed: 1,
            opened_at: clock.now().naive_utc(),
        };
        let mut assessment = Self { store, vault, clock: clock.clone(), database, plan };
        assessment.change(|_| ());
        assessment
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(work).unwrap()
    }

    /// Changes the plan.
    pub fn change(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan);
        let plan = self.plan.clone();
        self.write(move |connection| assessment_plans::save(connection, &plan));
    }

    /// Puts another text of the undertaking into the plan.
    pub fn change_undertaking(&mut self, body: &'static str) {
        let text = self.vault.random_id().unwrap();
        let id = self.write(move |connection| {
            assessment_plans::keep_text(connection, &text, body, &format!("digest of {body}"))
        });
        self.change(|plan| plan.undertaking_id = id);
    }

    /// The packet of an application that staff released on their page.
    pub fn released(&mut self, application: &str) -> Released {
        let found = |column: &str| {
            format!(
                "SELECT p.{column} AS value FROM packets p \
                 JOIN preparations w ON w.packet_id = p.id WHERE w.application_id = '{application}'"
            )
        };
        let id: Id = self.database.texts(&found("id")).remove(0).parse().unwrap();
        let dossier: Id = self.database.texts(&found("dossier_id")).remove(0).parse().unwrap();
        let wrapped = self.store.read(|connection| dossiers::key(connection, &dossier)).unwrap();
        let key = self.vault.open_data_key(&wrapped, &dossier).unwrap();
        Released { id, dossier, key }
    }

    /// Releases a packet of an application, with the usual answers.
    pub fn release(&mut self, application: &str, username: &str) -> Released {
        self.release_with(application, username, &ANSWERS)
    }

    /// Releases a packet of an application.
    pub fn release_with(
        &mut self,
        application: &str,
        username: &str,
        answers: &[(FieldKind, &str, &str)],
    ) -> Released {
        let parent =
            format!("SELECT dossier_id AS value FROM applications WHERE id = '{application}'");
        let parent: Id = self.database.texts(&parent).remove(0).parse().unwrap();
        let (id, dossier) = (self.vault.random_id().unwrap(), self.vault.random_id().unwrap());
        let clock = self.store.read(|connection| dossiers::clock(connection, &parent)).unwrap();
        let quarter = Quarter::of(clock.keep_until);
        let (key, wrapped) = self.vault.new_data_key(Class::Packet, quarter, &dossier).unwrap();
        let new = NewDossier {
            id: dossier.clone(),
            parent: Some(parent),
            kind: Kind::Packet,
            class: Class::Packet,
            keep_until: clock.keep_until,
            rule: clock.rule.clone().leak(),
            created_at: self.clock.now().naive_utc(),
            key: wrapped,
        };
        let packet = Packet {
            id: id.clone(),
            dossier_id: dossier.clone(),
            round_id: self.plan.round_id.clone(),
            version: 1,
            state: RELEASED.to_owned(),
            released_on: self.clock.today(),
        };
        let released = Released { id, dossier, key };
        let fields = self.fields(&released, username, answers);
        self.write(move |connection| {
            dossiers::insert(connection, &new)?;
            packets::insert(connection, &packet)?;
            packets::replace_fields(connection, &packet.id, &fields)
        });
        released
    }

    /// Releases it anew.
    pub fn release_again(&self, packet: &Released, username: &str) {
        let (id, today) = (packet.id.clone(), self.clock.today());
        let answers = [(FieldKind::Line, "Title", "Lessons on lifetimes, and on borrowing")];
        let fields = self.fields(packet, username, &answers);
        self.write(move |connection| {
            let before = packets::find(connection, &id)?.ok_or(StoreError::NotFound)?;
            packets::release_again(connection, &before, today)?;
            packets::replace_fields(connection, &id, &fields)
        });
    }

    fn fields(
        &self,
        packet: &Released,
        username: &str,
        answers: &[(FieldKind, &str, &str)],
    ) -> Vec<Field> {
        let first = (FieldKind::GithubUsername, "GitHub username", username);
        let all = std::iter::once(&first).chain(answers);
        let field = |(position, (kind, label, value)): (usize, &(FieldKind, &str, &str))| {
            let row = self.vault.random_id().unwrap();
            let place = Place { slot: Slot::PacketFieldValue, row: &row, dossier: &packet.dossier };
            Field {
                value: self.vault.seal(&packet.key, place, value.as_bytes()).unwrap(),
                id: row.clone(),
                dossier_id: packet.dossier.clone(),
                packet_id: packet.id.clone(),
                position: i64::try_from(position).unwrap(),
                kind: kind.word().to_owned(),
                label: (*label).to_owned(),
            }
        };
        all.enumerate().map(field).collect()
    }

    /// Puts a text file into a packet, in the place of those that are in it.
    pub fn put_file(&self, packet: &Released, content: &str) {
        let row = self.vault.random_id().unwrap();
        let seal = |slot, bytes: &[u8]| {
            let place = Place { slot, row: &row, dossier: &packet.dossier };
            self.vault.seal(&packet.key, place, bytes).unwrap()
        };
        let about = About { name: "attachment-1.txt".to_owned(), size: content.len() };
        let about = serde_json::to_string(&about).unwrap();
        let file = NewPacketFile {
            about: seal(Slot::PacketFileAbout, about.as_bytes()),
            content: seal(Slot::PacketFileContent, content.as_bytes()),
            id: row.clone(),
            dossier_id: packet.dossier.clone(),
            packet_id: packet.id.clone(),
            position: 0,
            kind: FileKind::Text.word().to_owned(),
            label: "Attach a plan".to_owned(),
        };
        let id = packet.id.clone();
        self.write(move |connection| {
            packet_files::replace(connection, &id, std::slice::from_ref(&file))
        });
    }

    /// Closes a packet.
    pub fn close(&self, packet: &Released) {
        let id = packet.id.clone();
        assert!(self.write(move |connection| packets::close(connection, &id)));
    }

    /// Asks an assessor to assess a packet. Answers the assignment's id.
    pub fn assign(&self, packet: &Released, assessor: &Id, state: State) -> Id {
        let id = self.vault.random_id().unwrap();
        let new = Assignment {
            id: id.clone(),
            dossier_id: packet.dossier.clone(),
            packet_id: packet.id.clone(),
            round_id: self.plan.round_id.clone(),
            assessor_id: Some(assessor.clone()),
            state: state.word().to_owned(),
            due_on: self.plan.due_on,
            made_at: self.clock.now().naive_utc(),
            opened_at: None,
            submitted_at: None,
            scored_version: None,
            comments: Comments::None.word().to_owned(),
            reminded_on: None,
        };
        self.write(move |connection| assignments::insert(connection, std::slice::from_ref(&new)));
        id
    }

    /// An assignment as it stands.
    pub fn assignment(&self, id: &Id) -> Assignment {
        self.store.read(|connection| assignments::find(connection, id)).unwrap().unwrap()
    }

    /// Moves an assignment, as staff would.
    pub fn move_to(&self, id: &Id, to: State) {
        let before = self.assignment(id);
        self.write(move |connection| assignments::move_to(connection, &before, to));
    }

    /// Says what became of the comments.
    pub fn set_comments(&self, id: &Id, comments: Comments) {
        let before = self.assignment(id);
        self.write(move |connection| assignments::set_comments(connection, &before, comments));
    }

    /// Answers the only open question of an assignment.
    pub fn answer_question(&mut self, packet: &Released, answer: &'static str) {
        let open = "SELECT id AS value FROM assessor_questions WHERE answer IS NULL";
        let id: Id = self.database.texts(open).remove(0).parse().unwrap();
        let place =
            Place { slot: Slot::AssessorQuestionAnswer, row: &id, dossier: &packet.dossier };
        let sealed = self.vault.seal(&packet.key, place, answer.as_bytes()).unwrap();
        let (by, now) = (self.vault.random_id().unwrap(), self.clock.now().naive_utc());
        self.write(move |connection| {
            almoner::store::assessor_questions::answer(connection, &id, (&sealed, &by, now))
        });
    }

    /// The assessors, the one who was invited first before the others.
    pub fn assessors(&mut self) -> Vec<Id> {
        let all = "SELECT id AS value FROM assessors ORDER BY created_at, id";
        self.database.texts(all).iter().map(|id| id.parse().unwrap()).collect()
    }
}
