//! PNG, read chunk by chunk (PNG specification, third edition).

use super::orientation::Orientation;
use super::{take, within_bounds};
use crate::domain::file::{FileError, FileKind, Strictness};

const DAMAGED: FileError = FileError::Damaged(FileKind::Png);

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Writes a PNG anew: its size, palette, pixels, transparency, density, colours, and which way up it is. Texts, times,
/// EXIF, XMP, further pictures of an animation and whatever follows its end stay behind.
pub(crate) fn clean(bytes: &[u8], strictness: Strictness) -> Result<Vec<u8>, FileError> {
    let mut rest = bytes.strip_prefix(SIGNATURE).ok_or(DAMAGED)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(SIGNATURE);
    let (mut first, mut has_pixels) = (true, false);
    loop {
        let (name, data) = chunk(&mut rest).ok_or(DAMAGED)?;
        if first != (name == b"IHDR") {
            return Err(DAMAGED);
        }
        first = false;
        match name {
            b"IHDR" => {
                header_within_bounds(data)?;
                push(&mut out, *name, data);
            }
            b"PLTE" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"sBIT" | b"bKGD" | b"pHYs" => {
                push(&mut out, *name, data);
            }
            b"IDAT" => {
                has_pixels = true;
                push(&mut out, *name, data);
            }
            b"iCCP" if strictness == Strictness::Kept => {
                // The profile's name is anybody's: often a screen's.
                let profile =
                    data.iter().position(|byte| *byte == 0).and_then(|end| data.get(end..));
                push(&mut out, *name, &[b"icc", profile.ok_or(DAMAGED)?].concat());
            }
            b"eXIf" => {
                if let Some(turned) = Orientation::of(data) {
                    push(&mut out, *name, &turned.tiff());
                }
            }
            b"IEND" => {
                push(&mut out, *name, &[]);
                break;
            }
            // A small letter at the start: a reader can do without it.
            [b'a'..=b'z', ..] => (),
            _ => return Err(DAMAGED),
        }
    }
    if has_pixels { Ok(out) } else { Err(DAMAGED) }
}

/// The next chunk, if its sum is right.
fn chunk<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8; 4], &'a [u8])> {
    let length = u32::from_be_bytes(*take(rest, 4)?.first_chunk()?);
    let named = take(rest, usize::try_from(length).ok()?.checked_add(4)?)?;
    let sum = u32::from_be_bytes(*take(rest, 4)?.first_chunk()?);
    (sum == crc(&[named])).then(|| named.split_first_chunk()).flatten()
}

fn header_within_bounds(data: &[u8]) -> Result<(), FileError> {
    let side = |at: usize| Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?));
    match (side(0), side(4)) {
        (Some(width), Some(height)) if data.len() == 13 => {
            within_bounds(width, height).ok_or(DAMAGED)?
        }
        _ => Err(DAMAGED),
    }
}

/// Writes a chunk. Its data was a chunk's, or a few bytes more.
fn push(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    out.extend(length.to_be_bytes());
    out.extend(name);
    out.extend_from_slice(data);
    out.extend(crc(&[&name, data]).to_be_bytes());
}

/// The sum of a chunk: CRC-32 as in ISO 3309.
fn crc(parts: &[&[u8]]) -> u32 {
    const TABLE: [u32; 256] = table();
    let mut sum = u32::MAX;
    for byte in parts.iter().copied().flatten() {
        let [low, ..] = (sum ^ u32::from(*byte)).to_le_bytes();
        sum = TABLE.get(usize::from(low)).copied().unwrap_or_default() ^ (sum >> 8);
    }
    !sum
}

#[expect(
    clippy::indexing_slicing,
    reason = "reckoned while compiling: an index past the end would not compile"
)]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
}
