//! What a page's content says beside what it draws: the text that stands for a drawing, comments.

use lopdf::{Object, Writer};

use super::Fault;
use super::lex::{Budget, Lexer, is_space};

/// The most operands of one drawing.
const MOST: usize = 10_000_000;

/// One step of drawing.
pub(super) struct Step<'a> {
    /// What is done.
    pub(super) operator: &'a [u8],
    /// With what.
    pub(super) operands: Vec<Object>,
    /// The bytes of a picture that is written into the content.
    pub(super) inline: Option<&'a [u8]>,
}

/// The steps of a drawing, one after another.
pub(super) struct Steps<'a> {
    lexer: Lexer<'a>,
    /// What comes before a word: operands, until there are too many.
    most_operands: usize,
}

impl<'a> Steps<'a> {
    pub(super) const fn new(content: &'a [u8], budget: &'a Budget) -> Self {
        Self { lexer: Lexer::new(content, 0, budget), most_operands: 10_000 }
    }

    /// The next step. `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Step<'a>>, Fault> {
        let mut operands = Vec::new();
        loop {
            if let Some(operand) = self.lexer.operand()? {
                operands.push(operand);
                if operands.len() > self.most_operands {
                    return Err(Fault::TooMuch);
                }
                continue;
            }
            let operator = self.lexer.word();
            if operator.is_empty() {
                // The end, or a bracket that closes nothing.
                if self.lexer.rest().is_empty() {
                    return Ok(None);
                }
                self.lexer.go(self.lexer.at() + 1);
                continue;
            }
            let inline = (operator == b"ID").then(|| self.inline());
            return Ok(Some(Step { operator, operands, inline }));
        }
    }

    /// The bytes of a picture in the content, up to the word that ends it.
    fn inline(&mut self) -> &'a [u8] {
        let rest = self.lexer.rest();
        let ends = |at: usize| {
            let before =
                at.checked_sub(1).and_then(|at| rest.get(at)).is_none_or(|byte| is_space(*byte));
            let after = rest.get(at + 2..).unwrap_or_default();
            // What looks like the end may stand in the picture: text follows the end.
            let text = after.iter().take(12).all(|byte| byte.is_ascii_graphic() || is_space(*byte));
            before && after.first().is_none_or(|byte| is_space(*byte)) && text
        };
        let mut at = 1;
        while at < rest.len() {
            if rest.get(at..).is_some_and(|ahead| ahead.starts_with(b"EI")) && ends(at) {
                break;
            }
            at += 1;
        }
        let at = at.min(rest.len());
        self.lexer.go(self.lexer.at() + at);
        rest.get(..at).unwrap_or_default()
    }
}

/// A drawing without comments and without what only a machine reads: which words a part of it stands for.
pub(super) fn without(content: &[u8]) -> Result<Vec<u8>, Fault> {
    let budget = Budget::new(MOST);
    let mut steps = Steps::new(content, &budget);
    let mut out = Vec::with_capacity(content.len());
    while let Some(step) = steps.next()? {
        for operand in &step.operands {
            let marks = matches!(step.operator, b"BDC" | b"DP") && operand.as_dict().is_ok();
            let written = if marks {
                out.extend_from_slice(b"<<>>");
                Ok(())
            } else {
                Writer::write_object(&mut out, operand)
            };
            written.map_err(|_| Fault::Damaged)?;
            out.push(b' ');
        }
        out.extend_from_slice(step.operator);
        let inline = step.inline.unwrap_or_default();
        out.extend_from_slice(inline);
        if !inline.last().is_some_and(|byte| is_space(*byte)) {
            out.push(b'\n');
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_drawn_stays() {
        let drawn = without(
            b"q % by Wren\n/Span <</ActualText (Wren)/MCID 1>> BDC BT /F1 12 Tf [(A) -120.5 <0042>] TJ ET EMC\n\
              BI /W 2 /H 1 /BPC 8 /CS /G ID \x00EI\xff\nEI Q",
        );
        let expected = b"q\n/Span <<>> BDC\nBT\n/F1 12 Tf\n[(A) -120.5<0042>] TJ\nET\nEMC\n\
              BI\n/W 2 /H 1 /BPC 8 /CS /G ID \x00EI\xff\nEI\nQ\n";
        let drawn = drawn.unwrap();
        assert_eq!(drawn.escape_ascii().to_string(), expected.escape_ascii().to_string());
        assert_eq!(without(&drawn).unwrap(), drawn);
        assert!(without("[".repeat(5_000).as_bytes()).is_err());
    }
}
