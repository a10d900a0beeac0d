//! The tables of a PDF: which object is where (ISO 32000-1, 7.5). A file that was saved over and over has several,
//! and the newest counts; a file that was cut or mended by hand has none that can be trusted.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Object, Stream};

use super::Fault;
use super::lex::{Lexer, is_space};
use super::read::Source;
use super::unpack::unpack;

/// The most tables of one file.
const MOST_TABLES: usize = 500;
/// The highest number of an object, as readers have it.
const HIGHEST: u32 = 8_388_607;

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Nowhere any more.
    Free,
    /// By itself, from this byte on.
    At(usize),
    /// In the stream of objects with this number.
    In(u32),
}

/// Where the objects are, and which of them is the root.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) entries: BTreeMap<u32, Entry>,
    pub(super) trailer: Dictionary,
}

impl Tables {
    /// Enters where an object is, unless a newer table said so.
    fn enter(&mut self, source: &Source<'_>, number: usize, entry: Entry) -> Result<(), Fault> {
        source.budgets.objects.spend(1)?;
        if let Ok(number) = u32::try_from(number)
            && number <= HIGHEST
        {
            self.entries.entry(number).or_insert(entry);
        }
        Ok(())
    }

    fn add_trailer(&mut self, older: &Dictionary) {
        for key in [&b"Root"[..], b"Encrypt"] {
            if !self.trailer.has(key)
                && let Ok(value) = older.get(key)
            {
                self.trailer.set(key, value.clone());
            }
        }
    }
}

/// Reads the tables, from the newest back.
pub(super) fn read(source: &Source<'_>) -> Result<Tables, Fault> {
    let bytes = source.bytes();
    let mark = b"startxref";
    let at = bytes.windows(mark.len()).rposition(|window| window == mark).ok_or(Fault::Damaged)?;
    let start = Lexer::new(bytes, at + mark.len(), &source.budgets.objects).whole();
    let mut next = Some(start.ok_or(Fault::Damaged)?);
    let mut seen = BTreeSet::new();
    let mut tables = Tables::default();
    while let Some(at) = next {
        if !seen.insert(at) || at >= bytes.len() {
            break;
        }
        if seen.len() > MOST_TABLES {
            return Err(Fault::TooMuch);
        }
        let trailer = section(source, at, &mut tables)?;
        tables.add_trailer(&trailer);
        next = place(&trailer, b"Prev");
    }
    Ok(tables)
}

/// Where another table starts, if a trailer names one.
fn place(trailer: &Dictionary, key: &[u8]) -> Option<usize> {
    usize::try_from(trailer.get(key).and_then(Object::as_i64).ok()?).ok()
}

/// Reads one table and gives its trailer.
fn section(source: &Source<'_>, at: usize, tables: &mut Tables) -> Result<Dictionary, Fault> {
    let mut lexer = Lexer::new(source.bytes(), at, &source.budgets.objects);
    if !lexer.take_word(b"xref") {
        let (_, object) = source.indirect(at)?;
        let Object::Stream(stream) = object else { return Err(Fault::Damaged) };
        stream_section(source, &stream, tables)?;
        return Ok(stream.dict);
    }
    let mut entries = Vec::new();
    while let Some(first) = lexer.whole() {
        let count = lexer.whole().ok_or(Fault::Damaged)?;
        for number in first..first.saturating_add(count) {
            let (Some(at), Some(_)) = (lexer.whole(), lexer.whole()) else {
                return Err(Fault::Damaged);
            };
            let entry = match lexer.word() {
                b"n" if at > 0 => Entry::At(at),
                b"n" | b"f" => Entry::Free,
                _ => return Err(Fault::Damaged),
            };
            source.budgets.objects.spend(1)?;
            entries.push((number, entry));
        }
    }
    let (true, Some(Object::Dictionary(trailer))) = (lexer.take_word(b"trailer"), lexer.object()?)
    else {
        return Err(Fault::Damaged);
    };
    // A table for older readers calls free what its stream says is packed.
    if let Some(at) = place(&trailer, b"XRefStm")
        && let Ok((_, Object::Stream(stream))) = source.indirect(at)
    {
        stream_section(source, &stream, tables)?;
    }
    for (number, entry) in entries {
        tables.enter(source, number, entry)?;
    }
    Ok(trailer)
}

/// Reads a table that is a stream.
fn stream_section(source: &Source<'_>, stream: &Stream, tables: &mut Tables) -> Result<(), Fault> {
    let numbers = |key: &[u8]| -> Option<Vec<usize>> {
        let array = stream.dict.get(key).ok()?.as_array().ok()?;
        array.iter().map(|number| usize::try_from(number.as_i64().ok()?).ok()).collect()
    };
    let widths = numbers(b"W").ok_or(Fault::Damaged)?;
    let [kind, second, third] = widths.as_slice() else { return Err(Fault::Damaged) };
    if widths.iter().any(|width| *width > 8) {
        return Err(Fault::Damaged);
    }
    let size = stream.dict.get(b"Size").and_then(Object::as_i64).unwrap_or_default();
    let index =
        numbers(b"Index").unwrap_or_else(|| vec![0, usize::try_from(size).unwrap_or_default()]);
    let bytes = unpack(stream, &source.budgets.unpacked)?.map_err(|()| Fault::Damaged)?;
    let mut rest = bytes.as_slice();
    for pair in index.chunks_exact(2) {
        let [first, count] = pair else { break };
        for number in *first..first.saturating_add(*count) {
            let fields =
                (field(&mut rest, *kind), field(&mut rest, *second), field(&mut rest, *third));
            let (Some(which), Some(at), Some(_)) = fields else { return Ok(()) };
            if *kind + *second + *third == 0 {
                return Err(Fault::Damaged);
            }
            let entry = match if *kind == 0 { 1 } else { which } {
                1 => Entry::At(at),
                2 => u32::try_from(at).map_or(Entry::Free, Entry::In),
                _ => Entry::Free,
            };
            tables.enter(source, number, entry)?;
        }
    }
    Ok(())
}

/// A number of so many bytes.
fn field(rest: &mut &[u8], width: usize) -> Option<usize> {
    let (taken, left) = rest.split_at_checked(width)?;
    *rest = left;
    let number = taken.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    usize::try_from(number).ok()
}

/// Looks through a file for objects that stand by themselves ("12 0 obj"): where each starts, the last of each number.
pub(super) fn look_through(bytes: &[u8]) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    let mut from = 0;
    while let Some(at) = super::read::find(bytes.get(from..).unwrap_or_default(), b"obj") {
        let word = from + at;
        from = word + 3;
        let before = bytes.get(..word).unwrap_or_default();
        if let Some((before, _)) = number_before(before)
            && let Some((start, number)) = number_before(before)
            && let Ok(number) = u32::try_from(number)
            && number <= HIGHEST
        {
            found.insert(number, start.len());
        }
    }
    found
}

/// The number that stands before the end, after at most a few spaces and with at most ten digits; and what is before it.
fn number_before(bytes: &[u8]) -> Option<(&[u8], u64)> {
    let spaces = bytes.iter().rev().take(4).take_while(|byte| is_space(**byte)).count();
    let bytes = bytes.get(..bytes.len().checked_sub(spaces)?)?;
    let digits = bytes.iter().rev().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let (before, number) = bytes.split_at_checked(bytes.len().checked_sub(digits)?)?;
    if spaces == 0 {
        return None;
    }
    Some((before, std::str::from_utf8(number).ok()?.parse().ok()?))
}

/// Makes the tables anew from what stands in the file.
pub(super) fn rebuild(source: &mut Source<'_>) -> Result<(), Fault> {
    let alone: Vec<(u32, usize)> = source.found().collect();
    let entries = alone.iter().map(|(number, at)| (*number, Entry::At(*at))).collect();
    let trailer = last_trailer(source)?;
    source.take_tables(Tables { entries, trailer });
    let (mut inside, mut root) = (BTreeMap::new(), None);
    for (number, _) in alone {
        let Some(object) = source.get(number)? else { continue };
        match &*object {
            Object::Dictionary(dictionary) if dictionary.has_type(b"Catalog") => {
                root = Some(Object::Reference((number, 0)));
            }
            Object::Stream(stream) if stream.dict.has_type(b"XRef") => {
                if stream.dict.has(b"Encrypt") {
                    return Err(Fault::Locked);
                }
                root = stream.dict.get(b"Root").ok().cloned().or(root);
            }
            Object::Stream(stream) if stream.dict.has_type(b"ObjStm") => {
                let numbers = source.numbers_in(number)?;
                inside.extend(numbers.into_iter().map(|inner| (inner, Entry::In(number))));
            }
            _ => (),
        }
    }
    // What stands by itself is newer than what is packed where a file was mended by hand.
    source.add_to_tables(inside, root);
    Ok(())
}

/// The last trailer in the file that says which object is the root.
fn last_trailer(source: &Source<'_>) -> Result<Dictionary, Fault> {
    let (bytes, mut from, mut last) = (source.bytes(), 0, Dictionary::new());
    let mark = b"trailer";
    while let Some(at) = super::read::find(bytes.get(from..).unwrap_or_default(), mark) {
        from += at + mark.len();
        match Lexer::new(bytes, from, &source.budgets.objects).object() {
            Ok(Some(Object::Dictionary(trailer))) if trailer.has(b"Root") => last = trailer,
            Err(fault @ Fault::TooMuch) => return Err(fault),
            _ => (),
        }
    }
    Ok(last)
}
