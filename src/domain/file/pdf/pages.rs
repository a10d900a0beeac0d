//! The pages of a PDF, in order, with what they have from those above them.

use std::collections::BTreeSet;
use std::rc::Rc;

use lopdf::{Dictionary, Object};

use super::Fault;
use super::read::Source;

/// The most pages.
const MOST: usize = 2_000;
/// How deep the tree of pages may be.
const DEEPEST: usize = 40;

/// What a page has from those above it unless it says so itself.
pub(super) const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

/// A page of the newest version.
pub(super) struct Page {
    /// Its number, where it is an object by itself.
    pub(super) number: Option<u32>,
    /// What it says, with what it has from those above it.
    pub(super) says: Dictionary,
}

/// A part of the tree that waits to be looked at.
struct Waiting {
    object: Object,
    above: Rc<Dictionary>,
    depth: usize,
}

/// All pages.
pub(super) fn all(source: &Source<'_>, catalog: &Dictionary) -> Result<Vec<Page>, Fault> {
    let root = catalog.get(b"Pages").map_err(|_| Fault::Damaged)?.clone();
    let mut waiting = vec![Waiting { object: root, above: Rc::default(), depth: 0 }];
    let (mut pages, mut seen) = (Vec::new(), BTreeSet::new());
    while let Some(Waiting { object, above, depth }) = waiting.pop() {
        let number = match object {
            Object::Reference((number, _)) => Some(number),
            _ => None,
        };
        if depth > DEEPEST || number.is_some_and(|number| !seen.insert(number)) {
            return Err(Fault::TooMuch);
        }
        source.budgets.objects.spend(1)?;
        let Some(node) = source.try_follow(&object)? else { continue };
        let Ok(node) = node.as_dict() else { continue };
        let mut says = node.clone();
        for key in INHERITED {
            if !says.has(key)
                && let Ok(value) = above.get(key)
            {
                says.set(key, value.clone());
            }
        }
        let Some(kids) = source.value(node, b"Kids") else {
            if pages.len() >= MOST {
                return Err(Fault::TooMuch);
            }
            pages.push(Page { number, says });
            continue;
        };
        let passed_on: Dictionary = INHERITED
            .iter()
            .filter_map(|key| Some((key.to_vec(), says.get(key).ok()?.clone())))
            .collect();
        let above = Rc::new(passed_on);
        let kids = kids.as_array().map_err(|_| Fault::Damaged)?;
        source.budgets.objects.spend(kids.len())?;
        waiting.extend(kids.iter().rev().map(|kid| Waiting {
            object: kid.clone(),
            above: Rc::clone(&above),
            depth: depth + 1,
        }));
    }
    if pages.is_empty() { Err(Fault::Damaged) } else { Ok(pages) }
}
