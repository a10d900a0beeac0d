//! XML as documents have it, read tag by tag and written anew. No declarations of types and no entities of one's own:
//! documents have none, and what has them may grow without bound.

use super::Fault;

/// How deep elements may lie in each other.
const DEEPEST: usize = 300;

/// A part of a text in XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// What stands between tags, as it is written.
    Text(&'a str),
    /// What stands between tags and is written as it is meant.
    Verbatim(&'a str),
    /// The start of an element.
    Start(Element<'a>),
    /// Its end.
    End(&'a str),
}

/// An element, as its first tag says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) name: &'a str,
    /// Names and values, as they are written.
    pub(super) attributes: Vec<(&'a str, String)>,
    /// Whether the tag ends it as well.
    pub(super) is_empty: bool,
}

impl<'a> Element<'a> {
    /// Its name without the part that says whose it is.
    pub(super) fn local(&self) -> &'a str {
        local(self.name)
    }

    /// The value of an attribute by its local name, as it is meant.
    pub(super) fn value(&self, wanted: &str) -> Option<String> {
        let found = self.attributes.iter().find(|(name, _)| local(name) == wanted);
        found.map(|(_, value)| unescaped(value))
    }
}

/// A name without the part that says whose it is.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Reads a text in XML piece by piece. Comments and instructions are passed over.
pub(super) struct Pieces<'a> {
    rest: &'a str,
    open: Vec<&'a str>,
    closed_root: bool,
}

impl<'a> Pieces<'a> {
    /// A reader of a file's bytes, which have to be UTF-8.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::Damaged)?;
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        Ok(Self { rest, open: Vec::new(), closed_root: false })
    }

    /// The next piece. `None` at the end, if everything that was opened is closed.
    pub(super) fn next(&mut self) -> Result<Option<Piece<'a>>, Fault> {
        loop {
            if self.rest.is_empty() {
                return if self.open.is_empty() && self.closed_root {
                    Ok(None)
                } else {
                    Err(Fault::Damaged)
                };
            }
            if !self.rest.starts_with('<') {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let text = self.take(end);
                if self.open.is_empty() {
                    if text.trim().is_empty() {
                        continue;
                    }
                    return Err(Fault::Damaged);
                }
                return Ok(Some(Piece::Text(text)));
            }
            if self.skip("<!--", "-->")?.is_some() || self.skip("<?", "?>")?.is_some() {
                continue;
            }
            if let Some(text) = self.skip("<![CDATA[", "]]>")? {
                return if self.open.is_empty() {
                    Err(Fault::Damaged)
                } else {
                    Ok(Some(Piece::Verbatim(text)))
                };
            }
            if self.rest.starts_with("<!") {
                return Err(Fault::Damaged);
            }
            if let Some(name) = self.skip("</", ">")? {
                let name = name.trim_end();
                if self.open.pop() != Some(name) {
                    return Err(Fault::Damaged);
                }
                self.closed_root |= self.open.is_empty();
                return Ok(Some(Piece::End(name)));
            }
            return self.start().map(Some);
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// What stands between two marks, if the first is ahead.
    fn skip(&mut self, from: &str, to: &str) -> Result<Option<&'a str>, Fault> {
        let Some(inner) = self.rest.strip_prefix(from) else { return Ok(None) };
        let (inner, rest) = inner.split_once(to).ok_or(Fault::Damaged)?;
        self.rest = rest;
        Ok(Some(inner))
    }

    fn name(&mut self) -> Result<&'a str, Fault> {
        let end = self
            .rest
            .find(|letter: char| {
                letter.is_whitespace() || matches!(letter, '=' | '/' | '>' | '<' | '"' | '\'')
            })
            .ok_or(Fault::Damaged)?;
        let name = self.take(end);
        if name.is_empty() { Err(Fault::Damaged) } else { Ok(name) }
    }

    fn start(&mut self) -> Result<Piece<'a>, Fault> {
        if self.open.len() >= DEEPEST || (self.open.is_empty() && self.closed_root) {
            return Err(Fault::Damaged);
        }
        self.take(1);
        let mut element = Element { name: self.name()?, attributes: Vec::new(), is_empty: false };
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                element.is_empty = true;
                self.closed_root |= self.open.is_empty();
                return Ok(Piece::Start(element));
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                self.open.push(element.name);
                return Ok(Piece::Start(element));
            }
            let name = self.name()?;
            let value =
                self.rest.trim_start().strip_prefix('=').ok_or(Fault::Damaged)?.trim_start();
            let quote = value
                .chars()
                .next()
                .filter(|quote| matches!(quote, '"' | '\''))
                .ok_or(Fault::Damaged)?;
            let value = value.strip_prefix(quote).unwrap_or_default();
            let (value, rest) = value.split_once(quote).ok_or(Fault::Damaged)?;
            self.rest = rest;
            element.attributes.push((name, value.replace('"', "&quot;")));
        }
    }
}

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays, and what is in it is looked at.
    Stays,
    /// It goes, with all that is in it.
    Goes,
    /// It stays with nothing in it.
    Emptied,
}

/// Writes a text in XML anew. What becomes of each element is decided as it comes; its attributes may be changed then.
pub(super) fn anew(
    bytes: &[u8],
    mut decide: impl FnMut(&mut Element<'_>) -> Result<Fate, Fault>,
) -> Result<Vec<u8>, Fault> {
    let mut pieces = Pieces::of(bytes)?;
    let mut out = String::with_capacity(bytes.len());
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
    // How many elements are open inside the one whose content goes; the first of them is that one.
    let (mut inside, mut fate) = (0_usize, Fate::Stays);
    while let Some(piece) = pieces.next()? {
        match piece {
            Piece::Start(element) if inside > 0 => inside += usize::from(!element.is_empty),
            Piece::Start(mut element) => {
                fate = decide(&mut element)?;
                if fate != Fate::Stays {
                    inside = usize::from(!element.is_empty);
                }
                if fate != Fate::Goes {
                    write_start(&mut out, &element);
                }
                if element.is_empty {
                    fate = Fate::Stays;
                }
            }
            Piece::End(name) => {
                inside = inside.saturating_sub(1);
                if inside > 0 {
                    continue;
                }
                if fate != Fate::Goes {
                    out.push_str("</");
                    out.push_str(name);
                    out.push('>');
                }
                fate = Fate::Stays;
            }
            Piece::Text(_) | Piece::Verbatim(_) if inside > 0 => (),
            Piece::Text(text) => out.push_str(text),
            Piece::Verbatim(text) => out.push_str(&escaped(text)),
        }
    }
    Ok(out.into_bytes())
}

fn write_start(out: &mut String, element: &Element<'_>) {
    out.push('<');
    out.push_str(element.name);
    for (name, value) in &element.attributes {
        for part in [" ", name, "=\"", value, "\""] {
            out.push_str(part);
        }
    }
    out.push_str(if element.is_empty { "/>" } else { ">" });
}

/// A text as it is written in XML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text as it is meant.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match after.split_once(';').and_then(|(name, left)| Some((letter(name)?, left))) {
            Some((letter, left)) => {
                out.push(letter);
                rest = left;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn letter(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(number) => u32::from_str_radix(number, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_go_or_are_emptied() {
        let given = "\u{feff}<?xml version='1.0'?><!-- by Wren --><a x='1\"2'><?p Wren?><out><out/>Wren</out>b<![CDATA[<&]]>\
                     <empty z=\"1\">Wren<a/><empty>Wren</empty></empty><out/><empty/>&lt;<b><out/></b><b><empty/></b></a>\n";
        let written = anew(given.as_bytes(), |element| {
            Ok(match element.name {
                "out" => Fate::Goes,
                "empty" => Fate::Emptied,
                _ => Fate::Stays,
            })
        });
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
                        <a x=\"1&quot;2\">b&lt;&amp;<empty z=\"1\"></empty><empty/>&lt;<b></b><b><empty/></b></a>";
        assert_eq!(String::from_utf8(written.unwrap()).unwrap(), expected);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for bad in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>text",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a b/>",
            "<a b=c/>",
            "<a b=\"c/>",
            "<a",
            "< a/>",
            "<!-- <a/>",
            &"<a>".repeat(10_000),
        ] {
            assert!(anew(bad.as_bytes(), |_| Ok(Fate::Stays)).is_err(), "{bad:?}");
        }
        assert_eq!(unescaped("&lt;&#65;&#x42;&nothing;&amp;amp;&"), "<AB&nothing;&amp;&");
    }
}
