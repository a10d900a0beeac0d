//! The objects that a PDF is written in (ISO 32000-1, 7.2 and 7.3), read one after another within a budget.

use std::cell::Cell;

use lopdf::{Dictionary, Object, StringFormat};

use super::Fault;

/// How deep objects may lie in each other.
const DEEPEST: usize = 60;

/// How many objects may still be made of a file, wherever they are read from: its memory grows with them.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) const fn new(left: usize) -> Self {
        Self(Cell::new(left))
    }

    /// Takes some of it.
    pub(super) fn spend(&self, some: usize) -> Result<(), Fault> {
        let left = self.0.get().checked_sub(some).ok_or(Fault::TooMuch)?;
        self.0.set(left);
        Ok(())
    }

    pub(super) const fn left(&self) -> usize {
        self.0.get()
    }
}

/// Reads objects off bytes.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    budget: &'a Budget,
}

/// White space between objects.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0xc | b'\r' | b' ')
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize, budget: &'a Budget) -> Self {
        Self { bytes, at, budget }
    }

    /// Where it stands.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Goes to another place.
    pub(super) const fn go(&mut self, at: usize) {
        self.at = at;
    }

    /// What is ahead.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn while_true(&mut self, is: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let end = rest.iter().position(|byte| !is(*byte)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Goes past white space and comments.
    pub(super) fn skip_space(&mut self) {
        loop {
            self.while_true(is_space);
            if self.peek() != Some(b'%') {
                return;
            }
            self.while_true(|byte| !matches!(byte, b'\r' | b'\n'));
        }
    }

    /// The word ahead, which may be empty.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.skip_space();
        self.while_true(is_regular)
    }

    /// Takes a word if it is the one ahead.
    pub(super) fn take_word(&mut self, word: &[u8]) -> bool {
        let start = self.at;
        let taken = self.word() == word;
        if !taken {
            self.at = start;
        }
        taken
    }

    /// Takes a whole number, if one is ahead.
    pub(super) fn whole(&mut self) -> Option<usize> {
        let start = self.at;
        let number = std::str::from_utf8(self.word()).ok().and_then(|word| word.parse().ok());
        if number.is_none() {
            self.at = start;
        }
        number
    }

    /// The object ahead, which may refer to others. `None` where there is none, but a word or the end.
    pub(super) fn object(&mut self) -> Result<Option<Object>, Fault> {
        self.value(0, true)
    }

    /// The same in the content of a page, where nothing refers to anything.
    pub(super) fn operand(&mut self) -> Result<Option<Object>, Fault> {
        self.value(0, false)
    }

    fn value(&mut self, depth: usize, refers: bool) -> Result<Option<Object>, Fault> {
        self.skip_space();
        let Some(first) = self.peek() else { return Ok(None) };
        if depth > DEEPEST {
            return Err(Fault::TooMuch);
        }
        self.budget.spend(1)?;
        let object = match first {
            b'/' => Object::Name(self.name()),
            b'(' => Object::String(self.literal()?, StringFormat::Literal),
            b'<' if self.rest().starts_with(b"<<") => {
                Object::Dictionary(self.dictionary(depth, refers)?)
            }
            b'<' => Object::String(self.hexadecimal(), StringFormat::Hexadecimal),
            b'[' => Object::Array(self.array(depth, refers)?),
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number(refers),
            _ => {
                let start = self.at;
                match self.while_true(is_regular) {
                    b"true" => Object::Boolean(true),
                    b"false" => Object::Boolean(false),
                    b"null" => Object::Null,
                    _ => {
                        self.at = start;
                        return Ok(None);
                    }
                }
            }
        };
        Ok(Some(object))
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let written = self.while_true(is_regular);
        let mut name = Vec::with_capacity(written.len());
        let mut rest = written;
        while let [first, after @ ..] = rest {
            rest = after;
            if let (b'#', [high, low, after @ ..]) = (*first, after)
                && let (Some(high), Some(low)) = (digit(*high), digit(*low))
            {
                name.push(high << 4 | low);
                rest = after;
            } else {
                name.push(*first);
            }
        }
        name
    }

    fn literal(&mut self) -> Result<Vec<u8>, Fault> {
        self.at += 1;
        let mut text = Vec::new();
        let mut open = 1_usize;
        loop {
            let byte = self.peek().ok_or(Fault::Damaged)?;
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(text);
                    }
                }
                b'\\' => {
                    text.extend(self.escaped());
                    continue;
                }
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.at += 1;
                    }
                    text.push(b'\n');
                    continue;
                }
                _ => (),
            }
            text.push(byte);
        }
    }

    /// What stands after a backslash in a string.
    fn escaped(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
                None
            }
            b'\n' => None,
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = self.peek() else { break };
                    value = value * 8 + u32::from(next - b'0');
                    self.at += 1;
                }
                let [.., low] = value.to_be_bytes();
                Some(low)
            }
            other => Some(other),
        }
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        self.at += 1;
        let written = self.while_true(|byte| byte != b'>');
        self.at = (self.at + 1).min(self.bytes.len());
        let digits: Vec<u8> = written.iter().copied().filter_map(digit).collect();
        let pair = |pair: &[u8]| {
            let high = pair.first().copied().unwrap_or_default();
            high << 4 | pair.get(1).copied().unwrap_or_default()
        };
        digits.chunks(2).map(pair).collect()
    }

    fn array(&mut self, depth: usize, refers: bool) -> Result<Vec<Object>, Fault> {
        self.at += 1;
        let mut array = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(array);
            }
            array.push(self.value(depth + 1, refers)?.ok_or(Fault::Damaged)?);
        }
    }

    fn dictionary(&mut self, depth: usize, refers: bool) -> Result<Dictionary, Fault> {
        self.at += 2;
        let mut dictionary = Dictionary::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'>') if self.rest().starts_with(b">>") => {
                    self.at += 2;
                    return Ok(dictionary);
                }
                Some(b'/') => (),
                _ => return Err(Fault::Damaged),
            }
            let key = self.name();
            self.skip_space();
            // A value that was forgotten.
            if self.rest().starts_with(b">>") {
                continue;
            }
            let value = self.value(depth + 1, refers)?.ok_or(Fault::Damaged)?;
            dictionary.set(key, value);
        }
    }

    fn number(&mut self, refers: bool) -> Object {
        let written = self.while_true(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'));
        let text = std::str::from_utf8(written).unwrap_or_default();
        if written.contains(&b'.') {
            return Object::Real(real(text));
        }
        let Ok(whole) = text.parse::<i64>() else { return Object::Real(real(text)) };
        if refers
            && let Ok(number) = u32::try_from(whole)
            && let Some(generation) = self.reference()
        {
            return Object::Reference((number, generation));
        }
        Object::Integer(whole)
    }

    /// The generation of a reference whose number was read, if it is one.
    fn reference(&mut self) -> Option<u16> {
        let start = self.at;
        let generation = self.whole().and_then(|generation| u16::try_from(generation).ok());
        if generation.is_some() && self.take_word(b"R") {
            return generation;
        }
        self.at = start;
        None
    }
}

/// A number as readers take it: what follows a second point or a sign in its middle is passed over.
fn real(text: &str) -> f32 {
    let body = text.trim_start_matches(['+', '-']);
    let end = body.find(['+', '-']).unwrap_or(body.len());
    let body = body.get(..end).unwrap_or_default();
    let mut parts = body.splitn(3, '.');
    let (whole, part) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let value = format!("0{whole}.{part}0").parse::<f32>().unwrap_or_default();
    let value = if value.is_finite() { value } else { 0.0 };
    if text.starts_with('-') { -value } else { value }
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Option<String> {
        let budget = Budget::new(1_000);
        let object = Lexer::new(text, 0, &budget).object().ok()??;
        Some(format!("{object:?}"))
    }

    #[test]
    fn objects_are_read_as_they_are_written() {
        for (written, read_as) in [
            (&b" % a comment\n 12 0 R"[..], "12 0 R"),
            (b"[1 0 2 0 R -3.5 +.5 4. (a\\(b\\)\\101(c))]", "[1 0 2 0 R -3.5 0.5 4 (a(b)A(c))]"),
            (b"<</A#42 <48 69 2>/C<<>>/D null/E true>>", "<</AB <486920>/C <<>>/D Null/E true>>"),
            (b"(a\\\r\nb\rc\\n)", "(ab\nc\n)"),
            (b"--5", "-5"),
        ] {
            assert_eq!(read(written).as_deref(), Some(read_as), "{}", written.escape_ascii());
        }
    }

    #[test]
    fn what_is_too_deep_or_too_much_or_open_is_refused() {
        let budget = Budget::new(1_000);
        for bad in ["[".repeat(10_000), "<</A".repeat(10_000), "[1".repeat(10_000)] {
            assert!(Lexer::new(bad.as_bytes(), 0, &budget).object().is_err());
        }
        let many = format!("[{}]", "0 ".repeat(1_001));
        assert!(matches!(
            Lexer::new(many.as_bytes(), 0, &Budget::new(1_000)).object(),
            Err(Fault::TooMuch)
        ));
        for bad in [&b"(open"[..], b"[1 2", b"<</A 1", b"<</A>", b"[endobj]"] {
            assert!(
                Lexer::new(bad, 0, &Budget::new(9)).object().is_err(),
                "{}",
                bad.escape_ascii()
            );
        }
    }
}
