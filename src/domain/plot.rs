//! Plots of a round's results, as SVG.
//!
//! A [`Plot`] is geometry: bars, lines, dots and texts with their places, in units of a drawing that is
//! [`WIDTH`] wide, so that a phone shows its texts at about the size of the page's. [`Plot::svg`] writes it without any
//! style, as a strict Content-Security-Policy allows none: colours are the page's text colour, more or less opaque, and
//! so right in light and dark; classes let a style sheet choose others.
//!
//! A picture has one name and one description to a screen reader, and what is written in it is not read out. So the
//! description says in words everything that the picture shows.

use std::fmt::{self, Write};

pub use distribution::distribution;
pub use label::shorten;
pub use strictness::{Strictness, strictness};

mod distribution;
mod label;
mod strictness;

/// The width of every plot, in its own units.
pub const WIDTH: f64 = 360.0;
/// The size of every text, in the same units.
pub const FONT_SIZE: f64 = 13.0;

/// What a bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// What counts most.
    Strong,
    /// The same kind of thing, and less of it.
    Weak,
    /// What may still change.
    Open,
}

/// One thing in a plot. Places are in units from the left and from the top.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A bar.
    Bar {
        /// Its left edge.
        x: f64,
        /// Its upper edge.
        y: f64,
        /// How wide it is.
        width: f64,
        /// How high it is.
        height: f64,
        /// What it stands for.
        tone: Tone,
        /// What a pointer on it shows.
        label: String,
    },
    /// A straight line.
    Line {
        /// Where it begins.
        from: (f64, f64),
        /// Where it ends.
        to: (f64, f64),
        /// Whether it is a mark to reach, and not a part of the frame.
        dashed: bool,
    },
    /// A ring.
    Ring {
        /// Its middle.
        x: f64,
        /// Its middle.
        y: f64,
        /// What a pointer on it shows.
        label: String,
    },
    /// A text on one line.
    Text {
        /// Where it is anchored.
        x: f64,
        /// Its base line.
        y: f64,
        /// Which part of it stands at `x`.
        anchor: Anchor,
        /// Whether it explains and is not what people look for.
        quiet: bool,
        /// The text.
        text: String,
        /// The whole text where that is too long; a pointer on it shows it.
        whole: Option<String>,
    },
}

/// Which part of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its start.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// A plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// A name that no other plot on the page has.
    pub id: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// The same in words as in the picture.
    pub description: String,
    /// The height, in its own units.
    pub height: f64,
    /// What is in it, the hindmost first.
    pub marks: Vec<Mark>,
}

/// The radius of a ring, in units.
const RADIUS: f64 = 4.0;

impl Plot {
    /// The plot as an `<svg>` element, to be written into a page as it is. The same plot is always the same text.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        // Writing to a String never fails.
        let _ = self.write(&mut svg);
        svg
    }

    fn write(&self, svg: &mut String) -> fmt::Result {
        let (id, height) = (Escaped(self.id), Units(self.height));
        let (width, size) = (Units(WIDTH), Units(FONT_SIZE));
        writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
             fill=\"currentColor\" font-size=\"{size}\">"
        )?;
        writeln!(svg, "<title id=\"{id}-title\">{}</title>", Escaped(self.title))?;
        writeln!(svg, "<desc id=\"{id}-desc\">{}</desc>", Escaped(&self.description))?;
        for mark in &self.marks {
            mark.write(svg)?;
        }
        svg.write_str("</svg>")
    }

    fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, text: impl Into<String>) {
        let text = text.into();
        self.marks.push(Mark::Text { x, y, anchor, quiet: false, text, whole: None });
    }

    fn quiet(&mut self, (x, y): (f64, f64), anchor: Anchor, text: impl Into<String>) {
        let text = text.into();
        self.marks.push(Mark::Text { x, y, anchor, quiet: true, text, whole: None });
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.marks.push(Mark::Line { from, to, dashed: false });
    }
}

impl Mark {
    fn write(&self, svg: &mut String) -> fmt::Result {
        match self {
            Self::Bar { x, y, width, height, tone, label } => {
                let (class, look) = match tone {
                    Tone::Strong => ("bar", "fill-opacity=\"0.8\""),
                    Tone::Weak => ("bar weak", "fill-opacity=\"0.35\" stroke=\"currentColor\""),
                    Tone::Open => (
                        "bar open",
                        "fill-opacity=\"0.08\" stroke=\"currentColor\" stroke-dasharray=\"3 2\"",
                    ),
                };
                writeln!(
                    svg,
                    "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {look}><title>{}</title></rect>",
                    Units(*x),
                    Units(*y),
                    Units(*width),
                    Units(*height),
                    Escaped(label),
                )
            }
            Self::Line { from, to, dashed } => {
                let (class, look) = if *dashed {
                    ("mark", "stroke-width=\"2\" stroke-dasharray=\"5 4\"")
                } else {
                    ("axis", "stroke-opacity=\"0.5\"")
                };
                writeln!(
                    svg,
                    "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"currentColor\" {look}/>",
                    Units(from.0),
                    Units(from.1),
                    Units(to.0),
                    Units(to.1),
                )
            }
            Self::Ring { x, y, label } => writeln!(
                svg,
                "<circle class=\"ring\" cx=\"{}\" cy=\"{}\" r=\"{}\" fill-opacity=\"0\" stroke=\"currentColor\" \
                 stroke-width=\"2\"><title>{}</title></circle>",
                Units(*x),
                Units(*y),
                Units(RADIUS),
                Escaped(label),
            ),
            Self::Text { x, y, anchor, quiet, text, whole } => {
                let anchor = match anchor {
                    Anchor::Start => "start",
                    Anchor::Middle => "middle",
                    Anchor::End => "end",
                };
                let look = if *quiet { " class=\"quiet\" fill-opacity=\"0.75\"" } else { "" };
                write!(
                    svg,
                    "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\"{look}>{}",
                    Units(*x),
                    Units(*y),
                    Escaped(text),
                )?;
                if let Some(whole) = whole {
                    write!(svg, "<title>{}</title>", Escaped(whole))?;
                }
                writeln!(svg, "</text>")
            }
        }
    }
}

/// A length in units, to a tenth of one.
struct Units(f64);

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Adding a positive zero turns a negative one into it.
        write!(f, "{}", (self.0 * 10.0).round() / 10.0 + 0.0)
    }
}

/// A text in which nothing is markup.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// So many things, in words: `1 packet`, `2 packets`.
fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
