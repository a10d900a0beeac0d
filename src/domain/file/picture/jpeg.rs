//! JPEG, read segment by segment (ITU-T T.81, annex B).

use super::orientation::Orientation;
use super::{take, within_bounds};
use crate::domain::file::{FileError, FileKind, Strictness};

const DAMAGED: FileError = FileError::Damaged(FileKind::Jpeg);

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;

const ICC: &[u8] = b"ICC_PROFILE\0";
const EXIF: &[u8] = b"Exif\0\0";

/// Writes a JPEG anew: its frame, tables and scans, its density, its colours, and which way up it is. Comments, EXIF,
/// XMP, IPTC, smaller pictures inside and whatever follows its end stay behind.
pub(crate) fn clean(bytes: &[u8], strictness: Strictness) -> Result<Vec<u8>, FileError> {
    Ok(Parts::of(bytes, strictness == Strictness::Kept, false)?.whole())
}

/// The same for a picture of a document. One that lacks its end is taken, as readers take it.
pub(crate) fn of_document(bytes: &[u8]) -> Result<Vec<u8>, FileError> {
    Ok(Parts::of(bytes, true, true)?.whole())
}

/// The same for a picture of a document that says itself how it is turned and coloured.
pub(crate) fn inside(bytes: &[u8]) -> Result<Vec<u8>, FileError> {
    let parts = Parts::of(bytes, false, true)?;
    Ok([&[0xff, SOI][..], &parts.shown, &[0xff, EOI]].concat())
}

/// What is kept of a picture.
#[derive(Default)]
struct Parts {
    jfif: Option<Vec<u8>>,
    turned: Option<Orientation>,
    /// Frame, tables, scans, and what tells their colours.
    shown: Vec<u8>,
}

impl Parts {
    fn whole(self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.shown.len().saturating_add(64));
        whole.extend([0xff, SOI]);
        if let Some(jfif) = self.jfif {
            push(&mut whole, APP0, &jfif);
        }
        if let Some(turned) = self.turned {
            push(&mut whole, APP1, &[EXIF, &turned.tiff()].concat());
        }
        whole.extend(self.shown);
        whole.extend([0xff, EOI]);
        whole
    }

    fn of(bytes: &[u8], with_profile: bool, may_lack_end: bool) -> Result<Self, FileError> {
        let mut rest = bytes.strip_prefix(&[0xff, SOI]).ok_or(DAMAGED)?;
        let mut parts = Self { shown: Vec::with_capacity(bytes.len()), ..Self::default() };
        let (mut exif_seen, mut framed, mut scanned) = (false, false, false);
        loop {
            let marker = match next_marker(&mut rest) {
                Some(EOI) => break,
                None if scanned && may_lack_end => break,
                None => return Err(DAMAGED),
                // A second start is another picture.
                Some(SOI) => return Err(DAMAGED),
                // Restarts, which stand in scans only, say nothing outside of them.
                Some(0x01 | 0xd0..=0xd7) => continue,
                Some(marker) => marker,
            };
            let data = segment(&mut rest).ok_or(DAMAGED)?;
            match marker {
                APP0 if parts.jfif.is_none() => parts.jfif = jfif_of(data),
                APP1 if !exif_seen && data.starts_with(EXIF) => {
                    exif_seen = true;
                    parts.turned = data.get(EXIF.len()..).and_then(Orientation::of);
                }
                APP2 if data.starts_with(ICC) && with_profile => {
                    push(&mut parts.shown, marker, data)
                }
                APP14 if data.starts_with(b"Adobe") => {
                    push(&mut parts.shown, marker, data.get(..12).ok_or(DAMAGED)?);
                }
                // Frames as browsers show them: baseline, extended, progressive.
                0xc0..=0xc2 => {
                    frame_within_bounds(data, framed)?;
                    framed = true;
                    push(&mut parts.shown, marker, data);
                }
                // Other ways of coding, and what only they need.
                0xc3 | 0xc5..=0xcf | 0xdc | 0xde | 0xdf => return Err(DAMAGED),
                // Tables: Huffman, quantisation, restart interval.
                0xc4 | 0xdb | 0xdd => push(&mut parts.shown, marker, data),
                SOS if framed => {
                    push(&mut parts.shown, marker, data);
                    parts.shown.extend_from_slice(scan(&mut rest));
                    scanned = true;
                }
                SOS => return Err(DAMAGED),
                _ => (),
            }
        }
        if scanned { Ok(parts) } else { Err(DAMAGED) }
    }
}

/// What a segment holds.
fn segment<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u16::from_be_bytes(*take(rest, 2)?.first_chunk()?);
    take(rest, usize::from(length).checked_sub(2)?)
}

/// The next marker, past what fills the room before it.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    if take(rest, 1)? != [0xff] {
        return None;
    }
    loop {
        match take(rest, 1)? {
            [0xff] => (),
            [0] => return None,
            [marker] => return Some(*marker),
            _ => return None,
        }
    }
}

/// The version and density of a JFIF header, without its smaller picture.
fn jfif_of(data: &[u8]) -> Option<Vec<u8>> {
    let kept = data.get(..12)?;
    kept.starts_with(b"JFIF\0").then(|| [kept, &[0, 0]].concat())
}

fn frame_within_bounds(data: &[u8], framed: bool) -> Result<(), FileError> {
    let side = |at: usize| {
        let bytes = data.get(at..)?.first_chunk()?;
        Some(u32::from(u16::from_be_bytes(*bytes)))
    };
    match (side(1), side(3)) {
        (Some(height), Some(width)) if !framed => within_bounds(width, height).ok_or(DAMAGED)?,
        _ => Err(DAMAGED),
    }
}

/// What is coded after the header of a scan, up to the next marker that is no restart.
fn scan<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let mut at = 0;
    while let Some(ahead) = rest.get(at..) {
        match ahead {
            [0xff, 0 | 0xd0..=0xd7, ..] => at += 2,
            [0xff, _, ..] | [] => break,
            _ => at += 1,
        }
    }
    let (coded, left) = rest.split_at_checked(at).unwrap_or((rest, &[]));
    *rest = left;
    coded
}

/// Writes a segment. Its data was a segment's, or is a few bytes of our own.
fn push(out: &mut Vec<u8>, marker: u8, data: &[u8]) {
    let length = u16::try_from(data.len().saturating_add(2)).unwrap_or(u16::MAX);
    out.extend([0xff, marker]);
    out.extend(length.to_be_bytes());
    out.extend_from_slice(data);
}
