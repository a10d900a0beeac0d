//! The slow fingerprint of a password: Argon2id, one at a time and in the same memory each time, so that a flood of guesses
//! takes neither the machine nor its memory.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::context::Context;
use super::error::ServiceError;
use crate::domain::password;
use crate::domain::secret::Secret;

/// Memory in KiB, passes and lanes: what OWASP's cheat sheet on storing passwords asks for (2025).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// How many are computed at once: each takes a core and 19 MiB.
const AT_ONCE: usize = 1;
/// How many may wait for their turn. More would keep everybody else from being served.
const WAITING: usize = 8;

/// How many are being computed, and how many wait.
static TURNS: Mutex<(usize, usize)> = Mutex::new((0, 0));
static FREE: Condvar = Condvar::new();
/// What they are computed in. It is kept: allocators hold on to pieces of such a size, one for each thread.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

/// A fingerprint with what it was computed with.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    hash: String,
}

/// A place among the few.
struct Turn;

impl Turn {
    fn take() -> Result<Self, ServiceError> {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.1 >= WAITING {
            return Err(ServiceError::Busy);
        }
        turns.1 += 1;
        while turns.0 >= AT_ONCE {
            turns = FREE.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
        *turns = (turns.0 + 1, turns.1 - 1);
        Ok(Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        turns.0 -= 1;
        FREE.notify_one();
    }
}

/// Computes the fingerprint of a new password.
///
/// # Errors
/// [`ServiceError::Busy`] when too many wait.
pub(crate) fn make(ctx: &Context, password: &Secret) -> Result<Fingerprint, ServiceError> {
    let salt = ctx.vault.random_bytes::<16>()?;
    let hash = compute(COST, &salt, password)?;
    let (memory, passes, lanes) = COST;
    let [salt, hash] =
        [salt.as_slice(), hash.as_slice()].map(|bytes| BASE64URL_NOPAD.encode(bytes));
    Ok(Fingerprint { memory, passes, lanes, salt, hash })
}

/// Whether a password is the one. Without a fingerprint, the same work is done and the answer is no.
///
/// # Errors
/// [`ServiceError::Busy`] when too many wait.
pub(crate) fn is_right(
    known: Option<&Fingerprint>,
    password: &Secret,
) -> Result<bool, ServiceError> {
    let decode =
        |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(ServiceError::internal);
    let (cost, salt, right) = match known {
        Some(own) => ((own.memory, own.passes, own.lanes), decode(&own.salt)?, decode(&own.hash)?),
        None => (COST, vec![0; 16], vec![0; 32]),
    };
    let hash = compute(cost, &salt, password)?;
    Ok(bool::from(hash.ct_eq(&right)) && known.is_some())
}

fn compute(
    (memory, passes, lanes): (u32, u32, u32),
    salt: &[u8],
    password: &Secret,
) -> Result<[u8; 32], ServiceError> {
    let _turn = Turn::take()?;
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(ServiceError::internal)?;
    let normal = Secret::new(password::normalise(password.expose()));
    let mut hash = [0; 32];
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    memory.resize(params.block_count(), Block::default());
    let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            normal.expose().as_bytes(),
            salt,
            &mut hash,
            &mut memory[..],
        );
    // Nothing of a password stays behind.
    memory.fill(Block::default());
    done.map_err(ServiceError::internal)?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_what_other_programs_compute() {
        // As the reference implementation in C has it (argon2-cffi: time 2, memory 19456, one lane, 32 bytes, type ID).
        let hash =
            compute(COST, b"saltsaltsaltsalt", &Secret::new("correct horse battery")).unwrap();
        assert_eq!(data_encoding::HEXLOWER.encode(&hash), REFERENCE);
    }

    const REFERENCE: &str = "88f390e5fd8edb516c8e706fa3502215c0ee4977220a7294ad714efb27e03683";

    #[test]
    fn only_the_password_itself_is_right() {
        let hash = compute(COST, &[7; 16], &Secret::new("caf\u{e9} au lait ")).unwrap();
        let own = Fingerprint {
            memory: COST.0,
            passes: COST.1,
            lanes: COST.2,
            salt: BASE64URL_NOPAD.encode(&[7; 16]),
            hash: BASE64URL_NOPAD.encode(&hash),
        };
        let is = |text: &str| is_right(Some(&own), &Secret::new(text)).unwrap();
        assert!(is("caf\u{e9} au lait "));
        assert!(is("cafe\u{301} au lait "), "the same letters, written otherwise");
        assert!(!is("caf\u{e9} au lait") && !is("Caf\u{e9} au lait ") && !is(""));
        assert!(!is_right(None, &Secret::new("anything")).unwrap());
    }
}
