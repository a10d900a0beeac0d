//! Writes a PDF anew: from its catalog and pages, only what can be reached from them, and of that only what [`rules`]
//! let stay. Earlier versions of a file that was saved over and over can't be reached, and neither can pages that were
//! taken out.

use std::collections::{BTreeMap, VecDeque};

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

use super::pages::{self, INHERITED, Page};
use super::read::Source;
use super::rules::{self, Place};
use super::{Fault, stream};
use crate::domain::file::Strictness;

/// Writes it.
pub(super) fn write(bytes: &[u8], strictness: Strictness) -> Result<Vec<u8>, Fault> {
    let source = Source::open(bytes)?;
    let catalog = source.catalog().ok_or(Fault::Damaged)?;
    let catalog = catalog.as_dict().map_err(|_| Fault::Damaged)?;
    if catalog.has(b"Collection") {
        return Err(Fault::HoldsFiles);
    }
    let pages = pages::all(&source, catalog)?;
    if strictness == Strictness::Redacted {
        nothing_to_take_off(&source, catalog, &pages)?;
    }
    let mut anew = Anew {
        source: &source,
        strictness,
        out: Document::new(),
        known: BTreeMap::new(),
        waiting: VecDeque::new(),
    };
    anew.out.version = source.version().to_owned();
    anew.all(catalog, &pages)?;
    let mut written = Vec::with_capacity(bytes.len());
    anew.out.save_modern(&mut written).map_err(|_| Fault::Damaged)?;
    Ok(written)
}

/// Refuses what a reader could take off a page, or show and hide.
fn nothing_to_take_off(
    source: &Source<'_>,
    catalog: &Dictionary,
    pages: &[Page],
) -> Result<(), Fault> {
    if let Some(layers) = source.value(catalog, b"OCProperties")
        && let Ok(layers) = layers.as_dict()
        && let Some(groups) = source.value(layers, b"OCGs")
        && groups.as_array().is_ok_and(|groups| !groups.is_empty())
    {
        return Err(Fault::HasLayers);
    }
    for page in pages {
        let Some(notes) = source.value(&page.says, b"Annots") else { continue };
        for note in notes.as_array().map_err(|_| Fault::Damaged)? {
            let Some(note) = source.try_follow(note)? else { continue };
            let kind =
                note.as_dict().and_then(|note| note.get(b"Subtype")).and_then(Object::as_name);
            // Links draw nothing but a border, and go.
            if !matches!(kind, Ok(b"Link" | b"Popup")) {
                return Err(Fault::CanBeUncovered);
            }
        }
    }
    Ok(())
}

struct Anew<'a> {
    source: &'a Source<'a>,
    strictness: Strictness,
    out: Document,
    /// What an object of the source is in the new file, by its number. `None`: it stays behind.
    known: BTreeMap<u32, Option<ObjectId>>,
    waiting: VecDeque<(u32, ObjectId, Place)>,
}

impl Anew<'_> {
    fn all(&mut self, catalog: &Dictionary, pages: &[Page]) -> Result<(), Fault> {
        let (root, tree) = (self.out.new_object_id(), self.out.new_object_id());
        let ids: Vec<ObjectId> = pages.iter().map(|_| self.out.new_object_id()).collect();
        for (page, id) in pages.iter().zip(&ids) {
            if let Some(number) = page.number {
                self.known.insert(number, Some(*id));
            }
        }
        for (page, id) in pages.iter().zip(&ids) {
            let page = self.page(page, tree)?;
            self.out.objects.insert(*id, Object::Dictionary(page));
        }
        let mut new = self.some_of(catalog, rules::of_catalog(self.strictness))?;
        if let Ok(names) = new.get_mut(b"Names") {
            let kept = self.names(catalog)?;
            *names = kept;
        }
        new.set("Type", "Catalog");
        new.set("Pages", tree);
        self.out.objects.insert(root, Object::Dictionary(new));
        let kids: Vec<Object> = ids.iter().copied().map(Object::Reference).collect();
        let count = i64::try_from(kids.len()).map_err(|_| Fault::TooMuch)?;
        let tree_says = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
        self.out.objects.insert(tree, Object::Dictionary(tree_says));
        self.out.trailer.set("Root", root);
        while let Some((number, id, place)) = self.waiting.pop_front() {
            let Some(object) = self.source.get(number)? else { continue };
            let object = self.copy(&object, place)?;
            self.out.objects.insert(id, object);
        }
        Ok(())
    }

    fn page(&mut self, page: &Page, tree: ObjectId) -> Result<Dictionary, Fault> {
        let mut new = self.some_of(&page.says, rules::of_page(self.strictness))?;
        for key in INHERITED {
            if let Ok(value) = page.says.get(key) {
                let value = self.copy(value, Place::Plain)?;
                new.set(key, value);
            }
        }
        if !new.has(b"MediaBox") {
            new.set("MediaBox", vec![0.into(), 0.into(), 612.into(), 792.into()]);
        }
        if let Ok(contents) = page.says.get(b"Contents") {
            let contents = self.copy(contents, Place::Drawing)?;
            new.set("Contents", contents);
        }
        new.set("Type", "Page");
        new.set("Parent", tree);
        Ok(new)
    }

    /// Of what a catalog names, the places in the file.
    fn names(&mut self, catalog: &Dictionary) -> Result<Object, Fault> {
        let mut kept = Dictionary::new();
        if let Some(names) = self.source.value(catalog, b"Names")
            && let Ok(places) = names.as_dict().and_then(|names| names.get(b"Dests"))
        {
            kept.set("Dests", self.copy(places, Place::Plain)?);
        }
        Ok(Object::Dictionary(kept))
    }

    fn some_of(&mut self, says: &Dictionary, keys: &[&[u8]]) -> Result<Dictionary, Fault> {
        let mut new = Dictionary::new();
        for key in keys {
            if let Ok(value) = says.get(key)
                && *key != b"Names"
            {
                let value = self.copy(value, rules::place_under(key, Place::Plain))?;
                new.set(*key, value);
            } else if says.has(key) {
                new.set(*key, Object::Null);
            }
        }
        Ok(new)
    }

    /// What of an object stays. It lies no deeper in itself than it could be read.
    fn copy(&mut self, object: &Object, place: Place) -> Result<Object, Fault> {
        Ok(match object {
            Object::Reference((number, _)) => match self.reference(*number, place)? {
                Some(id) => Object::Reference(id),
                None => Object::Null,
            },
            Object::Array(array) => {
                let copied: Result<Vec<Object>, Fault> =
                    array.iter().map(|object| self.copy(object, place)).collect();
                Object::Array(copied?)
            }
            Object::Dictionary(dictionary) if self.is_out(dictionary)? => Object::Null,
            Object::Dictionary(dictionary) => {
                Object::Dictionary(self.dictionary(dictionary, place)?)
            }
            Object::Stream(stream) if self.is_out(&stream.dict)? => Object::Null,
            Object::Stream(stream) => Object::Stream(self.stream(stream, place)?),
            plain => plain.clone(),
        })
    }

    /// The new number of an object, which is copied when its turn comes.
    fn reference(&mut self, number: u32, place: Place) -> Result<Option<ObjectId>, Fault> {
        if let Some(known) = self.known.get(&number) {
            return Ok(*known);
        }
        let stays = match self.source.get(number)?.as_deref() {
            None | Some(Object::Null) => false,
            Some(Object::Dictionary(dictionary)) => !self.is_out(dictionary)?,
            Some(Object::Stream(stream)) => !self.is_out(&stream.dict)?,
            Some(_) => true,
        };
        let id = stays.then(|| self.out.new_object_id());
        self.known.insert(number, id);
        self.waiting.extend(id.map(|id| (number, id, place)));
        Ok(id)
    }

    /// Whether a dictionary stays behind: by the rules, or because it belongs to a page that is none any more.
    fn is_out(&self, dictionary: &Dictionary) -> Result<bool, Fault> {
        if rules::is_out(dictionary)
            || [&b"Page"[..], b"Pages", b"Catalog"].iter().any(|kind| dictionary.has_type(kind))
        {
            return Ok(true);
        }
        let Ok(Object::Reference((page, _))) = dictionary.get(b"Pg") else { return Ok(false) };
        Ok(!matches!(self.known.get(page), Some(Some(_))))
    }

    fn dictionary(&mut self, dictionary: &Dictionary, place: Place) -> Result<Dictionary, Fault> {
        let mut new = Dictionary::new();
        for (key, value) in dictionary {
            if matches!(place, Place::Plain | Place::Drawing)
                && !rules::stays(dictionary, key, self.strictness)
            {
                continue;
            }
            if place == Place::NamesOfProperties && self.strictness == Strictness::Redacted {
                new.set(key.clone(), Dictionary::new());
                continue;
            }
            let copied = self.copy(value, rules::place_under(key, place))?;
            if copied.is_null() && !value.is_null() {
                continue;
            }
            new.set(key.clone(), copied);
        }
        Ok(new)
    }

    fn stream(&mut self, stream: &Stream, place: Place) -> Result<Stream, Fault> {
        let (mut says, content) = stream::kept(self.source, stream, place, self.strictness)?;
        // The content of another file, in place of its own.
        says.remove(b"F");
        let says = self.dictionary(&says, Place::Plain)?;
        Ok(Stream::new(says, content))
    }
}
