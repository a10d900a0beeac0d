//! Looks for a part of a name in sealed names: each is opened for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::context::Context;
use super::error::ServiceError;
use crate::domain::id::Id;
use crate::domain::lookup::fold;
use crate::domain::slot::Slot;
use crate::store::lists::{self, Filter, NameRow};
use crate::vault::{Place, VaultError};

/// How many sealed names are read at a time. More would not be faster, and a thread's share of the memory keeps the
/// size that it once had.
const PIECE: i64 = 500;

/// The first applications of a list in whose applicant's name a folded text occurs, in the list's order, and how many
/// names were looked at. It ends when there are `enough`.
pub(super) fn search(
    ctx: &Context,
    part: &str,
    filter: &Filter,
    enough: usize,
) -> Result<(Vec<Id>, usize), ServiceError> {
    let progress =
        Progress { next: Some(filter.clone()), taken: 0, searched: 0, hits: BTreeMap::new() };
    let search = Search { ctx, part, enough, progress: Mutex::new(progress) };
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| search.take_part());
        (search.take_part(), second.join())
    });
    first?;
    second.map_err(|_| ServiceError::internal("a search thread failed"))??;
    let progress = search.progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    let hits = progress.hits.into_values().flatten().take(enough).collect();
    Ok((hits, progress.searched))
}

/// A search that several threads take part in.
struct Search<'a> {
    ctx: &'a Context,
    part: &'a str,
    enough: usize,
    progress: Mutex<Progress>,
}

/// How far a search is.
struct Progress {
    /// Where the next piece of the list begins; none when there is none, or it is not wanted.
    next: Option<Filter>,
    /// How many pieces were taken.
    taken: usize,
    searched: usize,
    /// What was found, by piece: they are taken in the list's order, but may end in another.
    hits: BTreeMap<usize, Vec<Id>>,
}

impl Search<'_> {
    /// Looks through pieces of the list as long as there are some.
    fn take_part(&self) -> Result<(), ServiceError> {
        let done = self.look_through_pieces();
        if done.is_err() {
            self.progress().next = None;
        }
        done
    }

    fn look_through_pieces(&self) -> Result<(), ServiceError> {
        while let Some((nth, from)) = self.take_piece()? {
            let names = self.ctx.store.read(|connection| lists::names(connection, &from, PIECE))?;
            let searched = names.len();
            let mut hits = Vec::new();
            for name in names {
                if self.is_hit(&name)? {
                    hits.push(name.id);
                }
            }
            let mut progress = self.progress();
            progress.searched += searched;
            progress.hits.insert(nth, hits);
        }
        Ok(())
    }

    /// The next piece: its number, and where it begins.
    fn take_piece(&self) -> Result<Option<(usize, Filter)>, ServiceError> {
        let mut progress = self.progress();
        let found: usize = progress.hits.values().map(Vec::len).sum();
        let Some(from) = progress.next.take().filter(|_| found < self.enough) else {
            return Ok(None);
        };
        let last = |connection: &mut _| lists::place_after(connection, &from, PIECE - 1);
        let last = self.ctx.store.read(last)?;
        progress.next = last.map(|last| Filter { after: Some(last), ..from.clone() });
        progress.taken += 1;
        Ok(Some((progress.taken, from)))
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // A thread that fails under the lock makes the whole search fail.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_hit(&self, row: &NameRow) -> Result<bool, ServiceError> {
        let (row_id, dossier) = (&row.member_id, &row.member_dossier);
        let Some(sealed) = &row.name else { return Ok(false) };
        let key = self.ctx.unwrap_key(&row.key, dossier)?;
        let place = Place { slot: Slot::MemberName, row: row_id, dossier };
        let mut name = self.ctx.vault.open_bytes(&key, place, sealed)?;
        if name.is_ascii() {
            // What folding does to these letters, done where they lie: no copy is made that nobody wipes.
            name.make_ascii_lowercase();
        }
        let name = std::str::from_utf8(&name).map_err(|_| VaultError::NotText)?;
        Ok(if name.is_ascii() { name.contains(self.part) } else { fold(name).contains(self.part) })
    }
}
