//! Pictures: what shows them is copied, segment by segment and chunk by chunk; all else stays behind.

mod jpeg;
mod jpeg2000;
mod orientation;
mod png;

pub(super) use self::jpeg::{
    clean as jpeg, inside as jpeg_inside, of_document as jpeg_of_document,
};
pub(super) use self::jpeg2000::inside as jpeg2000_inside;
pub(super) use self::png::clean as png;

use super::{FileError, MOST_PIXELS};

/// Holds a picture against the most pixels. `None` for one without any.
fn within_bounds(width: u32, height: u32) -> Option<Result<(), FileError>> {
    match u64::from(width).checked_mul(u64::from(height))? {
        0 => None,
        pixels if pixels > MOST_PIXELS => Some(Err(FileError::TooManyPixels)),
        _ => Some(Ok(())),
    }
}

/// Takes bytes off the front of a slice.
fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}
