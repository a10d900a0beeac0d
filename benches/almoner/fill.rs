//! Fills a site with submitted applications, many in a transaction: the rows that the long way leaves, but for mails,
//! consents and audit entries, which no list looks at.

use almoner::app::keyring_files;
use almoner::clock::{Clock as _, SystemClock};
use almoner::config::{Database, Settings};
use almoner::domain::application::Status;
use almoner::domain::class::Class;
use almoner::domain::form::Form;
use almoner::domain::id::{Id, reference};
use almoner::domain::lookup::LookupKind;
use almoner::domain::programme::Kind as Asked;
use almoner::domain::quarter::Quarter;
use almoner::domain::retention::{DossierFacts, KeptUntil, Outcome as Became, Periods};
use almoner::domain::sealed::Sealed;
use almoner::domain::slot::Slot;
use almoner::store::accounts::{self, Account};
use almoner::store::applications::{self, Application};
use almoner::store::dossiers::{self, Kind, NewDossier};
use almoner::store::drafts::{self, Answer, Member};
use almoner::store::lookups::{self, NewLookup};
use almoner::store::rounds::{self, Round};
use almoner::store::{AnyConnection, StoreError};
use almoner::vault::{DataKey, Place, Vault};
use chrono::{Duration, NaiveDateTime};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use super::{Outcome, apply};

/// How many applications a transaction holds.
const TOGETHER: usize = 250;
/// One in so many is in the second round, the others are in the first.
pub const SECOND_ROUND: usize = 10;
/// Of so many people two have the name that is searched: one in each round.
const RARE: usize = 5_000;
/// The part of a name that only they have, as it is typed.
pub const NEEDLE: &str = "quillfea";
/// Their name, as the list shows it.
pub const RARE_NAME: &str = "Quillfeather";

/// How many have the rare name among so many people: in the second round, and in all.
pub fn rare(count: usize) -> (usize, usize) {
    let second = count / RARE;
    (second, second * 2)
}

/// The address of a person.
pub fn address(person: usize) -> String {
    format!("person{person}@mail.example")
}

/// The GitHub username of a person.
pub fn username(person: usize) -> String {
    format!("gh-person-{person}")
}

fn name(person: usize) -> String {
    const GIVEN: [&str; 16] = [
        "Ada", "Bertil", "Chidi", "Dörte", "Emeka", "Fatima", "Goran", "Hye-jin", "Ines", "Jomo",
        "Katya", "Lakshmi", "Mateo", "Nobuko", "Oddný", "Paweł",
    ];
    const FAMILY: [&str; 13] = [
        "Andersson",
        "Brückner",
        "Castellanos",
        "Diallo",
        "Eriksen",
        "Fernandes",
        "Grigoryan",
        "Hashimoto",
        "Ibrahim",
        "Jovanović",
        "Kowalczyk",
        "Lindqvist",
        "Moreau",
    ];
    if person % RARE == RARE / 2 || person % RARE == RARE / 2 + 1 {
        return format!("Ottoline {RARE_NAME}");
    }
    let pick = |names: &[&'static str], at: usize| names.get(at % names.len()).copied();
    let given = pick(&GIVEN, person).unwrap_or_default();
    format!("{given} {}", pick(&FAMILY, person / GIVEN.len()).unwrap_or_default())
}

struct Filler {
    vault: Vault,
    /// The first and the second, with their forms.
    rounds: Vec<(Round, Form)>,
    /// When the first of all was submitted, and the time between two.
    since: NaiveDateTime,
    step: Duration,
}

/// What is inserted of one application.
struct Rows {
    dossiers: [NewDossier; 3],
    account: Account,
    application: Application,
    member: Member,
    answers: Vec<Answer>,
    lookups: Vec<NewLookup>,
}

/// Fills a site with so many applications, submitted one after another over the last 300 days. Answers the names in
/// addresses of its rounds.
pub fn fill(settings: &Settings, count: usize) -> Outcome<Vec<String>> {
    let Database::Sqlite(database) = &settings.database else {
        return Err("the benchmark is of SQLite".into());
    };
    let now = SystemClock.now().naive_utc();
    let mut connection = connect(database)?;
    let mut rounds = Vec::new();
    for round in rounds::not_closed(&mut connection, now)? {
        let form = serde_json::from_str(&round.form)?;
        rounds.push((round, form));
    }
    let all = Duration::days(300);
    let step = Duration::milliseconds(all.num_milliseconds() / i64::try_from(count)?);
    let vault = Vault::open(keyring_files(settings))?;
    let filler = Filler { vault, rounds, since: now - all, step };
    // One transaction is written while the next one is sealed.
    let (send, receive) = std::sync::mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        let filler = &filler;
        let writer = scope.spawn(move || -> Outcome<()> {
            while let Ok(batch) = receive.recv() {
                let batch: Vec<Rows> = batch;
                connection.transaction::<_, StoreError, _>(|connection| {
                    batch.iter().try_for_each(|rows| rows.insert(connection))
                })?;
            }
            Ok(())
        });
        for start in (0..count).step_by(TOGETHER) {
            let batch: Outcome<Vec<Rows>> =
                (start..count.min(start + TOGETHER)).map(|person| filler.rows(person)).collect();
            if send.send(batch?).is_err() {
                // The writer has ended: it says why.
                break;
            }
        }
        drop(send);
        writer.join().map_err(|_| "the writing thread failed")?
    })?;
    Ok(filler.rounds.into_iter().map(|(round, _)| round.slug).collect())
}

/// A connection that fills fast: what it writes is invented, and nobody waits for it to be on disk.
fn connect(database: &std::path::Path) -> Outcome<AnyConnection> {
    let path = database.to_str().ok_or("a path that is not UTF-8")?;
    let mut connection = SqliteConnection::establish(path)?;
    connection.batch_execute(
        "PRAGMA busy_timeout = 10000; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -400000; PRAGMA wal_autocheckpoint = 50000;",
    )?;
    Ok(AnyConnection::Sqlite(connection))
}

impl Filler {
    fn dossier(
        &self,
        kind: Kind,
        parent: Option<&Id>,
        kept: KeptUntil,
        created_at: NaiveDateTime,
    ) -> Outcome<(NewDossier, DataKey)> {
        let (id, class) = (self.vault.random_id()?, Class::Personal);
        let (data_key, key) = self.vault.new_data_key(class, Quarter::of(kept.last_day), &id)?;
        let parent = parent.cloned();
        let (keep_until, rule) = (kept.last_day, kept.rule.word());
        Ok((NewDossier { id, parent, kind, class, keep_until, rule, created_at, key }, data_key))
    }

    fn seal(
        &self,
        key: &DataKey,
        dossier: &Id,
        row: &Id,
        slot: Slot,
        text: &str,
    ) -> Outcome<Sealed> {
        Ok(self.vault.seal(key, Place { slot, row, dossier }, text.as_bytes())?)
    }

    fn rows(&self, person: usize) -> Outcome<Rows> {
        let at = self.since + self.step * i32::try_from(person)?;
        // Both databases keep whole milliseconds.
        let at = chrono::DateTime::from_timestamp_millis(at.and_utc().timestamp_millis());
        let at = at.ok_or("no such time")?.naive_utc();
        let place = usize::from(person.is_multiple_of(SECOND_ROUND));
        let (round, form) = self.rounds.get(place).ok_or("too few rounds")?;
        let facts = DossierFacts::Application { submitted: at.date(), outcome: Became::Undecided };
        let kept = facts.kept_until(&Periods::default());
        let (dossier, key) = self.dossier(Kind::Application, None, kept, at)?;
        let (of_member, member_key) = self.dossier(Kind::Member, Some(&dossier.id), kept, at)?;
        let (of_account, account_key) = self.dossier(Kind::Account, None, kept, at)?;
        let (id, member, account) =
            (self.vault.random_id()?, self.vault.random_id()?, self.vault.random_id()?);
        let item = |slot, text: &str| self.seal(&member_key, &of_member.id, &member, slot, text);
        let email = address(person);
        let quarter = Quarter::of(kept.last_day);
        let lookup = |kind, dossier: &Id, subject: &Id, value: &str| -> Outcome<NewLookup> {
            Ok(NewLookup {
                id: self.vault.random_id()?,
                dossier: dossier.clone(),
                kind,
                tag: self.vault.blind(kind, quarter, value)?,
                subject: subject.clone(),
            })
        };
        let answered = form.questions.iter().filter(|question| question.kind != Asked::File);
        let answers = answered.map(|question| {
            let own = self.vault.random_id()?;
            let text = apply::answer(question, form.amount.most);
            Ok(Answer {
                value: self.seal(&key, &dossier.id, &own, Slot::AnswerValue, &text)?,
                id: own,
                dossier_id: dossier.id.clone(),
                application_id: id.clone(),
                question: question.key.clone(),
            })
        });
        Ok(Rows {
            lookups: vec![
                lookup(LookupKind::AccountEmail, &of_account.id, &account, &email)?,
                lookup(LookupKind::ApplicantEmail, &of_member.id, &id, &email)?,
                lookup(LookupKind::ApplicantGithub, &of_member.id, &id, &username(person))?,
            ],
            answers: answers.collect::<Outcome<_>>()?,
            member: Member {
                name: Some(item(Slot::MemberName, &name(person))?),
                pronouns: Some(item(Slot::MemberPronouns, "they/them")?),
                email: item(Slot::MemberEmail, &email)?,
                location: Some(item(Slot::MemberLocation, "Somewhere by the river, NO")?),
                ip: Some(item(Slot::MemberIp, "192.0.2.7")?),
                github_username: Some(item(Slot::MemberGithubUsername, &username(person))?),
                social_usernames: Some(item(Slot::MemberSocialUsernames, "@p@social.example")?),
                github_id: None,
                id: member.clone(),
                dossier_id: of_member.id.clone(),
                application_id: id.clone(),
                position: 0,
            },
            account: Account {
                email: self.seal(
                    &account_key,
                    &of_account.id,
                    &account,
                    Slot::AccountEmail,
                    &email,
                )?,
                id: account.clone(),
                dossier_id: of_account.id.clone(),
                created_at: at,
                last_sign_in: at.date(),
            },
            application: Application {
                id,
                dossier_id: dossier.id.clone(),
                account_id: Some(account),
                programme_id: round.programme_id.clone(),
                round_id: round.id.clone(),
                form_id: round.form_id.clone(),
                reference: reference(self.vault.random_bytes()?),
                status: Status::Submitted.word().to_owned(),
                created_at: at,
                changed_at: at,
                submitted_at: Some(at),
            },
            dossiers: [dossier, of_member, of_account],
        })
    }
}

impl Rows {
    fn insert(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        self.dossiers.iter().try_for_each(|dossier| dossiers::insert(connection, dossier))?;
        accounts::insert(connection, &self.account)?;
        applications::insert(connection, &self.application)?;
        drafts::insert_member(connection, &self.member)?;
        self.answers.iter().try_for_each(|answer| drafts::put_answer(connection, answer))?;
        self.lookups.iter().try_for_each(|lookup| lookups::insert(connection, lookup))
    }
}
