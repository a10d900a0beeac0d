//! Which objects a PDF has, and where: read on demand, each once, within a budget. The library's own loader reads all
//! of a file at once and follows whatever table it brings along, so that a few kilobytes may cost it gigabytes.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use lopdf::{Dictionary, Object, Stream};

use super::Fault;
use super::lex::{Budget, Lexer};
use super::tables::{self, Entry, Tables};
use super::unpack::unpack;

/// The most objects of one file, those inside others counted.
const MOST_OBJECTS: usize = 600_000;
/// How long a chain of objects may be of which each is needed to read the one before.
const DEEPEST: usize = 12;
/// The most bytes that are looked through for where something ends.
const MOST_LOOKED_THROUGH: usize = 400_000_000;

/// An opened file.
pub(super) struct Source<'a> {
    bytes: &'a [u8],
    tables: Tables,
    /// Where each object starts that stands by itself, as found by looking through the file: the last of each number.
    found: BTreeMap<u32, usize>,
    /// What was read so far. `None` while it is being read: what leads to itself is nothing.
    objects: RefCell<BTreeMap<u32, Option<Rc<Object>>>>,
    packed: RefCell<BTreeMap<u32, Option<Rc<Packed>>>>,
    /// How many objects are being read because the one before couldn't be read without them.
    depth: Cell<usize>,
    pub(super) budgets: Budgets,
}

/// What may still be spent on a file.
pub(super) struct Budgets {
    pub(super) objects: Budget,
    pub(super) unpacked: Budget,
    looked_through: Budget,
    streams: Budget,
}

/// Objects packed together: their bytes, and where each starts.
struct Packed {
    bytes: Vec<u8>,
    starts: BTreeMap<u32, usize>,
}

impl<'a> Source<'a> {
    /// Opens a file: reads its tables, or makes them anew if they lead nowhere.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let start = find(bytes, b"%PDF-").ok_or(Fault::Damaged)?;
        let bytes = bytes.get(start..).unwrap_or_default();
        let mut source = Self {
            bytes,
            tables: Tables::default(),
            found: tables::look_through(bytes),
            objects: RefCell::default(),
            packed: RefCell::default(),
            depth: Cell::new(0),
            budgets: Budgets {
                objects: Budget::new(MOST_OBJECTS),
                unpacked: Budget::new(super::MOST_UNPACKED_PDF),
                looked_through: Budget::new(MOST_LOOKED_THROUGH),
                // Streams don't overlap in a file that was written honestly.
                streams: Budget::new(bytes.len()),
            },
        };
        match tables::read(&source) {
            Ok(tables) => source.tables = tables,
            Err(Fault::Damaged) => (),
            Err(fault) => return Err(fault),
        }
        if source.tables.trailer.has(b"Encrypt") {
            return Err(Fault::Locked);
        }
        if source.pages_root().is_none() {
            source.budgets.streams = Budget::new(bytes.len());
            tables::rebuild(&mut source)?;
            if source.tables.trailer.has(b"Encrypt") {
                return Err(Fault::Locked);
            }
        }
        Ok(source)
    }

    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Takes other tables: what was read by the old ones is forgotten.
    pub(super) fn take_tables(&mut self, tables: Tables) {
        self.tables = tables;
        self.objects.take();
        self.packed.take();
    }

    /// Enters where packed objects are, and which is the root where no trailer says so.
    pub(super) fn add_to_tables(&mut self, inside: BTreeMap<u32, Entry>, root: Option<Object>) {
        for (number, entry) in inside {
            self.tables.entries.entry(number).or_insert(entry);
        }
        if let Some(root) = root
            && !self.tables.trailer.has(b"Root")
        {
            self.tables.trailer.set("Root", root);
        }
        self.objects.borrow_mut().retain(|_, object| object.is_some());
    }

    pub(super) fn found(&self) -> impl Iterator<Item = (u32, usize)> {
        self.found.iter().map(|(number, at)| (*number, *at))
    }

    /// The version in the first line.
    pub(super) fn version(&self) -> &'static str {
        match self.bytes.get(5..8) {
            Some(b"1.0" | b"1.1" | b"1.2" | b"1.3" | b"1.4" | b"1.5") => "1.5",
            Some(b"1.6") => "1.6",
            Some(b"2.0") => "2.0",
            _ => "1.7",
        }
    }

    /// The catalog: where everything starts.
    pub(super) fn catalog(&self) -> Option<Rc<Object>> {
        self.follow(self.tables.trailer.get(b"Root").ok()?)
    }

    /// The root of the pages, if it has any.
    fn pages_root(&self) -> Option<Rc<Object>> {
        let catalog = self.catalog()?;
        let root = self.follow(catalog.as_dict().ok()?.get(b"Pages").ok()?)?;
        let kids = self.follow(root.as_dict().ok()?.get(b"Kids").ok()?)?;
        kids.as_array().is_ok_and(|kids| !kids.is_empty()).then_some(root)
    }

    /// An object, or what it refers to. `None` if that is nothing, or can't be read.
    pub(super) fn follow(&self, object: &Object) -> Option<Rc<Object>> {
        self.try_follow(object).ok().flatten()
    }

    /// The same, telling where the budget is spent.
    pub(super) fn try_follow(&self, object: &Object) -> Result<Option<Rc<Object>>, Fault> {
        let Object::Reference((number, _)) = object else {
            return Ok(Some(Rc::new(object.clone())));
        };
        let mut number = *number;
        for _ in 0..8 {
            match self.get(number)? {
                Some(object) => match *object {
                    Object::Reference((next, _)) => number = next,
                    _ => return Ok(Some(object)),
                },
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The value of a key, followed.
    pub(super) fn value(&self, dictionary: &Dictionary, key: &[u8]) -> Option<Rc<Object>> {
        self.follow(dictionary.get(key).ok()?)
    }

    /// The object with a number, read once.
    pub(super) fn get(&self, number: u32) -> Result<Option<Rc<Object>>, Fault> {
        if let Some(known) = self.objects.borrow().get(&number) {
            return Ok(known.clone());
        }
        let depth = self.depth.get();
        if depth > DEEPEST {
            return Err(Fault::TooMuch);
        }
        self.objects.borrow_mut().insert(number, None);
        self.depth.set(depth + 1);
        let read = self.read(number);
        self.depth.set(depth);
        let read = read?.map(Rc::new);
        self.objects.borrow_mut().insert(number, read.clone());
        Ok(read)
    }

    fn read(&self, number: u32) -> Result<Option<Object>, Fault> {
        match self.tables.entries.get(&number) {
            Some(Entry::At(at)) => match self.indirect(*at) {
                Ok((found, object)) if found == number => Ok(Some(object)),
                Err(fault @ (Fault::TooMuch | Fault::Locked)) => Err(fault),
                // The table is wrong: the file itself says where it is.
                _ => self.as_found(number),
            },
            Some(Entry::In(container)) => self.packed_in(*container, number),
            Some(Entry::Free) => Ok(None),
            None => Ok(None),
        }
    }

    fn as_found(&self, number: u32) -> Result<Option<Object>, Fault> {
        let Some(at) = self.found.get(&number) else { return Ok(None) };
        match self.indirect(*at) {
            Ok((_, object)) => Ok(Some(object)),
            Err(Fault::Damaged) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// An object that stands by itself, and its number.
    pub(super) fn indirect(&self, at: usize) -> Result<(u32, Object), Fault> {
        let mut lexer = Lexer::new(self.bytes, at, &self.budgets.objects);
        let number = lexer.whole().and_then(|number| u32::try_from(number).ok());
        let header = number.filter(|_| lexer.whole().is_some() && lexer.take_word(b"obj"));
        let number = header.ok_or(Fault::Damaged)?;
        let object = lexer.object()?.unwrap_or(Object::Null);
        self.budgets.looked_through.spend(lexer.at().saturating_sub(at))?;
        let Object::Dictionary(dictionary) = object else { return Ok((number, object)) };
        if !lexer.take_word(b"stream") {
            return Ok((number, Object::Dictionary(dictionary)));
        }
        match lexer.rest() {
            [b'\r', b'\n', ..] => lexer.go(lexer.at() + 2),
            [b'\r' | b'\n', ..] => lexer.go(lexer.at() + 1),
            _ => (),
        }
        let dictionary = self.settled(dictionary)?;
        let content = self.content(&dictionary, lexer)?;
        self.budgets.streams.spend(content.len())?;
        Ok((number, Object::Stream(Stream::new(dictionary, content.to_vec()))))
    }

    /// A stream's dictionary that says itself how the stream is packed.
    fn settled(&self, mut dictionary: Dictionary) -> Result<Dictionary, Fault> {
        for key in [&b"Filter"[..], b"DecodeParms"] {
            let Ok(value) = dictionary.get(key) else { continue };
            let Some(value) = self.try_follow(value)? else {
                dictionary.remove(key);
                continue;
            };
            let value = match &*value {
                Object::Array(values) => {
                    let mut settled = Vec::with_capacity(values.len());
                    for value in values {
                        settled.push(
                            self.try_follow(value)?.map_or(Object::Null, |value| (*value).clone()),
                        );
                    }
                    Object::Array(settled)
                }
                other => other.clone(),
            };
            dictionary.set(key, value);
        }
        Ok(dictionary)
    }

    /// The bytes of a stream: as many as it says, or up to where it ends.
    fn content(&self, dictionary: &Dictionary, mut lexer: Lexer<'a>) -> Result<&'a [u8], Fault> {
        let rest = lexer.rest();
        let said = match dictionary.get(b"Length") {
            Ok(length) => self.try_follow(length)?.and_then(|length| length.as_i64().ok()),
            Err(_) => None,
        };
        if let Some(length) = said.and_then(|length| usize::try_from(length).ok())
            && let Some(content) = rest.get(..length)
        {
            lexer.go(lexer.at() + length);
            let mut after = lexer.rest();
            while let [b'\r' | b'\n' | b' ' | b'\t', more @ ..] = after {
                after = more;
            }
            if after.starts_with(b"endstream") || after.starts_with(b"endobj") {
                return Ok(content);
            }
        }
        let end = find(rest, b"endstream").or_else(|| find(rest, b"endobj")).unwrap_or(rest.len());
        self.budgets.looked_through.spend(end)?;
        let content = rest.get(..end).unwrap_or_default();
        let content = content.strip_suffix(b"\n").unwrap_or(content);
        Ok(content.strip_suffix(b"\r").unwrap_or(content))
    }

    fn packed_in(&self, container: u32, number: u32) -> Result<Option<Object>, Fault> {
        let Some(packed) = self.packed(container)? else { return Ok(None) };
        let Some(start) = packed.starts.get(&number) else { return Ok(None) };
        match Lexer::new(&packed.bytes, *start, &self.budgets.objects).object() {
            Ok(object) => Ok(object),
            Err(Fault::Damaged) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The numbers of the objects that are packed in a stream.
    pub(super) fn numbers_in(&self, container: u32) -> Result<BTreeSet<u32>, Fault> {
        let packed = self.packed(container)?;
        Ok(packed.map(|packed| packed.starts.keys().copied().collect()).unwrap_or_default())
    }

    fn packed(&self, container: u32) -> Result<Option<Rc<Packed>>, Fault> {
        if let Some(known) = self.packed.borrow().get(&container) {
            return Ok(known.clone());
        }
        self.packed.borrow_mut().insert(container, None);
        let Some(object) = self.get(container)? else { return Ok(None) };
        let Ok(stream) = object.as_stream() else { return Ok(None) };
        let Ok(bytes) = unpack(stream, &self.budgets.unpacked)? else { return Ok(None) };
        let whole = |key: &[u8]| {
            let value = self.value(&stream.dict, key)?;
            usize::try_from(value.as_i64().ok()?).ok()
        };
        let (Some(count), Some(first)) = (whole(b"N"), whole(b"First")) else { return Ok(None) };
        let mut starts = BTreeMap::new();
        let mut lexer = Lexer::new(&bytes, 0, &self.budgets.objects);
        for _ in 0..count {
            let (Some(number), Some(start)) = (lexer.whole(), lexer.whole()) else { break };
            self.budgets.objects.spend(1)?;
            if let (Ok(number), Some(start)) = (u32::try_from(number), first.checked_add(start)) {
                starts.entry(number).or_insert(start);
            }
        }
        let packed = Some(Rc::new(Packed { bytes, starts }));
        self.packed.borrow_mut().insert(container, packed.clone());
        Ok(packed)
    }
}

/// Where a few bytes stand in others, the first time.
pub(super) fn find(bytes: &[u8], few: &[u8]) -> Option<usize> {
    bytes.windows(few.len()).position(|window| window == few)
}
