//! Looks a keyring over, for `almoner keys check` and `almoner doctor`.

use std::path::PathBuf;

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;

use super::Vault;
use super::calendar::Cohort;
use super::error::VaultError;
use super::keyring::files::{self, open_to_others};
use super::keyring::{Keyring, Scope};

/// What was found in a keyring every entry of which opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// The site.
    pub deployment: Id,
    /// The generation on disk.
    pub generation: u32,
    /// Whether it is the whole keyring or a part.
    pub scope: Scope,
    /// How many versions of cohort keys were opened.
    pub cohort_keys: usize,
    /// How many index keys were opened.
    pub index_keys: usize,
    /// How many service keys were opened.
    pub service_keys: usize,
    /// How many keys are recorded as destroyed.
    pub destroyed: usize,
    /// From when to when the calendar reaches, for each class.
    pub calendar: Vec<Calendar>,
    /// What should be put right. Nothing here keeps the site from working.
    pub problems: Vec<Problem>,
}

/// The quarters of a class that have keys, without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The class.
    pub class: Class,
    /// The first quarter.
    pub first: Quarter,
    /// The last quarter before the first gap, or the last of all.
    pub last: Quarter,
}

/// Something that should be put right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Others can look into the folder.
    #[error("others can look into {path}; run `chmod 700 {path}`")]
    FolderOpen {
        /// The folder.
        path: PathBuf,
    },
    /// Who takes the folder has everything.
    #[error(
        "the root key lies in the folder of the keyring, {path}; keep it elsewhere, so that one copied folder opens nothing"
    )]
    RootBesideKeyring {
        /// The folder.
        path: PathBuf,
    },
    /// A quarter in the middle of the calendar has no keys.
    #[error("the calendar of {0} keys has a gap after {1}; run `almoner keys extend`")]
    Gap(Class, Quarter),
}

impl Vault {
    /// Reads both files again, opens every entry, and looks at the rights on the files and at the calendar.
    ///
    /// # Errors
    /// As [`Vault::open`]: a keyring that can't be opened is no matter for a report.
    pub fn check(&self) -> Result<CheckReport, VaultError> {
        let loaded = self.store.read()?;
        let keyring = &loaded.keyring;
        let calendar: Vec<Calendar> =
            Class::ALL.iter().filter_map(|class| calendar(keyring, *class)).collect();
        let mut problems = Vec::new();
        let folder = files::folder(&self.store.path);
        let mut folders = vec![folder];
        if let Some(root) = self.store.root.path().map(files::folder) {
            if root == folder {
                problems.push(Problem::RootBesideKeyring { path: folder.to_owned() });
            } else {
                folders.push(root);
            }
        }
        for folder in folders {
            if open_to_others(folder)? {
                problems.push(Problem::FolderOpen { path: folder.to_owned() });
            }
        }
        for reach in &calendar {
            let class = reach.class;
            if keyring.cohorts.keys().any(|c| c.class == class && c.quarter > reach.last) {
                problems.push(Problem::Gap(class, reach.last));
            }
        }
        Ok(CheckReport {
            deployment: keyring.deployment.clone(),
            generation: keyring.generation,
            scope: keyring.scope,
            cohort_keys: keyring.cohorts.values().map(|keys| keys.versions.len()).sum(),
            index_keys: keyring.cohorts.values().filter(|keys| keys.index.is_some()).count(),
            service_keys: keyring.services.len(),
            destroyed: keyring.destroyed.len(),
            calendar,
            problems,
        })
    }
}

fn calendar(keyring: &Keyring, class: Class) -> Option<Calendar> {
    let first = keyring.cohorts.keys().find(|cohort| cohort.class == class)?.quarter;
    let mut last = first;
    while keyring.cohorts.contains_key(&Cohort { class, quarter: last.next() }) {
        last = last.next();
    }
    Some(Calendar { class, first, last })
}
