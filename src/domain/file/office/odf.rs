//! OpenDocument texts and spreadsheets (ISO/IEC 26300).

use super::package::Parts;
use super::xml::{self, Fate, Piece, Pieces};
use super::{Fault, media, ooxml};
use crate::domain::file::FileKind;

/// The part that says which kind of document it is.
pub(super) const KIND: &str = "mimetype";

const LIST: &str = "META-INF/manifest.xml";
const TEXT: &[u8] = b"application/vnd.oasis.opendocument.text";
const SHEET: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";

/// What is said about a document: nothing.
const NOTHING_ABOUT: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <office:document-meta xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" office:version=\"1.2\">\
    <office:meta/></office:document-meta>";

/// Which kind of document it is. `None` if it is of another family.
pub(super) fn kind(parts: &Parts) -> Option<FileKind> {
    match parts.get(KIND)?.trim_ascii() {
        TEXT => Some(FileKind::Odt),
        SHEET => Some(FileKind::Ods),
        _ => None,
    }
}

/// The parts as they are kept.
pub(super) fn clean(parts: &Parts) -> Result<Parts, Fault> {
    let list = parts.get(LIST).ok_or(Fault::Damaged)?;
    not_locked(list)?;
    if !parts.contains_key("content.xml") {
        return Err(Fault::Damaged);
    }
    let mut kept = Parts::new();
    for (name, content) in parts {
        let last = name.rsplit('/').next().unwrap_or_default();
        if is_program(name) {
            return Err(Fault::Macros);
        }
        let content = match last {
            KIND if name == KIND => content.trim_ascii().to_vec(),
            "meta.xml" => NOTHING_ABOUT.to_vec(),
            "content.xml" | "styles.xml" => text_part(content)?,
            // Settings name printers and machines; lists of RDF, signatures and small pictures of pages are no part of
            // what is read.
            _ if name.starts_with("META-INF/")
                || name.starts_with("Basic/")
                || name.starts_with("Thumbnails/")
                || name.starts_with("Configurations2/")
                || matches!(last, "settings.xml" | "manifest.rdf" | "layout-cache") =>
            {
                continue;
            }
            _ => media::kept(name, content)?,
        };
        kept.insert(name.clone(), content);
    }
    let list = xml::anew(list, |element| {
        let path = element.value("full-path");
        let gone = element.local() == "file-entry"
            && path.is_none_or(|path| !path.ends_with('/') && !kept.contains_key(&path));
        Ok(if gone { Fate::Goes } else { Fate::Stays })
    })?;
    kept.insert(LIST.to_owned(), list);
    Ok(kept)
}

/// Refuses what is locked by a password.
fn not_locked(list: &[u8]) -> Result<(), Fault> {
    let mut pieces = Pieces::of(list)?;
    while let Some(piece) = pieces.next()? {
        if let Piece::Start(element) = piece
            && matches!(element.local(), "encryption-data" | "encrypted-key")
        {
            return Err(Fault::Locked);
        }
    }
    Ok(())
}

/// Whether a part is a program. What lists programs, and is there where none are, is none.
fn is_program(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    let lists = ["script-lc.xml", "script-lb.xml", "dialog-lc.xml", "dialog-lb.xml"];
    name.starts_with("Scripts/") || (name.starts_with("Basic/") && !lists.contains(&last))
}

/// Content or styles without what tells who wrote what, and when.
fn text_part(content: &[u8]) -> Result<Vec<u8>, Fault> {
    xml::anew(content, |element| {
        match element.name {
            "office:scripts" | "office:event-listeners" | "office:settings" | "office:meta" => {
                return Ok(Fate::Goes);
            }
            "office:dde-source"
            | "text:dde-connection-decl"
            | "table:table-source"
            | "draw:applet"
            | "draw:plugin"
            | "draw:floating-frame" => return Err(Fault::LoadsFromOutside),
            "dc:creator"
            | "dc:date"
            | "meta:creator-initials"
            | "meta:date-string"
            | "loext:sender-initials" => {
                return Ok(Fate::Emptied);
            }
            _ => (),
        }
        element.attributes.retain(|(name, _)| {
            // Marks of who edited what, as LibreOffice writes them.
            !matches!(*name, "officeooo:rsid" | "officeooo:paragraph-rsid" | "loext:rsid")
        });
        let is_link = element.local() == "a";
        for (name, value) in &mut element.attributes {
            if *name != "xlink:href" {
                if *name == "table:formula" && super::words::fetches(value) {
                    return Err(Fault::LoadsFromOutside);
                }
                continue;
            }
            let target = xml::unescaped(value);
            if is_link {
                if !ooxml::is_address(&target) {
                    value.clear();
                }
            } else if !is_inside(&target) {
                return Err(Fault::LoadsFromOutside);
            }
        }
        Ok(Fate::Stays)
    })
}

/// Whether a path leads to a part of the document.
fn is_inside(target: &str) -> bool {
    let path = target.strip_prefix("./").unwrap_or(target);
    target.is_empty()
        || target.starts_with('#')
        || (!path.starts_with('/')
            && !path.contains(':')
            && !path.split('/').any(|step| step == ".."))
}
