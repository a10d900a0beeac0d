//! What every use case works with.

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use data_encoding::BASE32_NOPAD;
use serde_json::json;

pub use super::actor::Actor;
use super::error::ServiceError;
use super::limits::Limits;
use super::uploads::Uploads;
use crate::clock::Clock;
use crate::domain::class::Class;
use crate::domain::controller::Controller;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;
use crate::domain::retention::{KeptUntil, Periods};
use crate::domain::sealed::{Sealed, WrappedKey};
use crate::domain::secret::{Secret, SecretBytes};
use crate::domain::slot::Slot;
use crate::inventory::Surfaces;
use crate::provider::Providers;
use crate::store::dossiers::{self, NewDossier};
use crate::store::{AnyConnection, Store, StoreError, audit, outbox, site};
use crate::vault::{DataKey, MacPurpose, Place, Vault};

/// What is true of the site as a whole.
#[derive(Clone, Debug)]
pub struct Site {
    /// The address that people use, without a slash at the end.
    pub base_url: String,
    /// Who answers for the data.
    pub controller: Controller,
    /// How many times as wide as usual the limits are.
    pub limits: NonZeroU32,
    /// Whether staff may work after signing in by mail alone.
    pub staff_by_mail: bool,
}

/// Store, keys, clock and what is true of the site.
pub struct Context {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    clock: Arc<dyn Clock>,
    pub(crate) periods: Periods,
    /// This process, while it lives.
    pub(crate) process: Id,
    pub(crate) leases: super::held_leases::Leases,
    pub(crate) limits: Limits,
    pub(crate) uploads: Uploads,
    pub(crate) accesses: super::access_log::Queue,
    pub(crate) definitions: super::rounds::Definitions,
    /// Whether the keyring on disk could not be taken up, and the log says so.
    keys_trouble: std::sync::atomic::AtomicBool,
    /// What of the site this process serves.
    pub surfaces: Surfaces,
    /// What is true of the site as a whole.
    pub site: Site,
    /// Where else people can sign in.
    pub providers: Providers,
}

/// How often a use case begins again when keys or rows changed under it.
const TRIES: usize = 4;

impl Context {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the machine gives no random numbers.
    pub fn new(
        store: Store,
        vault: Vault,
        clock: Arc<dyn Clock>,
        surfaces: Surfaces,
        site: Site,
    ) -> Result<Self, ServiceError> {
        let process = vault.random_id()?;
        Ok(Self {
            store,
            vault,
            limits: Limits::new(Arc::clone(&clock), site.limits),
            uploads: Uploads::default(),
            clock,
            periods: Periods::default(),
            process,
            leases: super::held_leases::Leases::default(),
            accesses: super::access_log::Queue::default(),
            definitions: super::rounds::Definitions::default(),
            keys_trouble: std::sync::atomic::AtomicBool::new(false),
            surfaces,
            site,
            providers: Providers::default(),
        })
    }

    /// The same with providers through which people come in.
    #[must_use]
    pub fn with_providers(self, providers: Providers) -> Self {
        Self { providers, ..self }
    }

    /// The classes of data that this process can open.
    #[must_use]
    pub fn classes(&self) -> Vec<Class> {
        self.vault.classes()
    }

    /// The classes of data for which this process can seal and not open.
    #[must_use]
    pub fn only_seals(&self) -> Vec<Class> {
        self.vault.only_seals()
    }

    /// The classes whose jobs this process does: mail, and clearing up.
    #[must_use]
    pub fn works_on(&self) -> Vec<Class> {
        let mut classes = self.vault.classes();
        if !self.surfaces.is_all() {
            classes.retain(|class| {
                self.surfaces.iter().any(|surface| surface.works_on().contains(class))
            });
        }
        classes
    }

    /// The generation of the keyring that this process works with.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.vault.generation()
    }

    /// How many queries were sent to the database since it was opened.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.store.queries()
    }

    /// The time now, UTC, in whole milliseconds: both databases keep those.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.clock.now().timestamp_millis()).unwrap_or_default()
    }

    /// The same as the tables have it.
    pub(crate) fn stamp(&self) -> NaiveDateTime {
        self.now().naive_utc()
    }

    /// The calendar day now, UTC.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// A new random identifier.
    pub(crate) fn id(&self) -> Result<Id, ServiceError> {
        Ok(self.vault.random_id()?)
    }

    /// Does something whose keys may be renewed, or whose rows may be changed, by somebody else meanwhile:
    /// then it is done again from the start.
    pub(crate) fn steadily<T>(
        &self,
        mut work: impl FnMut(i64) -> Result<T, StoreOrService>,
    ) -> Result<T, ServiceError> {
        let mut tries = 1;
        loop {
            // A look at the file's times: keys made or dropped by another process are known from here on.
            self.take_up_keys();
            let generation = i64::from(self.vault.generation());
            match work(generation) {
                Ok(value) => return Ok(value),
                Err(StoreOrService::Store(
                    StoreError::StaleKeys | StoreError::InUse | StoreError::Conflict,
                )) if tries < TRIES => tries += 1,
                Err(StoreOrService::Store(error)) => return Err(error.into()),
                Err(StoreOrService::Service(error)) => return Err(error),
            }
        }
    }

    /// Takes up keys that other processes made. Where what is on disk can't be taken up, work goes on with the keys
    /// in hand, as long as the database knows of no newer ones.
    pub(crate) fn take_up_keys(&self) {
        use std::sync::atomic::Ordering::Relaxed;
        match self.vault.reload() {
            Ok(_) => self.keys_trouble.store(false, Relaxed),
            Err(error) if !self.keys_trouble.swap(true, Relaxed) => {
                tracing::error!(%error, "the keyring on disk can't be taken up; going on with the one in hand");
            }
            Err(_) => {}
        }
    }

    /// Writes what was sealed or wrapped under a generation of the keyring.
    pub(crate) fn write_under<T: Send + 'static>(
        &self,
        generation: i64,
        mut work: impl FnMut(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.store.write(move |connection| {
            site::compare_generation(connection, generation)?;
            work(connection)
        })
    }

    /// Makes a dossier and its data key, to be inserted.
    pub(crate) fn new_dossier(
        &self,
        kind: dossiers::Kind,
        class: Class,
        parent: Option<&Id>,
        kept: KeptUntil,
    ) -> Result<(NewDossier, DataKey), ServiceError> {
        let id = self.id()?;
        let (data_key, key) = self.vault.new_data_key(class, Quarter::of(kept.last_day), &id)?;
        let dossier = NewDossier {
            id,
            parent: parent.cloned(),
            kind,
            class,
            keep_until: kept.last_day,
            rule: kept.rule.word(),
            created_at: self.stamp(),
            key,
        };
        Ok((dossier, data_key))
    }

    /// The data key of a dossier.
    pub(crate) fn data_key(&self, dossier: &Id) -> Result<DataKey, ServiceError> {
        let wrapped = self.store.read(|connection| dossiers::key(connection, dossier))?;
        self.unwrap_key(&wrapped, dossier)
    }

    /// Unwraps a data key.
    pub(crate) fn unwrap_key(
        &self,
        wrapped: &WrappedKey,
        dossier: &Id,
    ) -> Result<DataKey, ServiceError> {
        Ok(self.vault.open_data_key(wrapped, dossier)?)
    }

    /// Seals a value for its place.
    pub(crate) fn seal(
        &self,
        key: &DataKey,
        slot: Slot,
        row: &Id,
        dossier: &Id,
        value: &Secret,
    ) -> Result<Sealed, ServiceError> {
        let place = Place { slot, row, dossier };
        Ok(self.vault.seal(key, place, value.expose().as_bytes())?)
    }

    /// The same with something that is kept as JSON.
    pub(crate) fn seal_json(
        &self,
        key: &DataKey,
        slot: Slot,
        row: &Id,
        dossier: &Id,
        value: &impl serde::Serialize,
    ) -> Result<Sealed, ServiceError> {
        let text = Secret::new(serde_json::to_string(value).map_err(ServiceError::internal)?);
        self.seal(key, slot, row, dossier, &text)
    }

    /// Opens a value at its place.
    pub(crate) fn open(
        &self,
        key: &DataKey,
        slot: Slot,
        row: &Id,
        dossier: &Id,
        sealed: &Sealed,
    ) -> Result<Secret, ServiceError> {
        Ok(self.vault.open_value(key, Place { slot, row, dossier }, sealed)?)
    }

    /// Seals the content of a file for its place.
    pub(crate) fn seal_bytes(
        &self,
        key: &DataKey,
        slot: Slot,
        row: &Id,
        dossier: &Id,
        content: &SecretBytes,
    ) -> Result<Sealed, ServiceError> {
        Ok(self.vault.seal(key, Place { slot, row, dossier }, content.expose())?)
    }

    /// Opens the content of a file at its place.
    pub(crate) fn open_bytes(
        &self,
        key: &DataKey,
        slot: Slot,
        row: &Id,
        dossier: &Id,
        sealed: &Sealed,
    ) -> Result<SecretBytes, ServiceError> {
        let mut bytes = self.vault.open_bytes(key, Place { slot, row, dossier }, sealed)?;
        Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
    }

    /// The same where there may be none yet: then it is blank.
    pub(crate) fn open_or_blank(
        &self,
        key: &DataKey,
        slot: Slot,
        row: &Id,
        dossier: &Id,
        sealed: Option<&Sealed>,
    ) -> Result<Secret, ServiceError> {
        match sealed {
            Some(sealed) => self.open(key, slot, row, dossier, sealed),
            None => Ok(Secret::default()),
        }
    }

    /// A keyed digest as text: 16 bytes of it, as 26 letters and digits.
    pub(crate) fn digest(
        &self,
        purpose: MacPurpose,
        parts: &[&[u8]],
    ) -> Result<String, ServiceError> {
        let mac = self.vault.mac(purpose, parts)?;
        let (short, _) = mac.split_at(16);
        Ok(BASE32_NOPAD.encode(short).to_ascii_lowercase())
    }

    /// An entry for the audit. `detail` holds ids and words, nothing else.
    pub(crate) fn audit(
        &self,
        actor: &Actor,
        action: &str,
        subject: Option<&Id>,
        detail: &impl serde::Serialize,
    ) -> Result<audit::Entry, ServiceError> {
        Ok(audit::Entry {
            id: self.id()?,
            at: self.stamp(),
            actor: actor.word().to_owned(),
            actor_id: actor.id(),
            action: action.to_owned(),
            subject: subject.cloned(),
            detail: serde_json::to_string(detail).map_err(ServiceError::internal)?,
            role: actor.role().map(str::to_owned),
            reason: None,
        })
    }

    /// The same without anything to add.
    pub(crate) fn audit_plain(
        &self,
        actor: &Actor,
        action: &str,
        subject: &Id,
    ) -> Result<audit::Entry, ServiceError> {
        self.audit(actor, action, Some(subject), &json!({}))
    }

    /// A mail for the outbox, due now.
    pub(crate) fn mail(
        &self,
        template: &str,
        subject: &Id,
        dossier: &Id,
    ) -> Result<outbox::Mail, ServiceError> {
        let now = self.stamp();
        Ok(outbox::Mail {
            id: self.id()?,
            dossier_id: dossier.clone(),
            template: template.to_owned(),
            subject_id: subject.clone(),
            created_at: now,
            due_at: now,
            attempts: 0,
            sent_at: None,
        })
    }
}

/// A failure that may be worth another try, or one that is not.
#[derive(Debug)]
pub(crate) enum StoreOrService {
    /// Of the store.
    Store(StoreError),
    /// Of the use case.
    Service(ServiceError),
}

impl From<StoreError> for StoreOrService {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ServiceError> for StoreOrService {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<crate::vault::VaultError> for StoreOrService {
    fn from(error: crate::vault::VaultError) -> Self {
        Self::Service(error.into())
    }
}
