//! Sealing and opening a record of ten items, beside bare AES-GCM and HKDF over the same bytes.

use std::hint::black_box;
use std::time::Instant;

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _};
use almoner::clock::{Clock as _, SystemClock};
use almoner::domain::class::Class;
use almoner::domain::id::Id;
use almoner::domain::quarter::Quarter;
use almoner::domain::slot::Slot;
use almoner::vault::{DataKey, KeyringFiles, Place, Vault};
use ring::hkdf;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::table::{Table, Target};
use super::{Effort, Outcome, median};

/// How many records are sealed and opened in each round.
const RECORDS: usize = 1_000;

/// The lengths of the ten items, and of what they are padded to.
const ITEMS: [(usize, usize); 10] = [
    (18, 64),
    (9, 64),
    (31, 64),
    (24, 64),
    (12, 64),
    (15, 64),
    (44, 64),
    (47, 64),
    (180, 256),
    (420, 512),
];

/// Ten texts, and where they are sealed for.
struct Record {
    texts: Vec<Vec<u8>>,
    row: Id,
    dossier: Id,
}

/// Measures it.
pub fn measure(effort: Effort, table: &mut Table) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let files = KeyringFiles { keyring: at("keyring"), root: at("root") };
    let today = SystemClock.today();
    let vault = Vault::create(files, None, today)?;
    let texts = ITEMS.map(|(length, _)| vec![b'a'; length]).into();
    let record = Record { texts, row: vault.random_id()?, dossier: vault.random_id()? };
    let quarter = Quarter::of(today);
    let (key, _) = vault.new_data_key(Class::Personal, quarter, &record.dossier)?;
    let mut figures = Vec::new();
    for _ in 0..effort.rounds * 3 {
        let ours = timed(|| values(&vault, &key, &key, &record))?;
        let bare = timed(|| bare(&record))?;
        let with_key = timed(|| {
            let (key, wrapped) = vault.new_data_key(Class::Personal, quarter, &record.dossier)?;
            let again = vault.open_data_key(&wrapped, &record.dossier)?;
            values(&vault, &key, &again, &record)
        })?;
        figures.push((ours, bare, with_key));
    }
    let all = |figure: fn(&(f64, f64, f64)) -> f64| median(figures.iter().map(figure).collect());
    table.add("ten items sealed and opened, bare", all(|round| round.1), "µs", Target::None);
    table.add("ten items sealed and opened", all(|round| round.0), "µs", Target::None);
    let with_key = "… with their data key made, wrapped and unwrapped";
    table.add(with_key, all(|round| round.2), "µs", Target::None);
    let ratio = all(|round| round.0 / round.1);
    table.add("ten items sealed and opened : bare", ratio, "", Target::AtMost(1.5));
    let ratio = all(|round| round.2 / round.1);
    table.add("… with their data key : bare", ratio, "", Target::None);
    Ok(())
}

/// The microseconds that one record takes.
fn timed(mut work: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let began = Instant::now();
    for _ in 0..RECORDS {
        work()?;
    }
    Ok(began.elapsed().as_secs_f64() * 1e6 / RECORDS as f64)
}

/// Seals the texts and opens them again, as Almoner does.
fn values(vault: &Vault, seals: &DataKey, opens: &DataKey, record: &Record) -> Outcome<()> {
    let place = Place { slot: Slot::AnswerValue, row: &record.row, dossier: &record.dossier };
    for text in &record.texts {
        let sealed = vault.seal(seals, place, black_box(text))?;
        black_box(vault.open_bytes(opens, place, &sealed)?);
    }
    Ok(())
}

/// How many bytes HKDF gives for a value: a key and a commitment.
struct Derived;

impl hkdf::KeyType for Derived {
    fn len(&self) -> usize {
        64
    }
}

/// The same primitives over as many bytes, and nothing else: a random salt, HKDF and AES-GCM to seal; HKDF and
/// AES-GCM to open.
fn bare(record: &Record) -> Outcome<()> {
    let random = SystemRandom::new();
    // As long as the parts are that a value is bound to.
    let info = [0_u8; 108];
    let material = [7_u8; 32];
    for (text, (_, padded)) in record.texts.iter().zip(ITEMS) {
        let mut salt = [0; 24];
        random.fill(&mut salt).map_err(|_| "no randomness")?;
        let mut bytes = Vec::with_capacity(padded);
        bytes.extend_from_slice(black_box(text));
        bytes.resize(padded, 0);
        let sealed = cipher(&salt, &material, &info)?
            .encrypt_inout_detached(&NONCE.into(), &[], InOutBuf::from(bytes.as_mut_slice()))
            .map_err(|_| "not sealed")?;
        let mut opened = black_box(&bytes).clone();
        cipher(&salt, &material, &info)?
            .decrypt_inout_detached(
                &NONCE.into(),
                &[],
                InOutBuf::from(opened.as_mut_slice()),
                &sealed,
            )
            .map_err(|_| "not opened")?;
        black_box(opened);
    }
    Ok(())
}

const NONCE: [u8; 12] = [0; 12];

fn cipher(salt: &[u8; 24], material: &[u8; 32], info: &[u8]) -> Outcome<Aes256Gcm> {
    let mut derived = [0; 64];
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(material)
        .expand(&[info], Derived)
        .and_then(|okm| okm.fill(&mut derived))
        .map_err(|_| "nothing derived")?;
    let (key, _) = derived.split_first_chunk::<32>().ok_or("no key")?;
    Ok(Aes256Gcm::new(key.into()))
}
