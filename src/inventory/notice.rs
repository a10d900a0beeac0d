//! The privacy notice, as plain data for a page to render. Everything in it that can follow from the inventory does.

mod data;
mod people;

use super::cookies;
use crate::domain::controller::Controller;
use crate::domain::retention::Rule;

/// The number of the notice. Raise it whenever its words change: a changed notice is a new one.
pub const VERSION: u32 = 1;

/// The privacy notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its title.
    pub title: String,
    /// Its number.
    pub version: u32,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// A section of the notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The name to link to.
    pub id: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Text),
    /// A list without an order.
    List(Vec<Text>),
    /// A table.
    Table(Table),
}

/// A table. Every row has as many cells as the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it shows, for people who do not see it at a glance.
    pub caption: &'static str,
    /// The heads of the columns.
    pub head: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<Text>>,
}

/// A text with links in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Its parts, to be put together without anything between them.
    pub parts: Vec<Inline>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Words.
    Words(String),
    /// Words that lead somewhere.
    Link {
        /// The words.
        words: String,
        /// Where they lead: `https:`, `http:` or `mailto:`.
        url: String,
    },
}

impl Text {
    fn words(self, words: impl Into<String>) -> Self {
        self.with(Inline::Words(words.into()))
    }

    fn link(self, words: impl Into<String>, url: impl Into<String>) -> Self {
        self.with(Inline::Link { words: words.into(), url: url.into() })
    }

    fn mail(self, address: &str) -> Self {
        self.link(address, format!("mailto:{address}"))
    }

    fn with(mut self, part: Inline) -> Self {
        self.parts.push(part);
        self
    }

    /// The words alone.
    #[must_use]
    pub fn plain(&self) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Inline::Words(words) | Inline::Link { words, .. } => words.as_str(),
            })
            .collect()
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Self {
        Self::default().words(words)
    }
}

impl From<String> for Text {
    fn from(words: String) -> Self {
        Self::default().words(words)
    }
}

fn paragraph(text: impl Into<Text>) -> Block {
    Block::Paragraph(text.into())
}

fn list<T: Into<Text>>(texts: impl IntoIterator<Item = T>) -> Block {
    Block::List(texts.into_iter().map(Into::into).collect())
}

/// The privacy notice of a site that this controller runs.
#[must_use]
pub fn notice(controller: &Controller) -> Notice {
    Notice {
        title: format!("Privacy notice of {}", controller.organisation),
        version: VERSION,
        sections: vec![
            people::who(controller),
            in_short(controller),
            data::asked(),
            data::running(),
            data::staff(),
            data::purposes(controller),
            data::recipients(controller),
            data::kept(controller),
            data::stored(controller),
            data::processors(controller),
            data::cookies(),
            data::security(),
            people::rights(controller),
            people::complaint(controller),
            people::children(controller),
            people::messages(controller),
            people::changes(),
        ],
    }
}

/// One sentence for every page that collects something: who collects it, and what for.
#[must_use]
pub fn at_collection(controller: &Controller) -> String {
    format!(
        "{} collects this {}. The privacy notice says how long it is kept, who sees it, and what your rights are.",
        controller.organisation,
        super::Purpose::Assess.text()
    )
}

fn in_short(controller: &Controller) -> Section {
    Section {
        id: "in-short",
        heading: "In short",
        blocks: vec![list([
            format!(
                "We ask for what we need to deal with your application, and for your consent before we keep any of it. \
                 Everything personal is encrypted, field by field, and stored in {}.",
                controller.country
            ),
            "Our staff read it. Where assessors from outside help us, all that they learn about you is your GitHub \
             username, beside the answers that are marked “assessors may see this”."
                .to_owned(),
            format!(
                "An application is kept {}, and one that leads to a grant {}. Then it is erased.",
                Rule::Application.phrase(),
                Rule::Award.phrase()
            ),
            "You can ask what we hold, get a copy, have it corrected or erased, and withdraw your consent, whenever you like."
                .to_owned(),
            "No tracking, no advertising, nothing sold, and no decision made by a machine.".to_owned(),
        ])],
    }
}

impl Notice {
    /// The notice as plain text: headings, paragraphs, lists and tables one line each.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut text = format!("{} (version {})\n", self.title, self.version);
        for section in &self.sections {
            text.push_str(&format!("\n## {}\n", section.heading));
            for block in &section.blocks {
                match block {
                    Block::Paragraph(words) => text.push_str(&format!("{}\n", words.plain())),
                    Block::List(items) => {
                        for item in items {
                            text.push_str(&format!("- {}\n", item.plain()));
                        }
                    }
                    Block::Table(table) => {
                        text.push_str(&format!("[{}] {}\n", table.caption, table.head.join(" | ")));
                        for row in &table.rows {
                            let cells: Vec<_> = row.iter().map(Text::plain).collect();
                            text.push_str(&format!("  {}\n", cells.join(" | ")));
                        }
                    }
                }
            }
        }
        text
    }
}

fn cookie_rows() -> Vec<Vec<Text>> {
    cookies::COOKIES
        .iter()
        .map(|cookie| {
            vec![Text::from(cookie.name), Text::from(cookie.what_for), Text::from(cookie.ends)]
        })
        .collect()
}

#[cfg(test)]
mod tests;
