//! What is in a document beside its text: pictures, fonts, other documents.

use super::Fault;
use crate::domain::file::kind::Told;
use crate::domain::file::{FileError, Strictness, picture};

/// A part that is no text, as it is kept. Only what is known is kept.
pub(super) fn kept(name: &str, content: &[u8]) -> Result<Vec<u8>, Fault> {
    // Told by its bytes: a name may say anything.
    match Told::of(content) {
        Ok(Told::Jpeg) => return picture::jpeg_of_document(content).map_err(picture_fault),
        Ok(Told::Png) => return picture::png(content, Strictness::Kept).map_err(picture_fault),
        Ok(Told::Zip | Told::Pdf) | Err(FileError::OldOffice) => return Err(Fault::HoldsFiles),
        Ok(Told::Text) | Err(_) => (),
    }
    let starts = |mark: &[u8]| content.starts_with(mark);
    let is_drawing = starts(b"GIF8")
        || starts(b"BM")
        // EMF, and WMF with and without its own header.
        || (starts(&[1, 0, 0, 0]) && content.get(40..44) == Some(b" EMF"))
        || starts(&[0xd7, 0xcd, 0xc6, 0x9a])
        || starts(&[1, 0, 9, 0])
        // The metafile of OpenDocument.
        || starts(b"VCLMTF");
    let is_font = ["odttf", "ttf", "otf", "fntdata"].contains(&ending(name).as_str());
    if content.is_empty() || is_drawing || is_font {
        return Ok(content.to_vec());
    }
    Err(Fault::HoldsFiles)
}

/// What a name ends in, in small letters.
pub(super) fn ending(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_lowercase())
}

fn picture_fault(error: FileError) -> Fault {
    match error {
        FileError::TooManyPixels => Fault::TooManyPixels,
        _ => Fault::Damaged,
    }
}
