//! The text of a PDF's pages, in the order in which it is drawn, with spaces and lines where it is moved. Colours,
//! bars drawn over it and edges of the page make no difference: what is drawn can be taken out again. After it comes
//! what stands in a page and is never drawn, such as a part that a program took off the page and left in the file.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use lopdf::{Dictionary, Object};

use super::font::Font;
use super::lex::Budget;
use super::marked::Steps;
use super::matrix::{Matrix, Point};
use super::pages;
use super::read::Source;
use super::unpack::unpack;
use super::{Fault, rules};

/// The most bytes of text.
const MOST: usize = 4_000_000;
/// The most operands of all drawings.
const MOST_STEPS: usize = 8_000_000;
/// How deep drawings may lie in each other.
const DEEPEST: usize = 12;
/// The most drawings, those inside others counted each time.
const MOST_DRAWINGS: usize = 20_000;
/// From how far on a gap in a line is one between words, of a letter's height.
const GAP: f32 = 0.18;
/// From how far on what is drawn stands on another line, of a letter's height.
const LINE: f32 = 0.5;
/// The fewest letters of a name in a file that may say something: programs write shorter ones.
const FEWEST_IN_A_NAME: usize = 5;

/// Reads it.
pub(super) fn read(bytes: &[u8]) -> Result<String, Fault> {
    let source = Source::open(bytes)?;
    let catalog = source.catalog().ok_or(Fault::Damaged)?;
    let catalog = catalog.as_dict().map_err(|_| Fault::Damaged)?;
    let mut reader = Reader {
        source: &source,
        steps: Rc::new(Budget::new(MOST_STEPS)),
        drawings: Budget::new(MOST_DRAWINGS),
        text: String::new(),
        end: None,
        fonts: BTreeMap::new(),
        seen: BTreeSet::new(),
        named: BTreeSet::new(),
    };
    for page in pages::all(&source, catalog)? {
        // A page that can't be read to its end has what was read of it.
        match reader.page(&page.says) {
            Ok(()) | Err(Fault::Damaged) => (),
            Err(_) => break,
        }
        reader.line();
    }
    Ok(reader.text)
}

struct Reader<'a> {
    source: &'a Source<'a>,
    steps: Rc<Budget>,
    drawings: Budget,
    text: String,
    /// Where the last letter ended, and in which direction a line goes on there.
    end: Option<(Point, Point)>,
    fonts: BTreeMap<u32, Option<Rc<Font>>>,
    /// The parts that were looked at, by their numbers.
    seen: BTreeSet<u32>,
    /// The names that were looked at.
    named: BTreeSet<Vec<u8>>,
}

/// How text is drawn.
#[derive(Clone)]
struct State {
    page: Matrix,
    font: Option<Rc<Font>>,
    size: f32,
    between_letters: f32,
    between_words: f32,
    stretched: f32,
    leading: f32,
    rise: f32,
}

impl State {
    const fn new(page: Matrix) -> Self {
        Self {
            page,
            font: None,
            size: 1.0,
            between_letters: 0.0,
            between_words: 0.0,
            stretched: 1.0,
            leading: 0.0,
            rise: 0.0,
        }
    }
}

impl Reader<'_> {
    fn page(&mut self, says: &Dictionary) -> Result<(), Fault> {
        let mut content = Vec::new();
        let contents = self.source.value(says, b"Contents");
        let parts = match contents.as_deref() {
            Some(Object::Array(parts)) => parts.clone(),
            Some(other) => vec![other.clone()],
            None => Vec::new(),
        };
        for part in &parts {
            if let Some(part) = self.source.try_follow(part)?
                && let Ok(part) = part.as_stream()
                && let Ok(bytes) = unpack(part, &self.source.budgets.unpacked)?
            {
                content.extend(bytes);
                content.push(b'\n');
            }
        }
        let resources = self.source.value(says, b"Resources");
        let resources = resources.as_deref().and_then(|resources| resources.as_dict().ok());
        let nothing = Dictionary::new();
        self.drawing(&content, resources.unwrap_or(&nothing), State::new(Matrix::SAME), 0)?;
        self.patterns(resources.unwrap_or(&nothing))?;
        self.never_drawn(resources.unwrap_or(&nothing), 0)
    }

    /// What a page or a part has at hand and draws nowhere, and what it calls what it has.
    fn never_drawn(&mut self, resources: &Dictionary, depth: usize) -> Result<(), Fault> {
        for kind in
            ["XObject", "Font", "ExtGState", "ColorSpace", "Pattern", "Shading", "Properties"]
        {
            let Some(own) = self.source.value(resources, kind.as_bytes()) else { continue };
            let Ok(own) = own.as_dict() else { continue };
            for (name, object) in own {
                if name.len() >= FEWEST_IN_A_NAME && self.named.insert(name.clone()) {
                    self.aside(name);
                }
                let number = match object {
                    Object::Reference((number, _)) => Some(*number),
                    _ => None,
                };
                if kind == "XObject" && number.is_none_or(|number| !self.seen.contains(&number)) {
                    self.line();
                    self.form(object, resources, State::new(Matrix::SAME), depth + 1)?;
                }
            }
        }
        Ok(())
    }

    /// Bytes that are never drawn, on a line of their own.
    fn aside(&mut self, bytes: &[u8]) {
        if self.text.len() > MOST {
            return;
        }
        self.line();
        let text = match bytes {
            [0xfe, 0xff, rest @ ..] => {
                let units = rest.chunks_exact(2).map(|two| match two {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    _ => 0,
                });
                char::decode_utf16(units).filter_map(Result::ok).collect()
            }
            bytes => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => bytes.iter().copied().map(char::from).collect::<String>(),
            },
        };
        self.text.extend(text.chars().filter(|letter| !letter.is_control()));
        self.line();
    }

    /// What is drawn by way of patterns is looked at once for each page that has them.
    fn patterns(&mut self, resources: &Dictionary) -> Result<(), Fault> {
        let Some(patterns) = self.source.value(resources, b"Pattern") else { return Ok(()) };
        let Ok(patterns) = patterns.as_dict() else { return Ok(()) };
        for (_, pattern) in patterns {
            self.form(pattern, resources, State::new(Matrix::SAME), 1)?;
        }
        Ok(())
    }

    fn drawing(
        &mut self,
        content: &[u8],
        resources: &Dictionary,
        first: State,
        depth: usize,
    ) -> Result<(), Fault> {
        self.drawings.spend(1)?;
        let budget = Rc::clone(&self.steps);
        let mut steps = Steps::new(content, &budget);
        let mut state = first;
        let (mut kept, mut text, mut line): (Vec<State>, Matrix, Matrix) =
            (Vec::new(), Matrix::SAME, Matrix::SAME);
        while let Some(step) = steps.next()? {
            let operands = step.operands.as_slice();
            let number = |at: usize| {
                operands.get(at).and_then(|operand| operand.as_float().ok()).unwrap_or_default()
            };
            match step.operator {
                b"q" if kept.len() < 1_000 => kept.push(state.clone()),
                b"Q" => state = kept.pop().unwrap_or(state),
                b"cm" => {
                    state.page =
                        Matrix::of(operands).map_or(state.page, |matrix| matrix.then(state.page))
                }
                b"BT" => (text, line) = (Matrix::SAME, Matrix::SAME),
                b"Tc" => state.between_letters = number(0),
                b"Tw" => state.between_words = number(0),
                b"Tz" => state.stretched = number(0) / 100.0,
                b"TL" => state.leading = number(0),
                b"Ts" => state.rise = number(0),
                b"Tf" => {
                    state.size = number(1);
                    state.font = match operands.first().map(Object::as_name) {
                        Some(Ok(name)) => self.font(resources, name)?,
                        _ => None,
                    };
                }
                b"Td" | b"TD" => {
                    if step.operator == b"TD" {
                        state.leading = -number(1);
                    }
                    line = Matrix::moved(number(0), number(1)).then(line);
                    text = line;
                }
                b"Tm" => {
                    line = Matrix::of(operands).unwrap_or(line);
                    text = line;
                }
                b"T*" => {
                    line = Matrix::moved(0.0, -state.leading).then(line);
                    text = line;
                }
                b"Tj" | b"TJ" => self.show(operands, &state, &mut text),
                b"'" | b"\"" => {
                    if step.operator == b"\"" {
                        (state.between_words, state.between_letters) = (number(0), number(1));
                    }
                    line = Matrix::moved(0.0, -state.leading).then(line);
                    text = line;
                    self.show(operands.last().map_or(&[], std::slice::from_ref), &state, &mut text);
                }
                b"Do" => {
                    if let Some(Ok(name)) = operands.first().map(Object::as_name)
                        && let Some(objects) = self.source.value(resources, b"XObject")
                        && let Ok(object) = objects.as_dict().and_then(|objects| objects.get(name))
                    {
                        self.form(object, resources, State::new(state.page), depth + 1)?;
                    }
                }
                // No operator that is left has a text.
                _ => {
                    for operand in operands {
                        if let Object::String(bytes, _) = operand {
                            self.aside(bytes);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// What a form draws: a part of a page that is kept by itself.
    fn form(
        &mut self,
        object: &Object,
        outer: &Dictionary,
        mut state: State,
        depth: usize,
    ) -> Result<(), Fault> {
        if depth > DEEPEST {
            return Ok(());
        }
        if let Object::Reference((number, _)) = object {
            self.seen.insert(*number);
        }
        let Some(form) = self.source.try_follow(object)? else { return Ok(()) };
        let Ok(form) = form.as_stream() else { return Ok(()) };
        if form.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Image")
            || rules::is_out(&form.dict)
        {
            return Ok(());
        }
        let Ok(content) = unpack(form, &self.source.budgets.unpacked)? else { return Ok(()) };
        if let Some(matrix) = self.source.value(&form.dict, b"Matrix")
            && let Some(matrix) = matrix.as_array().ok().and_then(|matrix| Matrix::of(matrix))
        {
            state.page = matrix.then(state.page);
        }
        let own = self.source.value(&form.dict, b"Resources");
        let own = own.as_deref().and_then(|resources| resources.as_dict().ok());
        self.drawing(&content, own.unwrap_or(outer), state, depth)?;
        match own {
            Some(own) => self.never_drawn(own, depth),
            None => Ok(()),
        }
    }

    fn font(&mut self, resources: &Dictionary, name: &[u8]) -> Result<Option<Rc<Font>>, Fault> {
        let Some(fonts) = self.source.value(resources, b"Font") else { return Ok(None) };
        let Ok(font) = fonts.as_dict().and_then(|fonts| fonts.get(name)) else { return Ok(None) };
        let number = match font {
            Object::Reference((number, _)) => Some(*number),
            _ => None,
        };
        if let Some(known) = number.and_then(|number| self.fonts.get(&number)) {
            return Ok(known.clone());
        }
        let says = self.source.try_follow(font)?;
        let read = match says.as_deref() {
            Some(Object::Dictionary(says)) => Some(Rc::new(Font::of(self.source, says)?)),
            _ => None,
        };
        if let Some(number) = number {
            self.fonts.insert(number, read.clone());
        }
        Ok(read)
    }

    /// Shows texts, with the distances between them, one after another on a line.
    fn show(&mut self, operands: &[Object], state: &State, text: &mut Matrix) {
        let Some(font) = &state.font else { return };
        for operand in operands {
            match operand {
                Object::Array(parts) => self.show(parts, state, text),
                Object::String(bytes, _) => {
                    for drawn in font.drawn(bytes) {
                        let place = text.then(state.page);
                        let start = place.place(0.0, state.rise);
                        let up = place.place(0.0, state.rise + state.size);
                        let space = if drawn.is_space { state.between_words } else { 0.0 };
                        let width = drawn.width * state.size + state.between_letters + space;
                        *text = Matrix::moved(width * state.stretched, 0.0).then(*text);
                        let end = text.then(state.page).place(0.0, state.rise);
                        self.letter(drawn.text, start, end, up.minus(start).length());
                    }
                }
                other => {
                    if let Ok(back) = other.as_float() {
                        let along = -back / 1000.0 * state.size * state.stretched;
                        *text = Matrix::moved(along, 0.0).then(*text);
                    }
                }
            }
        }
    }

    /// Writes a letter down, after a space or on a new line where it stands apart from the one before.
    fn letter(&mut self, letter: &str, start: Point, end: Point, height: f32) {
        if self.text.len() > MOST || letter.is_empty() {
            return;
        }
        let along = end.minus(start);
        if let Some((before, direction)) = self.end {
            let gap = start.minus(before);
            let length = direction.length();
            let (ahead, aside) = if length > 0.0 {
                let (x, y) = (direction.x / length, direction.y / length);
                (gap.x * x + gap.y * y, (gap.x * y - gap.y * x).abs())
            } else {
                (gap.length(), 0.0)
            };
            if aside > LINE * height || ahead < -2.0 * height {
                self.line();
            } else if ahead > GAP * height && !self.text.ends_with(char::is_whitespace) {
                self.text.push(' ');
            }
        }
        self.text.extend(letter.chars().filter(|letter| *letter == '\n' || !letter.is_control()));
        self.end = Some((end, along));
    }

    fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.end = None;
    }
}
