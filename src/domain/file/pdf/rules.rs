//! What of a PDF is kept: lists of what a catalog, a page and anything else may say.

use lopdf::{Dictionary, Object};

use crate::domain::file::Strictness;

/// What the keys of a dictionary are, which follows from where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Words of the format.
    Plain,
    /// Names that the file chose.
    Names,
    /// Names that the file chose, of drawings.
    NamesOfDrawings,
    /// Names that the file chose, of properties of what is drawn.
    NamesOfProperties,
    /// A stream that draws.
    Drawing,
}

/// What a catalog may say.
pub(super) fn of_catalog(strictness: Strictness) -> &'static [&'static [u8]] {
    match strictness {
        Strictness::Kept => &[
            b"PageLabels",
            b"PageLayout",
            b"PageMode",
            b"ViewerPreferences",
            b"Outlines",
            b"Dests",
            b"Names",
            b"OCProperties",
            b"AcroForm",
            b"Lang",
            b"MarkInfo",
            b"StructTreeRoot",
        ],
        Strictness::Redacted => &[],
    }
}

/// What a page may say, besides what it has from those above it.
pub(super) fn of_page(strictness: Strictness) -> &'static [&'static [u8]] {
    match strictness {
        Strictness::Kept => &[
            b"BleedBox",
            b"TrimBox",
            b"ArtBox",
            b"Group",
            b"UserUnit",
            b"Annots",
            b"StructParents",
            b"Tabs",
        ],
        Strictness::Redacted => &[b"Group", b"UserUnit"],
    }
}

/// What tells about who made a file or a part of it, holds other files, or does something when the file is opened.
const NEVER: [&[u8]; 38] = [
    b"AA",
    b"AF",
    b"Alternates",
    b"Author",
    b"ByteRange",
    b"Collection",
    b"CreationDate",
    b"Creator",
    b"CreatorInfo",
    b"DSS",
    b"EF",
    b"EmbeddedFiles",
    b"FDecodeParms",
    b"FFilter",
    b"Info",
    b"JS",
    b"JavaScript",
    b"Keywords",
    b"LastModified",
    b"Legal",
    b"Measure",
    b"Metadata",
    b"ModDate",
    b"NM",
    b"OPI",
    b"OpenAction",
    b"OutputIntents",
    b"Perms",
    b"PieceInfo",
    b"Producer",
    b"PtData",
    b"RC",
    b"Ref",
    b"SpiderInfo",
    b"Thumb",
    b"Threads",
    b"URLS",
    b"XFA",
];

/// What only a machine reads beside what a page shows.
const NEVER_REDACTED: [&[u8]; 8] =
    [b"ActualText", b"Alt", b"Contents", b"E", b"OC", b"StructParent", b"StructParents", b"TU"];

/// What may be done when something is pressed: to go to another part of the file, or to an address.
const ACTIONS: [&[u8]; 3] = [b"GoTo", b"URI", b"Named"];
/// Other values of the same key: kinds of what is no action.
const ALL_ACTIONS: [&[u8]; 18] = [
    b"GoToR",
    b"GoToE",
    b"GoToDp",
    b"Launch",
    b"Thread",
    b"Sound",
    b"Movie",
    b"Hide",
    b"SubmitForm",
    b"ResetForm",
    b"ImportData",
    b"JavaScript",
    b"SetOCGState",
    b"Rendition",
    b"Trans",
    b"GoTo3DView",
    b"RichMediaExecute",
    b"OCG",
];

/// Kinds of notes on a page that hold files, or play something.
const NOTES_THAT_HOLD: [&[u8]; 8] = [
    b"FileAttachment",
    b"Sound",
    b"Movie",
    b"Screen",
    b"RichMedia",
    b"3D",
    b"PrinterMark",
    b"TrapNet",
];

/// Whether nothing of a dictionary stays, wherever it is.
pub(super) fn is_out(dictionary: &Dictionary) -> bool {
    let name = |key: &[u8]| dictionary.get(key).and_then(Object::as_name).ok();
    let kind = name(b"Type");
    if matches!(
        kind,
        Some(
            b"Metadata"
                | b"EmbeddedFile"
                | b"Filespec"
                | b"F"
                | b"Sig"
                | b"DocTimeStamp"
                | b"ObjStm"
                | b"XRef"
        )
    ) || dictionary.get(b"ByteRange").and_then(Object::as_array).is_ok()
    {
        return true;
    }
    if name(b"Subtype").is_some_and(|kind| NOTES_THAT_HOLD.contains(&kind))
        && dictionary.has(b"Rect")
    {
        return true;
    }
    let does = name(b"S");
    let is_action = kind == Some(b"Action") && !does.is_some_and(|does| ACTIONS.contains(&does));
    is_action || does.is_some_and(|does| ALL_ACTIONS.contains(&does) && !dictionary.has(b"P"))
}

/// Whether a key of a dictionary stays.
pub(super) fn stays(dictionary: &Dictionary, key: &[u8], strictness: Strictness) -> bool {
    if NEVER.contains(&key) {
        return false;
    }
    let subtype = dictionary.get(b"Subtype").and_then(Object::as_name).ok();
    // Notes: who wrote them, and when.
    if dictionary.has(b"Rect") && subtype.is_some() {
        let field = subtype == Some(b"Widget");
        if key == b"M" || (!field && matches!(key, b"T" | b"Subj")) {
            return false;
        }
    }
    strictness == Strictness::Kept || !NEVER_REDACTED.contains(&key)
}

/// Where what stands under a key is.
pub(super) fn place_under(key: &[u8], place: Place) -> Place {
    match (place, key) {
        (Place::NamesOfDrawings, _) => Place::Drawing,
        (Place::Plain | Place::Drawing, b"CharProcs") => Place::NamesOfDrawings,
        (Place::Plain | Place::Drawing, b"Properties") => Place::NamesOfProperties,
        (
            Place::Plain | Place::Drawing,
            b"Font" | b"XObject" | b"ExtGState" | b"ColorSpace" | b"Pattern" | b"Shading"
            | b"Dests" | b"RoleMap" | b"ClassMap" | b"Colorants" | b"N" | b"D" | b"R",
        ) => Place::Names,
        _ => Place::Plain,
    }
}
