//! The text of a document, and what of it a program would run.

use super::Fault;
use super::package::Parts;
use super::xml::{Piece, Pieces, local, unescaped};

/// Elements at whose end a line ends.
const LINES: [&str; 11] =
    ["p", "h", "si", "row", "tr", "c", "tc", "table-cell", "table-row", "comment", "br"];
/// Elements that stand for a space.
const SPACES: [&str; 4] = ["tab", "s", "line-break", "cr"];

/// The text of all parts, part by part.
pub(super) fn read(parts: &Parts) -> Result<String, Fault> {
    let mut text = String::new();
    for (name, content) in parts {
        if super::media::ending(name) != "xml"
            || ["META-INF/", "[", "_rels/"].iter().any(|start| name.starts_with(start))
        {
            continue;
        }
        let mut pieces = Pieces::of(content)?;
        while let Some(piece) = pieces.next()? {
            match piece {
                Piece::Text(some) => text.push_str(&unescaped(some)),
                Piece::Verbatim(some) => text.push_str(some),
                Piece::Start(element) => {
                    if SPACES.contains(&element.local()) {
                        text.push(' ');
                    } else if element.is_empty && LINES.contains(&element.local()) {
                        text.push('\n');
                    }
                }
                Piece::End(name) => {
                    if LINES.contains(&local(name)) {
                        text.push('\n');
                    }
                }
            }
        }
        text.push('\n');
    }
    Ok(text)
}

/// Fields of Word that fetch something when a document is opened.
const FIELDS: [&str; 6] = ["INCLUDEPICTURE", "INCLUDETEXT", "DDEAUTO", "DDE", "LINK", "IMPORT"];
/// Functions of spreadsheets that do.
const FUNCTIONS: [&str; 5] = ["WEBSERVICE(", "IMAGE(", "RTD(", "DDE(", "SQL.REQUEST("];

/// Refuses a part in which a field or a formula fetches something.
pub(super) fn loads_nothing(content: &[u8]) -> Result<(), Fault> {
    let mut pieces = Pieces::of(content)?;
    // A field may be written in several pieces.
    let (mut inside, mut field) = ("", String::new());
    while let Some(piece) = pieces.next()? {
        match piece {
            Piece::Start(element) => {
                if element.local() == "fldChar"
                    && element.value("fldCharType").as_deref() == Some("begin")
                {
                    field.clear();
                }
                if element.local() == "fldSimple" {
                    let instruction = element.value("instr").unwrap_or_default();
                    if is_fetching_field(&instruction) {
                        return Err(Fault::LoadsFromOutside);
                    }
                }
                inside = if element.is_empty { "" } else { element.local() };
            }
            Piece::Text(text) | Piece::Verbatim(text) if inside == "instrText" => {
                field.push_str(&unescaped(text));
                if is_fetching_field(&field) {
                    return Err(Fault::LoadsFromOutside);
                }
            }
            Piece::Text(text) | Piece::Verbatim(text)
                if matches!(inside, "f" | "formula1" | "formula2" | "definedName")
                    && fetches(text) =>
            {
                return Err(Fault::LoadsFromOutside);
            }
            Piece::End(_) => inside = "",
            _ => (),
        }
    }
    Ok(())
}

fn is_fetching_field(instruction: &str) -> bool {
    let upper = instruction.to_uppercase();
    let mut words = upper.split_whitespace();
    words.next().is_some_and(|first| FIELDS.contains(&first) && words.next().is_some())
}

/// Whether a formula fetches something.
pub(super) fn fetches(formula: &str) -> bool {
    let upper = formula.to_uppercase();
    FUNCTIONS.iter().any(|function| {
        upper.match_indices(function).any(|(at, _)| {
            let before = upper.get(..at).and_then(|before| before.chars().next_back());
            !before.is_some_and(char::is_alphanumeric)
        })
    })
}
