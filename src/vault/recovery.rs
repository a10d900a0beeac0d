//! The root key on paper, and the way back.

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use crate::domain::id::Id;

use super::Vault;
use super::error::VaultError;
use super::keyring::files::KeyringFiles;
use super::keyring::root::{FileRoot, RootKey};
use super::keyring::store::Store;
use super::primitives::KEY;

/// Crockford's base32: no letter in it is taken for a digit or another letter.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many bytes of the key stand on a line, and how many of its check.
const DATA: usize = 8;
const CHECK: usize = 2;
/// Ten bytes in letters of five bits.
const LETTERS: usize = 16;

/// Why a recovery sheet could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// A line is not as it was printed.
    #[error(
        "line {0} of the recovery sheet is mistyped; compare it with the paper, letter by letter"
    )]
    Mistyped(u8),
    /// A line is not there.
    #[error("line {0} of the recovery sheet is missing; type in all four, each with its number")]
    Missing(u8),
}

/// The root key, to be printed and kept in a safe. Made to be shown, once; wiped when dropped.
pub struct RecoverySheet {
    deployment: Id,
    generation: u32,
    fingerprint: String,
    lines: Vec<Zeroizing<String>>,
}

impl RecoverySheet {
    fn new(deployment: Id, generation: u32, root: &RootKey) -> Self {
        let numbered = (1..).zip(root.expose().chunks(DATA));
        let lines = numbered.map(|(number, data)| write_line(number, data)).collect();
        let fingerprint = HEXLOWER.encode(&root.fingerprint());
        Self { deployment, generation, fingerprint, lines }
    }

    /// Reads the root key from a sheet, or from its four numbered lines alone. Case, spaces and hyphens don't matter,
    /// nor whether O, I and L were typed for 0 and 1.
    ///
    /// # Errors
    /// [`SheetError`] names the line.
    pub fn parse(text: &str) -> Result<RootKey, SheetError> {
        let mut key = Zeroizing::new([0; KEY]);
        for (number, part) in (1..).zip(key.chunks_mut(DATA)) {
            let mut lines = text.lines().filter_map(|line| {
                let (first, rest) = line.trim().split_once(char::is_whitespace)?;
                (first.parse() == Ok(number)).then_some(rest)
            });
            let line = lines.next_back().ok_or(SheetError::Missing(number))?;
            let data = read_line(number, line).ok_or(SheetError::Mistyped(number))?;
            part.copy_from_slice(data.as_slice());
        }
        RootKey::from_slice(key.as_slice()).ok_or(SheetError::Missing(1))
    }
}

impl fmt::Display for RecoverySheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Almoner recovery sheet: the root key of one keyring\n")?;
        writeln!(f, "site         {}", self.deployment)?;
        writeln!(f, "generation   {}", self.generation)?;
        writeln!(f, "fingerprint  {}\n", self.fingerprint)?;
        for line in &self.lines {
            writeln!(f, "  {}", line.as_str())?;
        }
        writeln!(
            f,
            "\nWith this sheet and the keyring everything can be opened. Print it, keep it in a safe away from the\n\
             machine, and keep no file of it. It is good until the root key changes; burn it then, and print the new one."
        )
    }
}

impl Vault {
    /// The recovery sheet of the root key as it is on disk now.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn recovery_sheet(&self) -> Result<RecoverySheet, VaultError> {
        let (loaded, root) = self.store.read_with_root()?;
        Ok(RecoverySheet::new(loaded.keyring.deployment, loaded.keyring.generation, &root))
    }
}

/// Writes the root key file from a recovery sheet, once the key has opened the keyring. Nothing to do, and no error,
/// when the right root key is there.
///
/// # Errors
/// [`VaultError::Sheet`] for a mistyped line; [`VaultError::RootMismatch`] when the sheet is of another keyring or an
/// older one; [`VaultError::KeyringExists`] when another root key lies there: move it away first.
/// [`VaultError::KeyringMissing`] and the other errors of [`Vault::open`].
pub fn restore_root(files: KeyringFiles, sheet: &str) -> Result<(), VaultError> {
    let root = RecoverySheet::parse(sheet)?;
    let provider = Arc::new(FileRoot::new(files.root));
    let store = Store { path: files.keyring, root: provider, random: SystemRandom::new() };
    store.restore_root(&root)
}

fn write_line(number: u8, data: &[u8]) -> Zeroizing<String> {
    let check = checksum(number, data);
    let mut line = Zeroizing::new(String::with_capacity(2 + LETTERS + LETTERS / 4));
    line.push((b'0' + number).into());
    line.push(' ');
    let bits = data.iter().chain(&check).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    for position in 0..LETTERS {
        if position % 4 == 0 {
            line.push(if position == 0 { ' ' } else { '-' });
        }
        let letter = (bits >> (5 * (LETTERS - 1 - position))) & 31;
        line.push(
            usize::try_from(letter)
                .ok()
                .and_then(|l| ALPHABET.get(l))
                .copied()
                .map_or(' ', char::from),
        );
    }
    line
}

fn read_line(number: u8, line: &str) -> Option<Zeroizing<[u8; DATA]>> {
    let mut bits = 0_u128;
    let mut letters = 0;
    for letter in line.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = ALPHABET.iter().position(|symbol| char::from(*symbol) == letter)?;
        bits = (bits << 5) | u128::try_from(value).ok()?;
        letters += 1;
        if letters > LETTERS {
            return None;
        }
    }
    let bytes = Zeroizing::new(bits.to_be_bytes());
    let (data, check) = bytes.get(16 - DATA - CHECK..)?.split_first_chunk::<DATA>()?;
    let whole = letters == LETTERS && checksum(number, data) == check;
    whole.then(|| Zeroizing::new(*data))
}

/// Tells a mistyped line, and one that stands in another's place.
fn checksum(number: u8, data: &[u8]) -> [u8; CHECK] {
    let mut bytes = Zeroizing::new(vec![number]);
    bytes.extend_from_slice(data);
    let digest = digest(&SHA256, &bytes);
    let mut check = [0; CHECK];
    check.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    check
}
