//! The items about the applicant that the form asks for.
//!
//! With the IP address, which is not asked but taken at submission, they are the seven that people consent to.

use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use super::text::is_blank;

/// An item that the form asks for. The e-mail address is confirmed before the form is opened, so it is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// What the person is called.
    Name,
    /// How to speak of the person.
    Pronouns,
    /// Where the person lives.
    Location,
    /// The name at GitHub: the one item that assessors see.
    GithubUsername,
    /// Names elsewhere, one a line.
    SocialUsernames,
}

impl Item {
    /// Every item, in the order of the form.
    pub const ALL: [Self; 5] =
        [Self::Name, Self::Pronouns, Self::Location, Self::GithubUsername, Self::SocialUsernames];

    /// The key in the inventory and the name of the form control.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Pronouns => "pronouns",
            Self::Location => "location",
            Self::GithubUsername => "github_username",
            Self::SocialUsernames => "social_usernames",
        }
    }

    /// The label of the form control.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Pronouns => "Preferred pronouns",
            Self::Location => "Location",
            Self::GithubUsername => "GitHub username",
            Self::SocialUsernames => "Social media usernames",
        }
    }

    /// Whether an application needs it.
    #[must_use]
    pub const fn required(self) -> bool {
        matches!(self, Self::Name | Self::Location | Self::GithubUsername)
    }

    /// Whether it may have several lines.
    #[must_use]
    pub const fn several_lines(self) -> bool {
        matches!(self, Self::SocialUsernames)
    }

    /// The most characters.
    #[must_use]
    pub const fn most_characters(self) -> usize {
        match self {
            Self::Name | Self::Location => 200,
            Self::Pronouns => 60,
            Self::GithubUsername => 39,
            Self::SocialUsernames => 2_000,
        }
    }

    /// Whether a value can be kept in a draft at all.
    ///
    /// # Errors
    /// What is wrong, as a sentence for the applicant.
    pub fn fits(self, value: &str) -> Result<(), String> {
        let (label, most) = (self.label(), self.most_characters());
        let characters = value.chars().count();
        if characters > most {
            return Err(format!("{label} must be {most} characters or fewer; it has {characters}"));
        }
        if !self.several_lines() && super::text::has_line_break(value) {
            return Err(format!("{label} must be on one line"));
        }
        Ok(())
    }

    /// Whether a value will do for submission.
    ///
    /// # Errors
    /// What is wrong, as a sentence for the applicant.
    pub fn check(self, value: &str) -> Result<(), String> {
        self.fits(value)?;
        if is_blank(value) {
            return match self {
                Self::Name if self.required() => Err("Enter your name".to_owned()),
                Self::Location if self.required() => {
                    Err("Enter where you live, such as a town and a country".to_owned())
                }
                Self::GithubUsername if self.required() => {
                    Err("Enter your GitHub username".to_owned())
                }
                _ => Ok(()),
            };
        }
        if self == Self::GithubUsername && !is_github_username(value) {
            return Err("GitHub username must be of letters, digits and single hyphens, such as ferris-crab, without an address or @ before it"
                .to_owned());
        }
        Ok(())
    }
}

/// GitHub's own rule: letters, digits and single hyphens inside, 39 at most.
fn is_github_username(value: &str) -> bool {
    value.len() <= 39
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !value.starts_with('-')
        && !value.ends_with('-')
        && !value.contains("--")
}

/// The most characters of an e-mail address (RFC 5321).
pub const MOST_EMAIL_CHARACTERS: usize = 254;

/// Whether something is an e-mail address that mail can be sent to; answers it without white space around it.
///
/// # Errors
/// What is wrong, as a sentence for the person.
pub fn check_email(value: &str) -> Result<String, String> {
    let trimmed = value.trim();
    if trimmed.is_empty() {
        return Err("Enter an e-mail address".to_owned());
    }
    let wrong = || "Enter an e-mail address in the form name@organisation.example".to_owned();
    if trimmed.chars().count() > MOST_EMAIL_CHARACTERS || trimmed.chars().any(char::is_control) {
        return Err(wrong());
    }
    let (local, domain) = trimmed.rsplit_once('@').ok_or_else(wrong)?;
    // What looks like another letter, or is written in two ways, would be another mailbox than the one that it is
    // compared with.
    if local.nfkc().ne(local.chars()) {
        return Err(wrong());
    }
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| wrong())?;
    let address =
        email_address::EmailAddress::from_str(&format!("{local}@{ascii}")).map_err(|_| wrong())?;
    // Display names, comments and quoted parts are legal and never what a person meant.
    if address.email() != format!("{local}@{ascii}") || !ascii.contains('.') || local.contains('"')
    {
        return Err(wrong());
    }
    Ok(trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["ada@mail.example", " ada.l+x@bücher.example ", "dev@xn--bcher-kva.example"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "ada@",
            "@mail.example",
            "ada@mail",
            "a b@mail.example",
            "ada@mail.example\r\nBcc: x@y.example",
            "Ada <ada@mail.example>",
            "ada@mail..example",
            "\"a b\"@mail.example",
            "\u{212a}ate@mail.example",
            "jose\u{301}@mail.example",
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
        assert!(check_email(&format!("{}@mail.example", "a".repeat(300))).is_err());
    }

    #[test]
    fn github_usernames() {
        for good in ["a", "ferris", "ferris-crab", "A1-b2"] {
            assert!(Item::GithubUsername.check(good).is_ok(), "{good}");
        }
        for bad in ["-a", "a-", "a--b", "a_b", "a b", "ä", "@ferris", "https://github.com/ferris"]
        {
            assert!(Item::GithubUsername.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn optional_items_may_be_left_out() {
        assert!(Item::Pronouns.check("").is_ok());
        assert!(Item::SocialUsernames.check(" ").is_ok());
        assert!(Item::Name.check(" ").is_err());
    }
}
