//! The packed file that a document is: its parts by their names, unpacked within bounds, and packed anew.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::Fault;
use crate::domain::file::MOST_UNPACKED;

/// The most parts.
const MOST_PARTS: usize = 2_000;
/// The longest name of a part, in bytes.
const LONGEST_NAME: usize = 255;
/// From this size on, what unpacks to more than so many times its packed size is no document.
const SUSPICIOUS: usize = 8_000_000;
const MOST_TIMES: usize = 200;

/// The parts of a document, by their names.
pub(super) type Parts = BTreeMap<String, Vec<u8>>;

/// Unpacks a file.
pub(super) fn unpack(bytes: &[u8]) -> Result<Parts, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Fault::Damaged)?;
    if archive.len() > MOST_PARTS {
        return Err(Fault::TooMuch);
    }
    let (mut parts, mut names, mut total) = (Parts::new(), BTreeSet::new(), 0_usize);
    for index in 0..archive.len() {
        let mut file = match archive.by_index(index) {
            Ok(file) => file,
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return Err(Fault::Locked);
            }
            Err(_) => return Err(Fault::Damaged),
        };
        let name = file.name().to_owned();
        if !is_plain(&name) || !names.insert(name.to_lowercase()) {
            return Err(Fault::Damaged);
        }
        if file.is_dir() {
            continue;
        }
        let left = MOST_UNPACKED.saturating_sub(total);
        let mut content = Vec::new();
        let bound = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
        file.by_ref().take(bound).read_to_end(&mut content).map_err(|_| Fault::Damaged)?;
        if content.len() > left {
            return Err(Fault::TooMuch);
        }
        total = total.saturating_add(content.len());
        if total > SUSPICIOUS && total / MOST_TIMES > bytes.len() {
            return Err(Fault::TooMuch);
        }
        parts.insert(name, content);
    }
    Ok(parts)
}

/// Whether a name is that of a part: a path that leads nowhere else.
fn is_plain(name: &str) -> bool {
    let path = name.strip_suffix('/').unwrap_or(name);
    name.len() <= LONGEST_NAME
        && !name.contains(['\\', ':'])
        && !name.chars().any(char::is_control)
        && path.split('/').all(|step| !matches!(step, "" | "." | ".."))
}

/// Packs parts, one of them first. That one is left as it is, so that programs find it by its first bytes.
pub(super) fn pack(parts: &Parts, first: &str) -> Result<Vec<u8>, Fault> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
    let in_order = parts.get_key_value(first).into_iter();
    let in_order = in_order.chain(parts.iter().filter(|(name, _)| name.as_str() != first));
    for (name, content) in in_order {
        let method =
            if name == first { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let started = writer.start_file(name.as_str(), options.compression_method(method));
        started.map_err(|_| Fault::Damaged)?;
        writer.write_all(content).map_err(|_| Fault::Damaged)?;
    }
    Ok(writer.finish().map_err(|_| Fault::Damaged)?.into_inner())
}
