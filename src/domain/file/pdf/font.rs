//! Which letters the codes of a font stand for, and how wide they are (ISO 32000-1, 9.6 to 9.10).

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, Stream};

use super::Fault;
use super::lex::Lexer;
use super::read::Source;
use super::unpack::unpack;

/// The most codes that one font's table may name.
const MOST_CODES: usize = 70_000;
/// The most codes that one line of it may name.
const MOST_IN_A_RANGE: u32 = 0x1_0000;
/// How wide a letter is that nothing is said about, of a thousand.
const USUAL_WIDTH: f32 = 500.0;

/// A font, as far as its text can be read.
pub(super) struct Font {
    /// How many bytes one code has.
    bytes: usize,
    letters: BTreeMap<u32, String>,
    widths: BTreeMap<u32, f32>,
    usual_width: f32,
    /// From a width as the font says it to one of a letter one unit high.
    scale: f32,
}

/// One letter, or several that are drawn as one.
pub(super) struct Drawn<'a> {
    pub(super) text: &'a str,
    /// How far the next one is from it, where letters are one unit high.
    pub(super) width: f32,
    /// Whether it is the code that counts as a space between words.
    pub(super) is_space: bool,
}

impl Font {
    /// Reads what a font says.
    pub(super) fn of(source: &Source<'_>, says: &Dictionary) -> Result<Self, Fault> {
        let name = |key: &[u8]| {
            source.value(says, key).and_then(|name| name.as_name().ok().map(<[u8]>::to_vec))
        };
        let composite = name(b"Subtype").as_deref() == Some(b"Type0");
        let mut font = Self {
            bytes: if composite { 2 } else { 1 },
            letters: BTreeMap::new(),
            widths: BTreeMap::new(),
            usual_width: USUAL_WIDTH,
            scale: 0.001,
        };
        if composite {
            if name(b"Encoding").is_some_and(|name| names_utf16(&name)) {
                font.letters.extend((0..=u16::MAX).filter_map(|code| {
                    Some((u32::from(code), char::from_u32(u32::from(code))?.to_string()))
                }));
            }
            font.widths_of_composite(source, says)?;
        } else {
            font.letters = simple_letters(source, says);
            font.widths_of_simple(source, says);
        }
        if let Some(table) = source.value(says, b"ToUnicode")
            && let Ok(table) = table.as_stream()
        {
            font.letters_of_table(source, table)?;
        }
        Ok(font)
    }

    /// What a text in this font draws. A code that no letter is known of draws nothing that can be read.
    pub(super) fn drawn<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Drawn<'a>> {
        text.chunks(self.bytes).map(|code| {
            let code = code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
            Drawn {
                text: self.letters.get(&code).map_or("", String::as_str),
                width: self.widths.get(&code).unwrap_or(&self.usual_width) * self.scale,
                is_space: self.bytes == 1 && code == 32,
            }
        })
    }

    fn widths_of_simple(&mut self, source: &Source<'_>, says: &Dictionary) {
        let number = |says: &Dictionary, key: &[u8]| source.value(says, key)?.as_float().ok();
        if let Some(matrix) = source.value(says, b"FontMatrix")
            && let Some(scale) =
                matrix.as_array().ok().and_then(|matrix| matrix.first()?.as_float().ok())
        {
            self.scale = scale;
        }
        if let Some(descriptor) = source.value(says, b"FontDescriptor")
            && let Ok(descriptor) = descriptor.as_dict()
            && let Some(missing) = number(descriptor, b"MissingWidth").filter(|width| *width > 0.0)
        {
            self.usual_width = missing;
        }
        let first = source.value(says, b"FirstChar").and_then(|first| first.as_i64().ok());
        let first = first.and_then(|first| u32::try_from(first).ok()).unwrap_or_default();
        if let Some(widths) = source.value(says, b"Widths")
            && let Ok(widths) = widths.as_array()
        {
            let widths = widths.iter().take(256).map(|width| source.follow(width)?.as_float().ok());
            self.widths
                .extend((first..).zip(widths).filter_map(|(code, width)| Some((code, width?))));
        }
    }

    fn widths_of_composite(&mut self, source: &Source<'_>, says: &Dictionary) -> Result<(), Fault> {
        self.usual_width = 1000.0;
        let descendant = source.value(says, b"DescendantFonts");
        let descendant =
            descendant.as_deref().and_then(|fonts| fonts.as_array().ok()?.first().cloned());
        let Some(descendant) = descendant.and_then(|font| source.follow(&font)) else {
            return Ok(());
        };
        let Ok(descendant) = descendant.as_dict() else { return Ok(()) };
        if let Some(usual) = source.value(descendant, b"DW").and_then(|width| width.as_float().ok())
        {
            self.usual_width = usual;
        }
        let Some(widths) = source.value(descendant, b"W") else { return Ok(()) };
        let Ok(widths) = widths.as_array() else { return Ok(()) };
        // "12 [500 600]": from 12 on, each its own; "12 20 500": from 12 to 20 all the same.
        let mut rest = widths.as_slice();
        let code = |object: &Object| u32::try_from(object.as_i64().ok()?).ok();
        while let [first, second, after @ ..] = rest {
            let Some(first) = code(first) else { break };
            match source.follow(second).as_deref() {
                Some(Object::Array(each)) => {
                    source.budgets.objects.spend(each.len())?;
                    let each = each.iter().map(|width| width.as_float().ok());
                    self.widths.extend(
                        (first..).zip(each).filter_map(|(code, width)| Some((code, width?))),
                    );
                    rest = after;
                }
                Some(last) => {
                    let ([width, after @ ..], Some(last)) = (after, code(last)) else { break };
                    let (last, width) =
                        (last.min(first.saturating_add(MOST_IN_A_RANGE)), width.as_float());
                    source.budgets.objects.spend(last.saturating_sub(first) as usize)?;
                    if let Ok(width) = width {
                        self.widths.extend((first..=last).map(|code| (code, width)));
                    }
                    rest = after;
                }
                None => break,
            }
        }
        Ok(())
    }

    /// Reads the font's own table of letters: what it says counts before all else.
    fn letters_of_table(&mut self, source: &Source<'_>, table: &Stream) -> Result<(), Fault> {
        let Ok(table) = unpack(table, &source.budgets.unpacked)? else { return Ok(()) };
        let mut lexer = Lexer::new(&table, 0, &source.budgets.objects);
        let mut given: Vec<Object> = Vec::new();
        let mut known = 0_usize;
        loop {
            // A table that can't be read to its end says what it says up to there.
            let object = match lexer.operand() {
                Ok(object) => object,
                Err(Fault::TooMuch) => return Err(Fault::TooMuch),
                Err(_) => return Ok(()),
            };
            if let Some(object) = object {
                given.push(object);
                continue;
            }
            match lexer.word() {
                b"" if lexer.rest().is_empty() => return Ok(()),
                b"" => lexer.go(lexer.at() + 1),
                b"endcodespacerange" => {
                    if let Some(Object::String(code, _)) = given.last()
                        && matches!(code.len(), 1 | 2)
                    {
                        self.bytes = code.len();
                    }
                }
                b"endbfchar" => {
                    for pair in given.chunks_exact(2) {
                        if let [code, Object::String(letters, _)] = pair
                            && let Some(code) = code_of(code)
                        {
                            self.letters.insert(code, utf16(letters, 0));
                        }
                    }
                    known += given.len();
                }
                b"endbfrange" => {
                    for range in given.chunks_exact(3) {
                        known += self.range(range);
                    }
                    known += given.len();
                }
                _ => (),
            }
            given.clear();
            if known > MOST_CODES {
                return Ok(());
            }
        }
    }

    /// Takes one line of a table of ranges, and tells how many codes it named.
    fn range(&mut self, range: &[Object]) -> usize {
        let [first, last, letters] = range else { return 0 };
        let (Some(first), Some(last)) = (code_of(first), code_of(last)) else { return 0 };
        let last = last.min(first.saturating_add(MOST_IN_A_RANGE));
        let before = self.letters.len();
        match letters {
            Object::String(letters, _) => {
                self.letters
                    .extend((first..=last).map(|code| (code, utf16(letters, code - first))));
            }
            Object::Array(each) => {
                let each = each.iter().map(|letters| letters.as_str().unwrap_or_default());
                self.letters.extend(
                    (first..=last).zip(each).map(|(code, letters)| (code, utf16(letters, 0))),
                );
            }
            _ => (),
        }
        self.letters.len().saturating_sub(before)
    }
}

/// Whether an encoding's name says that its codes are UTF-16.
fn names_utf16(name: &[u8]) -> bool {
    [&b"UCS2"[..], b"UTF16"]
        .iter()
        .any(|part| name.windows(part.len()).any(|window| window == *part))
}

/// The letters of a simple font, as its encoding says.
fn simple_letters(source: &Source<'_>, says: &Dictionary) -> BTreeMap<u32, String> {
    // What the library needs to know, and nothing that it would unpack.
    let mut plain = Dictionary::new();
    plain.set("Type", "Font");
    let encoding = source.value(says, b"Encoding");
    match encoding.as_deref() {
        Some(Object::Name(name)) if !name.starts_with(b"Identity") => {
            plain.set("Encoding", Object::Name(name.clone()));
        }
        Some(Object::Dictionary(encoding)) => {
            let mut own = Dictionary::new();
            let base = source.value(encoding, b"BaseEncoding");
            if let Some(Object::Name(name)) = base.as_deref()
                && !name.starts_with(b"Identity")
            {
                own.set("BaseEncoding", Object::Name(name.clone()));
            }
            if let Some(Object::Array(differences)) =
                source.value(encoding, b"Differences").as_deref()
            {
                own.set(
                    "Differences",
                    differences.iter().filter(is_difference).cloned().collect::<Vec<_>>(),
                );
            }
            plain.set("Encoding", own);
        }
        _ => (),
    }
    let nothing = Document::new();
    let Ok(encoding) = plain.get_font_encoding(&nothing) else { return BTreeMap::new() };
    let letters = (0..=u8::MAX).filter_map(|code| {
        let letter = encoding.bytes_to_string(&[code]).ok()?;
        Some((u32::from(code), letter))
    });
    letters.collect()
}

fn is_difference(object: &&Object) -> bool {
    match object {
        Object::Integer(code) => (0..=255).contains(code),
        Object::Name(_) => true,
        _ => false,
    }
}

fn code_of(object: &Object) -> Option<u32> {
    let bytes = object.as_str().ok().filter(|bytes| (1..=4).contains(&bytes.len()))?;
    Some(bytes.iter().fold(0, |code, byte| code << 8 | u32::from(*byte)))
}

/// Letters in UTF-16, so many further on in the list of all letters.
fn utf16(bytes: &[u8], further: u32) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut units: Vec<u16> = pairs.iter().take(16).map(|pair| u16::from_be_bytes(*pair)).collect();
    if let Some(last) = units.last_mut() {
        let [.., high, low] = further.to_be_bytes();
        *last = last.wrapping_add(u16::from_be_bytes([high, low]));
    }
    String::from_utf16_lossy(&units)
}
