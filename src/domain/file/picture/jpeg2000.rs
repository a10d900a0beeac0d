//! JPEG 2000, which is taken inside of documents only (ITU-T T.800, annexes A and I).

use super::{take, within_bounds};
use crate::domain::file::{FileError, FileKind};

const DAMAGED: FileError = FileError::Damaged(FileKind::Pdf);

const SOC: [u8; 2] = [0xff, 0x4f];
const SIZ: u8 = 0x51;
const COM: u8 = 0x64;
const SOT: u8 = 0x90;

/// Writes it anew: the boxes that say how it is shown, and what is coded. Texts, XMP and the like stay behind.
pub(crate) fn inside(bytes: &[u8]) -> Result<Vec<u8>, FileError> {
    if bytes.starts_with(&SOC) {
        return coded(bytes);
    }
    let (mut rest, mut out, mut has_picture) = (bytes, Vec::with_capacity(bytes.len()), false);
    while !rest.is_empty() {
        let (kind, data) = next_box(&mut rest).ok_or(DAMAGED)?;
        let kept = match kind {
            b"jP  " | b"ftyp" | b"jp2h" => data.to_vec(),
            b"jp2c" if !has_picture => {
                has_picture = true;
                coded(data)?
            }
            _ => continue,
        };
        let length = u32::try_from(kept.len().saturating_add(8)).map_err(|_| DAMAGED)?;
        out.extend(length.to_be_bytes());
        out.extend(kind);
        out.extend(kept);
    }
    if has_picture { Ok(out) } else { Err(DAMAGED) }
}

fn next_box<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8; 4], &'a [u8])> {
    let length = u32::from_be_bytes(*take(rest, 4)?.first_chunk()?);
    let kind = take(rest, 4)?.first_chunk()?;
    let length = match length {
        0 => rest.len(),
        1 => usize::try_from(u64::from_be_bytes(*take(rest, 8)?.first_chunk()?))
            .ok()?
            .checked_sub(16)?,
        _ => usize::try_from(length).ok()?.checked_sub(8)?,
    };
    Some((kind, take(rest, length)?))
}

/// What is coded, without the comments before it.
fn coded(bytes: &[u8]) -> Result<Vec<u8>, FileError> {
    let mut rest = bytes.strip_prefix(&SOC).ok_or(DAMAGED)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend(SOC);
    let mut sized = false;
    loop {
        let [0xff, marker] = take(&mut rest, 2).ok_or(DAMAGED)? else { return Err(DAMAGED) };
        if *marker == SOT {
            out.extend([0xff, SOT]);
            out.extend(rest);
            return if sized { Ok(out) } else { Err(DAMAGED) };
        }
        let written = take(&mut rest, 2).ok_or(DAMAGED)?;
        let length = written.first_chunk().map(|length| u16::from_be_bytes(*length));
        let length = length.and_then(|length| usize::from(length).checked_sub(2));
        let data = length.and_then(|length| take(&mut rest, length)).ok_or(DAMAGED)?;
        if *marker == SIZ {
            let side = |at: usize| Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?));
            let (Some(width), Some(height)) = (side(2), side(6)) else { return Err(DAMAGED) };
            within_bounds(width, height).ok_or(DAMAGED)??;
            sized = true;
        }
        if *marker != COM {
            out.extend([0xff, *marker]);
            out.extend(written);
            out.extend(data);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_box(kind: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len() + 8).unwrap();
        [&length.to_be_bytes(), kind, data].concat()
    }

    #[test]
    fn what_is_shown_stays_and_texts_go() {
        let size = [&[0xff, SIZ, 0, 12, 0, 0][..], &[0, 0, 0, 9], &[0, 0, 0, 7]].concat();
        let stream =
            |comment: &[u8]| [&SOC[..], &size, comment, &[0xff, SOT, 1, 2, 3, 0xff, 0xd9]].concat();
        let comment = [&[0xff, COM, 0, 8][..], b"\0\x01Wren"].concat();
        assert_eq!(inside(&stream(&comment)), Ok(stream(b"")));
        let given = [
            of_box(b"jP  ", b"\r\n\x87\n"),
            of_box(b"xml ", b"<a>Wren</a>"),
            of_box(b"jp2h", b"header"),
            of_box(b"uuid", b"Wren"),
            of_box(b"jp2c", &stream(&comment)),
            of_box(b"uuid", b"Wren"),
        ];
        let kept = [
            of_box(b"jP  ", b"\r\n\x87\n"),
            of_box(b"jp2h", b"header"),
            of_box(b"jp2c", &stream(b"")),
        ];
        assert_eq!(inside(&given.concat()), Ok(kept.concat()));
        for cut in 0..given.concat().len() {
            let _ = inside(&given.concat()[..cut]);
        }
    }
}
