//! What can be looked up exactly, and how a value is written before it is compared.

use unicode_normalization::UnicodeNormalization;

use super::class::Class;

/// A kind of exact look-up through a blind index. The numbers are part of the index and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum LookupKind {
    /// An applicant's account by its e-mail address.
    AccountEmail = 1,
    /// A member of staff by their e-mail address.
    StaffEmail = 2,
    /// A submitted application by the applicant's e-mail address.
    ApplicantEmail = 3,
    /// A submitted application by the applicant's GitHub username.
    ApplicantGithub = 4,
    /// An assessor by their e-mail address.
    AssessorEmail = 5,
    /// A member of staff by who they are to the organisation's own sign-in.
    OrganisationSubject = 6,
    /// The account on GitHub that is joined to an applicant's account, by its numeric id.
    AccountGithub = 20,
    /// The account on GitHub that is joined to an assessor's account, by its numeric id.
    AssessorGithub = 21,
}

impl LookupKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::AccountEmail,
        Self::StaffEmail,
        Self::ApplicantEmail,
        Self::ApplicantGithub,
        Self::AssessorEmail,
        Self::OrganisationSubject,
        Self::AccountGithub,
        Self::AssessorGithub,
    ];

    /// The number that the index is computed over.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The word stored beside an index value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AccountEmail => "account_email",
            Self::StaffEmail => "staff_email",
            Self::ApplicantEmail => "applicant_email",
            Self::ApplicantGithub => "applicant_github",
            Self::AssessorEmail => "assessor_email",
            Self::OrganisationSubject => "organisation_subject",
            Self::AccountGithub => "account_github",
            Self::AssessorGithub => "assessor_github",
        }
    }

    /// The class whose index keys are used.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::StaffEmail | Self::OrganisationSubject => Class::Staff,
            Self::AssessorEmail | Self::AssessorGithub => Class::Assessor,
            Self::AccountEmail
            | Self::AccountGithub
            | Self::ApplicantEmail
            | Self::ApplicantGithub => Class::Personal,
        }
    }

    /// The one way in which a value is written before it is indexed or compared.
    #[must_use]
    pub fn normalise(self, value: &str) -> String {
        match self {
            Self::AccountEmail | Self::StaffEmail | Self::ApplicantEmail | Self::AssessorEmail => {
                normalise_email(value)
            }
            Self::ApplicantGithub | Self::AccountGithub | Self::AssessorGithub => fold(value),
            // The provider compares it letter by letter.
            Self::OrganisationSubject => value.to_owned(),
        }
    }
}

/// Trims, composes (NFC) and lowers.
#[must_use]
pub fn fold(value: &str) -> String {
    value.trim().nfc().collect::<String>().to_lowercase()
}

/// The same for an e-mail address, with its domain in ASCII (IDNA) where it is a domain name.
#[must_use]
pub fn normalise_email(address: &str) -> String {
    let folded = fold(address);
    match folded.rsplit_once('@') {
        Some((local, domain)) => {
            let ascii = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
            format!("{local}@{ascii}")
        }
        None => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        assert_eq!(normalise_email(" Ada@BÜCHER.example "), "ada@xn--bcher-kva.example");
        assert_eq!(normalise_email("ada@xn--bcher-kva.example"), "ada@xn--bcher-kva.example");
        assert_eq!(normalise_email("not an address"), "not an address");
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same() {
        assert_eq!(fold("Jose\u{301}"), fold("JOS\u{c9}"));
    }
}
