//! Looks for texts in bytes, however they are written there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};
use unicode_normalization::UnicodeNormalization;

/// A search for many byte strings at once.
pub struct Search {
    /// What is looked for: whose it is, how it is written, and its bytes.
    wanted: Vec<(String, &'static str, Vec<u8>)>,
    /// By the first two bytes, which of them could begin here.
    starts: Vec<Vec<usize>>,
}

/// The ways to write bytes; each may begin anywhere in a stream of three-byte groups.
fn base64(bytes: &[u8], encode: impl Fn(&[u8]) -> String) -> Vec<Vec<u8>> {
    (0..3)
        .map(|before| {
            let mut padded = vec![0; before];
            padded.extend_from_slice(bytes);
            let whole = encode(&padded);
            // The first letters mix with what comes before, the last with what comes after.
            let first = if before == 0 { 0 } else { before + 1 };
            let last = padded.len() / 3 * 4;
            whole.as_bytes().get(first..last).unwrap().to_vec()
        })
        .collect()
}

fn percent(bytes: &[u8], plain: impl Fn(u8) -> bool, hex: fn(u8) -> String) -> Vec<u8> {
    let mut written = Vec::new();
    for byte in bytes {
        if plain(*byte) {
            written.push(*byte);
        } else {
            written.extend_from_slice(format!("%{}", hex(*byte)).as_bytes());
        }
    }
    written
}

/// Every way in which a text can be written, with a name for the way.
pub fn spellings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let forms: BTreeSet<String> = [
        text.to_owned(),
        text.to_lowercase(),
        text.to_uppercase(),
        text.nfc().collect(),
        text.nfd().collect(),
        text.nfd().collect::<String>().to_lowercase(),
    ]
    .into();
    let upper = |byte: u8| format!("{byte:02X}");
    let lower = |byte: u8| format!("{byte:02x}");
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut all = Vec::new();
    for form in forms {
        let bytes = form.as_bytes();
        all.push(("raw", bytes.to_vec()));
        all.push(("UTF-16LE", form.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        all.push(("UTF-16BE", form.encode_utf16().flat_map(u16::to_be_bytes).collect()));
        all.extend(
            base64(bytes, |bytes| BASE64.encode(bytes)).into_iter().map(|one| ("base64", one)),
        );
        all.extend(
            base64(bytes, |bytes| BASE64URL.encode(bytes))
                .into_iter()
                .map(|one| ("base64url", one)),
        );
        all.push(("hex", HEXLOWER.encode(bytes).into_bytes()));
        all.push(("HEX", HEXUPPER.encode(bytes).into_bytes()));
        all.push(("percent", percent(bytes, unreserved, upper)));
        all.push(("percent", percent(bytes, unreserved, lower)));
        all.push(("percent, all", percent(bytes, |_| false, upper)));
        let form_encoded = percent(bytes, |byte| unreserved(byte) || byte == b' ', upper);
        all.push(("form", form_encoded.into_iter().map(with_plus).collect()));
        all.push(("JSON", json_text(&form)));
    }
    all.sort();
    all.dedup();
    all
}

/// A form writes a space so.
const fn with_plus(byte: u8) -> u8 {
    if byte == b' ' { b'+' } else { byte }
}

/// As JSON writes a text that has only ASCII in it.
fn json_text(text: &str) -> Vec<u8> {
    let mut written = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii_graphic() || byte == b' ' => written.push(char::from(byte)),
            _ => written.push_str(&format!("\\u{unit:04x}")),
        }
    }
    written.into_bytes()
}

impl Search {
    /// For each of these texts, in every way of writing it.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut wanted = Vec::new();
        for text in texts {
            for (way, bytes) in spellings(text) {
                assert!(bytes.len() >= 8, "{text:?} as {way} is too short to be told from chance");
                wanted.push((text.to_owned(), way, bytes));
            }
        }
        Self::prepare(wanted)
    }

    /// The same with some bytes that are written in one way alone.
    pub fn and(mut self, name: &str, bytes: &[u8]) -> Self {
        self.wanted.push((name.to_owned(), "bytes", bytes.to_vec()));
        Self::prepare(self.wanted)
    }

    fn prepare(wanted: Vec<(String, &'static str, Vec<u8>)>) -> Self {
        let mut starts = vec![Vec::new(); 1 << 16];
        for (at, (_, _, bytes)) in wanted.iter().enumerate() {
            if let [first, second, ..] = bytes.as_slice() {
                starts.get_mut(pair(*first, *second)).unwrap().push(at);
            }
        }
        Self { wanted, starts }
    }

    /// What is found in some bytes: whose it is, and how it is written.
    pub fn found_in(&self, bytes: &[u8]) -> BTreeSet<(String, &'static str)> {
        let mut found = BTreeSet::new();
        for (at, two) in bytes.windows(2).enumerate() {
            let &[first, second] = two else { continue };
            let Some(starts) = self.starts.get(pair(first, second)) else { continue };
            if starts.is_empty() {
                continue;
            }
            let rest = bytes.get(at..).unwrap_or_default();
            for one in starts {
                let (text, way, wanted) = self.wanted.get(*one).unwrap();
                if rest.starts_with(wanted) {
                    found.insert((text.clone(), *way));
                }
            }
        }
        found
    }

    /// What is found in the files of a folder and below, and in their names. Files that vanish meanwhile held nothing
    /// that stays.
    pub fn found_below(
        &self,
        folder: &Path,
        but_for: &Path,
    ) -> Vec<(PathBuf, String, &'static str)> {
        let mut found = Vec::new();
        for file in files_below(folder, but_for) {
            let mut bytes = file.as_os_str().as_encoded_bytes().to_vec();
            bytes.extend(std::fs::read(&file).unwrap_or_default());
            let here = self.found_in(&bytes);
            found.extend(here.into_iter().map(|(text, way)| (file.clone(), text, way)));
        }
        found
    }
}

const fn pair(first: u8, second: u8) -> usize {
    (first as usize) << 8 | second as usize
}

/// Every file in a folder and below, but for one folder.
pub fn files_below(folder: &Path, but_for: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && path != but_for => folders.push(path),
                Ok(kind) if kind.is_file() => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_text_is_found_however_it_is_written_and_wherever_it_begins() {
    let canary = "Zoë Kanárie-7q";
    let search = Search::of([canary]);
    let ways = spellings(canary);
    let names: BTreeSet<&str> = ways.iter().map(|(way, _)| *way).collect();
    assert_eq!(names.len(), 11, "{names:?}");
    for (way, bytes) in &ways {
        for before in 0..4 {
            let mut hay = vec![b'\xa5'; 1000 + before];
            hay.extend_from_slice(bytes);
            hay.extend([b'\x5a'; 100]);
            let found = search.found_in(&hay);
            assert!(found.contains(&(canary.to_owned(), *way)), "{way} after {before} bytes");
        }
    }
    // Inside a longer text that is encoded as a whole.
    for before in ["", "a", "ab", "abc"] {
        let text = format!("{before}{canary} & more");
        for encoded in [BASE64.encode(text.as_bytes()), BASE64URL.encode(text.as_bytes())] {
            assert!(!search.found_in(encoded.as_bytes()).is_empty(), "{encoded}");
        }
    }
    assert!(search.found_in("Zoë Kanarie-7q".as_bytes()).is_empty());
    assert!(search.found_in(&[b'Z'; 5000]).is_empty());
}
