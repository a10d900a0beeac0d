//! Striking out what tells who somebody is: the machine proposes, a person looks and releases.
//!
//! [`find()`] answers what in a text should be struck out and why: what is [`Known`] of the applicant and the team, in
//! whatever way it is written, and everything of the shape of an e-mail address, phone number, account, IP address or
//! link. [`apply`] puts a mark in its place. Every strike can be taken back, and staff add their own.
//!
//! The GitHub username is the one thing that assessors may see. Where it stands by itself, written exactly as it is, it
//! stays, with or without an @ before it; as a part of an address or link it goes with that.
//!
//! A text is read once into characters without case, marks and disguise that know where they came from. Names are
//! looked for word by word, with their inflections and by their sound, and again in the text without its spaces and
//! signs; shapes are looked for by what stands in them. Each way looks at a character a bounded number of times.
//!
//! It doesn't know who is meant by a description or a name in code, numbers written in words, how
//! Han names are read beyond the common family names, or how Arabic and Hebrew names are spelled in Latin letters
//! beyond a small table. That is what the person who releases looks for.

use serde::{Deserialize, Serialize};

pub use known::{Known, Person};
pub use several::find_in_several;
pub use wanted::places;

mod address;
mod domain_name;
mod email;
mod find;
mod fold;
mod indic;
mod joined;
mod kin;
mod known;
mod latin;
mod link;
mod names;
mod naming;
mod near;
mod number;
mod places;
mod read;
mod several;
#[cfg(test)]
mod tests;
mod wanted;
mod words;

/// What stands in the place of what is struck out. It is always of the same length, which tells nothing.
pub const MARK: &str = "█████";

/// Why something is struck out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person chose it.
    ByHand,
    /// Something that staff entered to be looked for.
    Further,
    /// The known e-mail address, or what stands before its @.
    Email,
    /// A known name elsewhere.
    Social,
    /// Something of the shape of an e-mail address.
    EmailShaped,
    /// A link, a handle, or another name of a profile.
    Link,
    /// Something of the shape of an account or a card.
    AccountShaped,
    /// Something of the shape of an IP or device address.
    IpShaped,
    /// Something of the shape of a phone number.
    PhoneShaped,
    /// A known name.
    Name,
    /// A part of a known name.
    PartOfName,
    /// A short or pet form of a known name, or its form in another language.
    OtherName,
    /// Initials in the place of a signature.
    Initials,
    /// The known place or country.
    Location,
}

impl Reason {
    /// Every reason. Where two meet, the earlier one is given.
    pub const ALL: [Self; 14] = [
        Self::ByHand,
        Self::Further,
        Self::Email,
        Self::Social,
        Self::EmailShaped,
        Self::Link,
        Self::AccountShaped,
        Self::IpShaped,
        Self::PhoneShaped,
        Self::Name,
        Self::PartOfName,
        Self::OtherName,
        Self::Initials,
        Self::Location,
    ];

    /// The word that is stored and used in form controls.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Further => "further",
            Self::Email => "email",
            Self::Social => "social",
            Self::Link => "link",
            Self::EmailShaped => "email_shaped",
            Self::AccountShaped => "account_shaped",
            Self::IpShaped => "ip_shaped",
            Self::PhoneShaped => "phone_shaped",
            Self::Name => "name",
            Self::PartOfName => "part_of_name",
            Self::OtherName => "other_name",
            Self::Initials => "initials",
            Self::Location => "location",
        }
    }

    /// The reason as a sentence for staff.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ByHand => "You struck this out.",
            Self::Further => "This was entered as something to strike out.",
            Self::Email => {
                "This is the e-mail address of the applicant or a member of the team, or a part of it."
            }
            Self::Social => {
                "This is a social media username of the applicant or a member of the team."
            }
            Self::Link => "This is a link or a handle, and may lead to a person.",
            Self::EmailShaped => "This looks like an e-mail address.",
            Self::AccountShaped => "This looks like the number of a bank account, card or wallet.",
            Self::IpShaped => "This looks like the address of a computer.",
            Self::PhoneShaped => "This looks like a phone number.",
            Self::Name => "This is the name of the applicant or a member of the team.",
            Self::PartOfName => {
                "This is a part of the name of the applicant or a member of the team."
            }
            Self::OtherName => {
                "People with the name of the applicant or a member of the team are often called this."
            }
            Self::Initials => {
                "These are the initials of the applicant or a member of the team, where one signs."
            }
            Self::Location => "This is where the applicant or a member of the team lives.",
        }
    }

    /// Which of two reasons is given where both hold for the same letters: the earlier one, but that somebody is called
    /// so says more than that the name is used on the net, or before an @, as well.
    fn over(self, other: Self) -> Self {
        match (self, other) {
            (Self::Social | Self::Email, name) | (name, Self::Social | Self::Email)
                if name.is_name() =>
            {
                name
            }
            _ => self.min(other),
        }
    }

    /// Whether it is about a name of a person.
    const fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::PartOfName | Self::OtherName | Self::Initials)
    }
}

/// A piece of a text that is to be struck out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Strike {
    /// The first byte of the original text.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// Why.
    pub reason: Reason,
}

/// Everything in a text that should be struck out: in order, on the boundaries of characters, none touching another's text.
#[must_use]
pub fn find(known: &Known, text: &str) -> Vec<Strike> {
    find::find(known, text)
}

/// Where a text that an assessor writes names the people of the packet, or leads to somebody. The scan is that of
/// [`find()`]; a comment is accepted if there is nothing.
#[must_use]
pub fn names_someone(known: &Known, text: &str) -> Vec<Strike> {
    find(known, text)
}

/// Puts strikes in order and joins those that overlap. Ends outside the text or inside a character are moved to the
/// next boundary, so that more is struck out rather than less; strikes of nothing are left out.
#[must_use]
pub fn merge(text: &str, strikes: impl IntoIterator<Item = Strike>) -> Vec<Strike> {
    let mut strikes: Vec<Strike> = strikes
        .into_iter()
        .filter(|strike| strike.start < strike.end && strike.start < text.len())
        .map(|strike| Strike {
            start: text.floor_char_boundary(strike.start),
            end: text.ceil_char_boundary(strike.end),
            reason: strike.reason,
        })
        .collect();
    strikes.sort_by_key(|strike| (strike.start, strike.end, strike.reason));
    let mut merged: Vec<Strike> = Vec::with_capacity(strikes.len());
    for strike in strikes {
        match merged.last_mut() {
            Some(last) if strike.start < last.end => {
                // It begins where the last one does, or later. A name counts where it holds all that the other does.
                let (begins, ends) = (last.start == strike.start, last.end <= strike.end);
                last.reason = match (last.reason, strike.reason) {
                    (known, used @ (Reason::Social | Reason::Email)) if last.end >= strike.end => {
                        known.over(used)
                    }
                    (used @ (Reason::Social | Reason::Email), known) if begins && ends => {
                        known.over(used)
                    }
                    (one, other) => one.min(other),
                };
                last.end = last.end.max(strike.end);
            }
            _ => merged.push(strike),
        }
    }
    merged
}

/// A piece of a text in which something was struck out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// What stays, as it was.
    Kept(&'a str),
    /// What was struck out. It doesn't hold the text.
    Struck(Strike),
}

/// A text in which something was struck out.
#[derive(Clone, PartialEq, Eq)]
pub struct Struck<'a> {
    /// Its pieces, in order.
    pub pieces: Vec<Piece<'a>>,
}

impl Struck<'_> {
    /// The text with [`MARK`] for each strike.
    #[must_use]
    pub fn plain(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Kept(text) => text,
                Piece::Struck(_) => MARK,
            })
            .collect()
    }
}

/// Strikes out. The strikes may be in any order and may overlap, as those made by hand do; see [`merge`].
#[must_use]
pub fn apply<'a>(text: &'a str, strikes: &[Strike]) -> Struck<'a> {
    let mut pieces = Vec::new();
    let mut kept = 0;
    for strike in merge(text, strikes.iter().copied()) {
        if let Some(text) = text.get(kept..strike.start).filter(|text| !text.is_empty()) {
            pieces.push(Piece::Kept(text));
        }
        pieces.push(Piece::Struck(strike));
        kept = strike.end;
    }
    if let Some(text) = text.get(kept..).filter(|text| !text.is_empty()) {
        pieces.push(Piece::Kept(text));
    }
    Struck { pieces }
}
