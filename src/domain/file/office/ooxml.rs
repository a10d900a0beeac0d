//! Documents of Word and spreadsheets of Excel (ECMA-376).

use super::package::Parts;
use super::xml::{self, Element, Fate, Piece, Pieces, escaped};
use super::{Fault, media, words};
use crate::domain::file::FileKind;

/// The part that says what the others are.
pub(super) const TYPES: &str = "[Content_Types].xml";

const WORD: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";

/// Parts that tell about people, printers and programs, and that a document does without.
const LEFT_OUT: [&str; 16] = [
    "docprops/",
    "docmetadata/",
    "customxml/",
    "customui/",
    "_xmlsignatures/",
    "userdocumentsettings/",
    "word/people.xml",
    "word/webextensions/",
    "xl/webextensions/",
    "xl/persons/",
    "xl/threadedcomments/",
    "xl/printersettings/",
    "word/printersettings/",
    "xl/revisions/",
    "xl/usernames.xml",
    "xl/customproperty/",
];

/// Parts that run programs.
const PROGRAMS: [&str; 4] = ["vbaproject", "vbadata", "activex/", "macrosheets/"];
/// Parts that fetch something.
const FETCHING: [&str; 4] = ["xl/externallinks/", "xl/connections", "xl/querytables/", "xl/model/"];

/// Which kind of document it is, by the type of its main part.
pub(super) fn kind(parts: &Parts) -> Result<FileKind, Fault> {
    let mut pieces = Pieces::of(parts.get(TYPES).ok_or(Fault::Unknown)?)?;
    let mut kind = None;
    while let Some(piece) = pieces.next()? {
        let Piece::Start(element) = piece else { continue };
        let content_type = element.value("ContentType").unwrap_or_default();
        let lower = content_type.to_lowercase();
        if lower.contains("macroenabled") || lower.contains("vbaproject") {
            return Err(Fault::Macros);
        }
        if let (true, Some(part)) = (element.local() == "Override", element.value("PartName")) {
            let found = match content_type.as_str() {
                WORD => FileKind::Docx,
                EXCEL => FileKind::Xlsx,
                _ => continue,
            };
            if kind.replace(found).is_some() || !parts.contains_key(part.trim_start_matches('/')) {
                return Err(Fault::Damaged);
            }
        }
    }
    kind.ok_or(Fault::Unknown)
}

/// The parts as they are kept. `inner` cleans a document inside the document.
pub(super) fn clean(
    parts: &Parts,
    inner: impl Fn(&[u8]) -> Result<Vec<u8>, Fault>,
) -> Result<Parts, Fault> {
    let mut kept = Parts::new();
    for (name, content) in parts {
        let lower = name.to_lowercase();
        if PROGRAMS.iter().any(|program| lower.contains(program)) {
            return Err(Fault::Macros);
        }
        if FETCHING.iter().any(|part| lower.starts_with(part)) {
            return Err(Fault::LoadsFromOutside);
        }
        if LEFT_OUT.iter().any(|part| lower.starts_with(part)) || lower.contains("thumbnail") {
            continue;
        }
        let content = match media::ending(name).as_str() {
            // They are written when it is known what stays.
            "rels" => continue,
            "xml" | "vml" if name != TYPES => text_part(content)?,
            "xml" => continue,
            "svg" => drawing(content)?,
            "docx" | "xlsx" if lower.contains("embeddings/") => inner(content)?,
            _ => media::kept(name, content)?,
        };
        kept.insert(name.clone(), content);
    }
    let rels = parts.iter().filter(|(name, _)| media::ending(name) == "rels");
    let mut links = Parts::new();
    for (name, content) in rels {
        if let Some(base) = base_of(name, &kept) {
            links.insert(name.clone(), relationships(content, &base, &kept)?);
        }
    }
    kept.append(&mut links);
    let types = types(parts.get(TYPES).ok_or(Fault::Unknown)?, &kept)?;
    kept.insert(TYPES.to_owned(), types);
    Ok(kept)
}

/// A part in XML without what tells who wrote what, and when.
fn text_part(content: &[u8]) -> Result<Vec<u8>, Fault> {
    words::loads_nothing(content)?;
    xml::anew(content, |element| {
        let local = element.local();
        if matches!(
            local,
            "attachedTemplate"
                | "rsids"
                | "docVars"
                | "docId"
                | "mailMerge"
                | "absPath"
                | "fileSharing"
                | "customWorkbookViews"
                | "customSheetViews"
                | "customProperties"
                | "printerSettings"
                | "webPublishItems"
        ) {
            return Ok(Fate::Goes);
        }
        // In a spreadsheet, who wrote notes is a list to which the notes refer by their place in it.
        if element.name == "author" {
            return Ok(Fate::Emptied);
        }
        let wrote = element.attributes.iter().any(|(name, _)| xml::local(name) == "author");
        element.attributes.retain(|(name, _)| {
            let attribute = xml::local(name);
            let is_when = wrote && matches!(attribute, "date" | "dateUtc");
            let is_printer = local == "pageSetup" && attribute == "id";
            !is_when && !is_printer && !attribute.starts_with("rsid")
        });
        for (name, value) in &mut element.attributes {
            let names_a_file = matches!(local, "cNvPr" | "docPr") && xml::local(name) == "name";
            if matches!(
                xml::local(name),
                "author" | "initials" | "userId" | "providerId" | "userName" | "lastEdited"
            ) || (names_a_file && value.contains(['.', '/', '\\']))
            {
                value.clear();
            }
        }
        loads_nothing(element)?;
        Ok(Fate::Stays)
    })
}

/// A drawing in XML.
fn drawing(content: &[u8]) -> Result<Vec<u8>, Fault> {
    xml::anew(content, |element| {
        if matches!(element.local(), "metadata" | "script" | "namedview" | "foreignObject") {
            return Ok(Fate::Goes);
        }
        element.attributes.retain(|(name, _)| {
            !name.to_lowercase().starts_with("on")
                && !matches!(xml::local(name), "docname" | "export-filename" | "absref")
        });
        loads_nothing(element)?;
        Ok(Fate::Stays)
    })
}

/// Refuses a picture that is named by its address.
fn loads_nothing(element: &Element<'_>) -> Result<(), Fault> {
    let names_address =
        matches!(element.local(), "imagedata" | "fill" | "stroke" | "image" | "use")
            && ["src", "href", "link"].iter().any(|name| {
                element.value(name).is_some_and(|value| {
                    !value.is_empty()
                        && !value.starts_with('#')
                        && !value.starts_with("data:image/")
                })
            });
    if names_address { Err(Fault::LoadsFromOutside) } else { Ok(()) }
}

/// The folder of the part whose relationships a part says, with a slash at its end. `None` if that part is gone.
fn base_of(name: &str, kept: &Parts) -> Option<String> {
    let (folder, file) = name.rsplit_once("_rels/")?;
    let source = file.strip_suffix(".rels")?;
    (source.is_empty() || kept.contains_key(&format!("{folder}{source}")))
        .then(|| folder.to_owned())
}

/// Which parts belong to a part: those that are still there, and addresses that a reader may follow.
fn relationships(content: &[u8], base: &str, kept: &Parts) -> Result<Vec<u8>, Fault> {
    xml::anew(content, |element| {
        if element.local() != "Relationship" {
            return Ok(Fate::Stays);
        }
        let target = element.value("Target").ok_or(Fault::Damaged)?;
        let kind = element.value("Type").unwrap_or_default();
        if element.value("TargetMode").as_deref() != Some("External") {
            let there = resolved(base, &target).is_some_and(|part| kept.contains_key(&part));
            return Ok(if there { Fate::Stays } else { Fate::Goes });
        }
        match kind.rsplit('/').next() {
            Some("hyperlink") => {
                if !is_address(&target) {
                    for (name, value) in &mut element.attributes {
                        if *name == "Target" {
                            *value = escaped("about:blank");
                        }
                    }
                }
                Ok(Fate::Stays)
            }
            Some("attachedTemplate" | "mailMergeSource" | "mailMergeHeaderSource") => {
                Ok(Fate::Goes)
            }
            _ => Err(Fault::LoadsFromOutside),
        }
    })
}

/// Whether a link leads to an address on the net: a path on somebody's machine tells whose it is.
pub(super) fn is_address(target: &str) -> bool {
    let target = target.trim().to_lowercase();
    ["http://", "https://", "mailto:", "tel:", "#"].iter().any(|start| target.starts_with(start))
}

/// The part that a path leads to from a folder.
fn resolved(base: &str, target: &str) -> Option<String> {
    let target = target.split('#').next().unwrap_or_default();
    let whole = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{base}{target}"),
    };
    let mut steps: Vec<&str> = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => (),
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

/// What the parts are that are still there.
fn types(content: &[u8], kept: &Parts) -> Result<Vec<u8>, Fault> {
    xml::anew(content, |element| {
        let gone = element.local() == "Override"
            && element
                .value("PartName")
                .is_none_or(|part| !kept.contains_key(part.trim_start_matches('/')));
        Ok(if gone { Fate::Goes } else { Fate::Stays })
    })
}
