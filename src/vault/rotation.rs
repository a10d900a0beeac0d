//! New versions of cohort keys, the end of old ones, and a new root key.
//!
//! A rotation is a row of small steps, each of which may be taken twice without harm: [`Vault::add_version`]; when
//! every process has loaded it, [`Vault::activate_version`]; re-wrap the data keys; [`Vault::mark_unreferenced`];
//! after [`UNREFERENCED_DAYS`], [`Vault::destroy`]. Which rows refer to a key is not known here.

use chrono::{Days, NaiveDate};
use data_encoding::HEXLOWER;

use crate::domain::class::Class;
use crate::domain::quarter::Quarter;

use super::Vault;
use super::calendar::{Cohort, KeyName, KeyState};
use super::error::VaultError;
use super::keyring::store::Write;
use super::keyring::{CohortKey, Version};

/// For how many days nothing must have referred to a replaced key before it is destroyed: as long as backups of
/// wrapped keys live.
pub const UNREFERENCED_DAYS: u64 = 30;

/// What was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destroyed {
    /// The keys that were destroyed now. Empty when all of them had been before.
    pub keys: Vec<KeyName>,
    /// The cohorts of which nothing is left; their index keys were destroyed too.
    pub cohorts: Vec<Cohort>,
    /// The day of the destruction, UTC.
    pub on: NaiveDate,
    /// The keyring's generation since then.
    pub generation: u32,
    /// The fingerprint of the root key since then: older recovery sheets are worthless for this keyring, and must be
    /// burnt, since with an old copy of the keyring they are not.
    pub root: String,
}

/// Whether a whole cohort may be destroyed on `today`: its quarter has ended.
#[must_use]
pub fn cohort_may_go(quarter: Quarter, today: NaiveDate) -> bool {
    quarter.has_ended(today)
}

/// Whether a replaced version may be destroyed on `today`: nothing has referred to it for [`UNREFERENCED_DAYS`].
#[must_use]
pub fn version_may_go(unreferenced_since: Option<NaiveDate>, today: NaiveDate) -> bool {
    unreferenced_since
        .and_then(|day| day.checked_add_days(Days::new(UNREFERENCED_DAYS)))
        .is_some_and(|day| day <= today)
}

impl Vault {
    /// Makes the next version of a cohort's key, pending. Where there is a pending one, that one is given.
    ///
    /// # Errors
    /// [`VaultError::ScopeViolation`] on a part of a keyring; [`VaultError::KeyNotInScope`],
    /// [`VaultError::KeyDestroyed`], [`VaultError::KeyUnavailable`]; else as [`Vault::open`].
    pub fn add_version(
        &self,
        class: Class,
        quarter: Quarter,
        today: NaiveDate,
    ) -> Result<String, VaultError> {
        let cohort = Cohort { class, quarter };
        self.change(|keyring| {
            let versions = &keyring.cohort(cohort)?.versions;
            let pending = versions.iter().find(|(_, version)| version.state == KeyState::Pending);
            if let Some((number, _)) = pending {
                let name = KeyName { cohort, version: *number };
                return Ok((name.to_string(), Write::Nothing));
            }
            let name = KeyName { cohort, version: keyring.next_version(cohort) };
            let version = Version {
                state: KeyState::Pending,
                created: today,
                unreferenced_since: None,
                key: CohortKey::random(class, &self.store.random)?,
            };
            if let Some(keys) = keyring.cohorts.get_mut(&cohort) {
                keys.versions.insert(name.version, version);
            }
            Ok((name.to_string(), Write::SameRoot))
        })
    }

    /// Lets a pending version be the one that data keys are wrapped under; the one that was, retires.
    /// A version that is or has been the active one is left as it is.
    ///
    /// # Errors
    /// As [`Vault::add_version`].
    pub fn activate_version(&self, name: &str) -> Result<(), VaultError> {
        let name = parse(name)?;
        self.change(|keyring| {
            if keyring.version(name)?.state != KeyState::Pending {
                return Ok(((), Write::Nothing));
            }
            if let Some(keys) = keyring.cohorts.get_mut(&name.cohort) {
                for (number, version) in &mut keys.versions {
                    if *number == name.version {
                        version.state = KeyState::Active;
                    } else if version.state == KeyState::Active {
                        version.state = KeyState::Retiring;
                    }
                }
            }
            Ok(((), Write::SameRoot))
        })
    }

    /// Records that from `today` on nothing refers to a retiring version. Gives the day that is recorded: an earlier
    /// one stays.
    ///
    /// # Errors
    /// [`VaultError::CohortInUse`] when the version is not retiring; else as [`Vault::add_version`].
    pub fn mark_unreferenced(&self, name: &str, today: NaiveDate) -> Result<NaiveDate, VaultError> {
        let name = parse(name)?;
        self.change(|keyring| {
            let version = keyring.version(name)?;
            if version.state != KeyState::Retiring {
                return Err(VaultError::CohortInUse { name: name.to_string() });
            }
            if let Some(day) = version.unreferenced_since {
                return Ok((day, Write::Nothing));
            }
            set_unreferenced(keyring, name, Some(today));
            Ok((today, Write::SameRoot))
        })
    }

    /// Takes that record back, because something refers to the version again: after a restore, say.
    ///
    /// # Errors
    /// As [`Vault::add_version`].
    pub fn mark_referenced(&self, name: &str) -> Result<(), VaultError> {
        let name = parse(name)?;
        self.change(|keyring| {
            if keyring.version(name)?.unreferenced_since.is_none() {
                return Ok(((), Write::Nothing));
            }
            set_unreferenced(keyring, name, None);
            Ok(((), Write::SameRoot))
        })
    }

    /// Destroys keys, and the index keys of cohorts of which no key is left. The root key changes in the same step, so
    /// that no older copy of the keyring can be opened. That the quarter has ended ([`cohort_may_go`]) or the days are
    /// over ([`version_may_go`]), and that nothing refers to the keys, is for the caller to know.
    ///
    /// Keys that were destroyed before are passed over; when all were, nothing changes.
    ///
    /// # Errors
    /// [`VaultError::CohortInUse`] when a cohort would be left without an active key; else as
    /// [`Vault::add_version`]. Nothing is destroyed then.
    pub fn destroy(&self, names: &[String], today: NaiveDate) -> Result<Destroyed, VaultError> {
        let names: Vec<KeyName> = names.iter().map(|name| parse(name)).collect::<Result<_, _>>()?;
        let (keys, cohorts) = self.change(|keyring| {
            let mut keys = Vec::new();
            let mut cohorts = Vec::new();
            for name in names {
                if keyring.destroyed.contains_key(&name) {
                    continue;
                }
                keyring.version(name)?;
                if let Some(living) = keyring.cohorts.get_mut(&name.cohort) {
                    living.versions.remove(&name.version);
                }
                keyring.destroyed.insert(name, today);
                keys.push(name);
            }
            for name in &keys {
                let Some(living) = keyring.cohorts.get(&name.cohort) else { continue };
                if living.versions.is_empty() {
                    keyring.cohorts.remove(&name.cohort);
                    cohorts.push(name.cohort);
                } else if keyring.active(name.cohort).is_err() {
                    return Err(VaultError::CohortInUse { name: name.cohort.to_string() });
                }
            }
            let write = if keys.is_empty() { Write::Nothing } else { Write::NewRoot };
            Ok(((keys, cohorts), write))
        })?;
        let loaded = self.loaded();
        let (generation, root) = (loaded.keyring.generation, HEXLOWER.encode(&loaded.root));
        Ok(Destroyed { keys, cohorts, on: today, generation, root })
    }

    /// Changes the root key. No key under it changes; older copies of the keyring and older recovery sheets no longer
    /// go with the files.
    ///
    /// # Errors
    /// [`VaultError::ScopeViolation`] on a part of a keyring; else as [`Vault::open`].
    pub fn roll_root(&self) -> Result<(), VaultError> {
        self.change(|_| Ok(((), Write::NewRoot)))
    }
}

fn parse(name: &str) -> Result<KeyName, VaultError> {
    name.parse().map_err(|_| VaultError::KeyUnavailable { name: name.to_owned() })
}

fn set_unreferenced(keyring: &mut super::keyring::Keyring, name: KeyName, day: Option<NaiveDate>) {
    let keys = keyring.cohorts.get_mut(&name.cohort);
    if let Some(version) = keys.and_then(|keys| keys.versions.get_mut(&name.version)) {
        version.unreferenced_since = day;
    }
}
