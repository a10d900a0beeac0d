//! What every kind has in common. Samples are made in code, with what is not to stay planted in them.

mod documents;
mod hostile;
mod jpeg_sample;
mod office_samples;
mod pdf_samples;
mod pdfs;
mod pictures;
mod png_sample;

use super::*;

/// What is planted where nothing may stay.
const CANARY: &str = "Qanary";
/// What a reader sees, and keeps.
const SEEN: &str = "Hedgerows";

fn secret(bytes: &[u8]) -> SecretBytes {
    SecretBytes::new(bytes.to_vec())
}

/// Cleans, and holds that cleaning again changes neither the kind nor the text.
fn cleaned(bytes: &[u8]) -> Result<(FileKind, Vec<u8>), FileError> {
    cleaned_by(clean, bytes)
}

fn cleaned_by(
    way: fn(SecretBytes) -> Result<Clean, FileError>,
    bytes: &[u8],
) -> Result<(FileKind, Vec<u8>), FileError> {
    let once = way(secret(bytes))?;
    let twice = match way(once.content.clone()) {
        Ok(twice) => twice,
        Err(error) => panic!("what was cleaned is refused: {error}"),
    };
    assert_eq!(twice.kind, once.kind);
    assert_eq!(read(&twice), read(&once));
    assert!(once.content.expose().len() <= MOST_BYTES);
    Ok((once.kind, once.content.expose().to_vec()))
}

fn read(clean: &Clean) -> Option<String> {
    text_in(clean.kind, &clean.content).map(|text| text.expose().to_owned())
}

fn read_in(kind: FileKind, content: &[u8]) -> String {
    text_in(kind, &secret(content)).map(|text| text.expose().to_owned()).unwrap_or_default()
}

/// Whether bytes have a text in them, in any of the ways in which files write text, also where they are packed.
fn says(bytes: &[u8], text: &str) -> bool {
    let has = |bytes: &[u8], few: &[u8]| bytes.windows(few.len()).any(|window| window == few);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wide_low: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hexadecimal: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
    let ways = [
        text.as_bytes(),
        &wide,
        &wide_low,
        hexadecimal.as_bytes(),
        &hexadecimal.to_lowercase().into_bytes(),
    ];
    let here = |bytes: &[u8]| ways.iter().any(|way| has(bytes, way));
    if here(bytes) {
        return true;
    }
    if let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) {
        return (0..archive.len()).any(|index| {
            let mut file = archive.by_index(index).unwrap();
            let (name, mut content) = (file.name().to_owned(), Vec::new());
            std::io::Read::read_to_end(&mut file, &mut content).unwrap();
            says(name.as_bytes(), text) || says(&content, text)
        });
    }
    if let Ok(document) = lopdf::Document::load_mem(bytes) {
        return document.objects.values().any(|object| {
            here(format!("{object:?}").as_bytes())
                || object.as_stream().is_ok_and(|stream| {
                    here(&stream.content)
                        || stream.get_plain_content().is_ok_and(|plain| here(&plain))
                })
        });
    }
    false
}

#[test]
fn every_kind_has_a_word_of_its_own() {
    for kind in FileKind::ALL {
        assert_eq!(kind.word().parse(), Ok(kind));
        assert!(!kind.label().is_empty() && !kind.noun().is_empty());
        assert!(kind.media_type().contains('/'));
        assert!(FileKind::accept().contains(kind.extension()));
        let accepted = FileKind::accept_redacted().contains(kind.extension());
        assert_eq!(kind.may_reach_assessors(), accepted);
    }
    assert_eq!("exe".parse::<FileKind>(), Err(NotAKind));
}

// proves X: allow-list, told by bytes
#[test]
fn a_kind_is_told_by_bytes_and_each_is_taken() {
    for (kind, sample) in samples() {
        assert!(says(&sample, CANARY), "{kind:?}: nothing is planted");
        let (found, content) = cleaned(&sample).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        assert_eq!(found, kind);
        assert!(!says(&content, CANARY), "{kind:?} still says it");
        let picture = matches!(kind, FileKind::Png | FileKind::Jpeg);
        assert_eq!(read_in(kind, &content).contains(SEEN), !picture, "{kind:?}");
        match redacted(secret(&sample)) {
            Ok(clean) => {
                assert!(kind.may_reach_assessors());
                assert!(!says(clean.content.expose(), CANARY), "{kind:?} still says it");
            }
            Err(error) => {
                assert!(!kind.may_reach_assessors(), "{error}");
                assert_eq!(error, FileError::NotForAssessors);
            }
        }
    }
    let zip = office_samples::packed(&[("a.txt", b"text")]);
    for no_kind in
        [&b"MZ\x90\0\x03\0\0\0"[..], b"GIF89a\x01\0\x01\0\0\0\0;", b"\x7fELF\x02\x01\x01\0", &zip]
    {
        assert_eq!(cleaned(no_kind), Err(FileError::UnknownKind), "{}", no_kind.escape_ascii());
    }
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 a document of 2003, or one that is locked";
    assert_eq!(cleaned(old), Err(FileError::OldOffice));
    assert_eq!(cleaned(b""), Err(FileError::Empty));
    assert_eq!(cleaned(&vec![b'a'; MOST_BYTES + 1]), Err(FileError::TooLarge));
    assert!(cleaned(&vec![b'a'; MOST_BYTES]).is_ok());
}

/// One of each kind, with something planted that is not to stay.
fn samples() -> Vec<(FileKind, Vec<u8>)> {
    let text = format!("\u{feff}{SEEN}\r\n").into_bytes();
    // Text has no place where something could stand unseen: what is planted is the mark of another encoding.
    let wide =
        format!("\u{feff}{SEEN}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    assert_eq!(read_in(FileKind::Text, &cleaned(&wide).unwrap().1), SEEN);
    assert_eq!(cleaned(&text).unwrap().1, format!("{SEEN}\r\n").into_bytes());
    vec![
        (FileKind::Jpeg, jpeg_sample::phone(CANARY, 6)),
        (FileKind::Png, png_sample::screen(CANARY)),
        (FileKind::Pdf, pdf_samples::office_export()),
        (FileKind::Docx, office_samples::docx()),
        (FileKind::Xlsx, office_samples::xlsx()),
        (FileKind::Odt, office_samples::odt()),
        (FileKind::Ods, office_samples::ods()),
    ]
}
