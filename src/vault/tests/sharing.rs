//! Two vaults on one keyring: one rotates and destroys, the other goes on working.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};
use crate::domain::slot::Slot;

use super::super::{Place, Vault, VaultError};
use super::{Site, assert_err, day, id, quarter};

const CLASS: Class = Class::Personal;
const WHEN: &str = "2029Q4";
const WORKERS: usize = 2;
/// As many as are kept: the rotation wraps each anew.
const ROWS: usize = 50;
/// So that nobody who waits takes the processor from one who works.
const PAUSE: Duration = Duration::from_micros(300);

/// What stands in for the database: rows, and the generation that the serving process has registered.
struct Rows {
    rows: Mutex<Vec<(Id, WrappedKey, Sealed)>>,
    registered: AtomicU32,
    /// How many rounds each worker has finished, so that the rotation can wait for those that are under way.
    rounds: [AtomicU64; WORKERS],
    done: AtomicBool,
}

impl Rows {
    /// Waits until no worker is in a round that it had begun before. In life these are 30 days.
    fn wait_for_rounds(&self) {
        for rounds in &self.rounds {
            let seen = rounds.load(Ordering::SeqCst);
            while rounds.load(Ordering::SeqCst) < seen + 2 {
                assert!(!self.done.load(Ordering::SeqCst), "a worker has failed");
                std::thread::sleep(PAUSE);
            }
        }
    }
}

/// Tells the others to stop when one stops, also when it panics.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn place(dossier: &Id) -> Place<'_> {
    Place { slot: Slot::MemberName, row: dossier, dossier }
}

/// Writes new rows and reads old ones. Every error is a failure.
fn work(vault: &Vault, shared: &Rows, worker: usize) -> u64 {
    let _stop = Stop(&shared.done);
    let mut made = 0;
    while !shared.done.load(Ordering::SeqCst) {
        let generation = vault.generation();
        let dossier = vault.random_id().unwrap();
        let (key, wrapped) = vault.new_data_key(CLASS, quarter(WHEN), &dossier).unwrap();
        let sealed = vault.seal(&key, place(&dossier), dossier.as_str().as_bytes()).unwrap();
        {
            let mut rows = shared.rows.lock().unwrap();
            // The comparison inside the transaction: a key that has been replaced meanwhile is not written.
            if shared.registered.load(Ordering::SeqCst) == generation {
                if rows.len() == ROWS {
                    rows.remove(0);
                }
                rows.push((dossier, wrapped, sealed));
                made += 1;
            }
        }
        let row = shared.rows.lock().unwrap().iter().rev().nth(worker * 5).cloned();
        if let Some((dossier, wrapped, sealed)) = row {
            let key = vault.open_data_key(&wrapped, &dossier).unwrap();
            let opened = vault.open_value(&key, place(&dossier), &sealed).unwrap();
            assert_eq!(opened.expose(), dossier.as_str());
        }
        shared.rounds[worker].fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(PAUSE);
    }
    made
}

/// Loads every generation as soon as it is there, and registers it.
fn keep_up(vault: &Vault, shared: &Rows) {
    let _stop = Stop(&shared.done);
    while !shared.done.load(Ordering::SeqCst) {
        if vault.reload().unwrap() {
            let _transaction = shared.rows.lock().unwrap();
            shared.registered.store(vault.generation(), Ordering::SeqCst);
        }
        std::thread::sleep(PAUSE);
    }
}

#[test]
fn one_rotates_and_destroys_and_the_other_never_fails() {
    let (site, rotating) = Site::new();
    let serving = site.open();
    let shared = Rows {
        rows: Mutex::new(Vec::new()),
        registered: AtomicU32::new(serving.generation()),
        rounds: Default::default(),
        done: AtomicBool::new(false),
    };
    let today = day("2026-11-22");
    let made: u64 = std::thread::scope(|scope| {
        let (shared, serving) = (&shared, &serving);
        scope.spawn(move || keep_up(serving, shared));
        let workers: Vec<_> =
            (0..WORKERS).map(|worker| scope.spawn(move || work(serving, shared, worker))).collect();
        let rotation = scope.spawn(|| {
            let _stop = Stop(&shared.done);
            for _ in 0..20 {
                let old = rotating.current_key(CLASS, quarter(WHEN)).unwrap();
                let canary = rotating.new_data_key(CLASS, quarter(WHEN), &id(1)).unwrap().1;
                assert_eq!(canary.cohort_key, old);
                let new = rotating.add_version(CLASS, quarter(WHEN), today).unwrap();
                wait_until_loaded(shared, rotating.generation());
                rotating.activate_version(&new).unwrap();
                wait_until_loaded(shared, rotating.generation());
                for (dossier, wrapped, _) in shared.rows.lock().unwrap().iter_mut() {
                    *wrapped = rotating.rewrap(wrapped, dossier, quarter(WHEN)).unwrap();
                }
                shared.wait_for_rounds();
                let rows = shared.rows.lock().unwrap().clone();
                assert!(rows.iter().all(|(_, wrapped, _)| wrapped.cohort_key == new));
                rotating.destroy(&[old], today).unwrap();
                wait_until_loaded(shared, rotating.generation());
                assert_err!(
                    serving.open_data_key(&canary, &id(1)),
                    VaultError::KeyDestroyed { .. }
                );
            }
        });
        let made = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
        rotation.join().unwrap();
        made
    });
    assert!(made > 20, "only {made} rows were written meanwhile");
    assert_eq!(rotating.generation(), 61);
    let fresh = site.open();
    for (dossier, wrapped, sealed) in shared.rows.into_inner().unwrap() {
        let key = fresh.open_data_key(&wrapped, &dossier).unwrap();
        assert_eq!(
            fresh.open_value(&key, place(&dossier), &sealed).unwrap().expose(),
            dossier.as_str()
        );
    }
}

fn wait_until_loaded(shared: &Rows, generation: u32) {
    while shared.registered.load(Ordering::SeqCst) < generation {
        assert!(!shared.done.load(Ordering::SeqCst));
        std::thread::sleep(PAUSE);
    }
}

#[test]
fn two_that_change_it_at_once_lose_nothing() {
    let (site, _) = Site::new();
    let classes = [Class::Personal, Class::Packet, Class::Staff, Class::Assessor];
    std::thread::scope(|scope| {
        for class in classes {
            let vault = site.open();
            scope.spawn(move || {
                for _ in 0..8 {
                    let today = day("2026-11-22");
                    let name = vault.add_version(class, quarter(WHEN), today).unwrap();
                    vault.activate_version(&name).unwrap();
                }
            });
        }
    });
    let vault = site.open();
    assert_eq!(vault.generation(), 65);
    for class in classes {
        assert_eq!(vault.current_key(class, quarter(WHEN)).unwrap(), format!("{class}/2029Q4/9"));
    }
}

#[test]
fn a_vault_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Vault>();
}
