//! A round's form: its sections, and what counts as an answer.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::programme::{Amount, Kind, Programme, Question};
use super::text::{has_line_break, is_blank};

/// The most characters in an answer of several lines, whatever its word limit.
pub const MOST_CHARACTERS: usize = 20_000;
/// The most characters in an answer of one line.
pub const MOST_CHARACTERS_IN_A_LINE: usize = 500;

/// What has to be mended in a field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the form control.
    pub field: String,
    /// What is wrong, as a sentence for the person. It repeats nothing that was typed.
    pub message: String,
}

/// One version of a programme's form. It never changes once an application uses it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What is asked, in order.
    pub questions: Vec<Question>,
    /// How much can be asked for.
    pub amount: Amount,
}

/// A page of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The items about the person.
    You,
    /// The questions whose answers assessors may read.
    Request,
    /// The questions whose answers only staff read.
    StaffOnly,
}

impl Section {
    /// Every section, in order.
    pub const ALL: [Self; 3] = [Self::You, Self::Request, Self::StaffOnly];

    /// The name in addresses.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::Request => "request",
            Self::StaffOnly => "staff-only",
        }
    }

    /// The heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::You => "About you",
            Self::Request => "Your request",
            Self::StaffOnly => "For our staff only",
        }
    }

    /// The section of a name in an address.
    #[must_use]
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.slug() == slug)
    }
}

impl Form {
    /// The form that a programme's definition makes.
    #[must_use]
    pub fn of(programme: &Programme) -> Self {
        Self { questions: programme.question.clone(), amount: programme.amount.clone() }
    }

    /// The sections that have something in them, in order.
    #[must_use]
    pub fn sections(&self) -> Vec<Section> {
        Section::ALL
            .into_iter()
            .filter(|section| {
                *section == Section::You || self.questions_of(*section).next().is_some()
            })
            .collect()
    }

    /// The questions of a section, in order.
    pub fn questions_of(&self, section: Section) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(move |question| match section {
            Section::You => false,
            Section::Request => question.shared,
            Section::StaffOnly => !question.shared,
        })
    }

    /// The question of a key.
    #[must_use]
    pub fn question(&self, key: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.key == key)
    }

    /// Whether an answer will do for submission. That to a question for a file is what the file is called and how large
    /// it is; blank where none is attached.
    ///
    /// # Errors
    /// What is wrong, as a sentence for the applicant.
    pub fn check(&self, question: &Question, answer: &str) -> Result<(), String> {
        fits(question, answer)?;
        let trimmed = answer.trim();
        if is_blank(answer) {
            return if question.required {
                Err(match question.kind {
                    Kind::Choice => format!("Choose an answer to “{}”", question.ask),
                    Kind::File => format!("Attach a file to “{}”", question.ask),
                    _ => format!("Answer “{}”", question.ask),
                })
            } else {
                Ok(())
            };
        }
        match question.kind {
            Kind::Line | Kind::Text => match question.words {
                Some(most) if count_words(answer) > most => Err(format!(
                    "“{}” must be {most} words or fewer; it has {}",
                    question.ask,
                    count_words(answer)
                )),
                _ => Ok(()),
            },
            Kind::Choice if question.options.iter().any(|option| option == answer) => Ok(()),
            // It was looked through when it was attached.
            Kind::File => Ok(()),
            Kind::Choice => Err(format!("Choose one of the answers to “{}”", question.ask)),
            Kind::Number => match whole_number(trimmed) {
                Some(_) => Ok(()),
                None => Err(format!("“{}” must be a whole number, such as 120", question.ask)),
            },
            Kind::Money => self.check_amount(question, trimmed),
            Kind::Date => match NaiveDate::parse_from_str(trimmed, "%Y-%m-%d") {
                Ok(_) => Ok(()),
                Err(_) => Err(format!("“{}” must be a date, such as 2027-03-31", question.ask)),
            },
        }
    }

    fn check_amount(&self, question: &Question, answer: &str) -> Result<(), String> {
        let Amount { currency, least, most } = &self.amount;
        match amount_in(answer, currency) {
            Some(amount) if (*least..=*most).contains(&amount) => Ok(()),
            Some(_) => Err(format!(
                "“{}” must be from {currency} {least} to {currency} {most}",
                question.ask
            )),
            None => Err(format!(
                "“{}” must be an amount in whole {currency}, without cents, such as {most}",
                question.ask
            )),
        }
    }
}

/// Whether an answer can be kept in a draft at all: it is not too long, and one line where one line is asked for.
///
/// # Errors
/// What is wrong, as a sentence for the applicant.
pub fn fits(question: &Question, answer: &str) -> Result<(), String> {
    let most = match question.kind {
        Kind::Text => MOST_CHARACTERS,
        _ => MOST_CHARACTERS_IN_A_LINE,
    };
    let characters = answer.chars().count();
    if characters > most {
        return Err(format!(
            "“{}” must be {most} characters or fewer; it has {characters}",
            question.ask
        ));
    }
    if question.kind != Kind::Text && has_line_break(answer) {
        return Err(format!("“{}” must be on one line", question.ask));
    }
    Ok(())
}

/// How many words a text has: runs of characters between white space.
#[must_use]
pub fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// An amount as people write it: with the currency before or after it, and with commas or spaces between
/// thousands. Nothing after a decimal point.
fn amount_in(text: &str, currency: &str) -> Option<i64> {
    let bare = text.strip_prefix(currency).or_else(|| text.strip_suffix(currency)).unwrap_or(text);
    let mut groups = bare.trim().split([',', ' ', '\u{a0}', '\u{202f}']);
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return None;
        }
        digits.push_str(group);
    }
    whole_number(&digits)
}

fn whole_number(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 12;
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::programme::{STARTING, parse};
    use super::*;

    fn project() -> Form {
        Form::of(&parse(STARTING).unwrap()[0])
    }

    fn check(key: &str, answer: &str) -> Result<(), String> {
        let form = project();
        let question = form.question(key).unwrap().clone();
        form.check(&question, answer)
    }

    #[test]
    fn sections_follow_who_reads() {
        let form = project();
        assert_eq!(form.sections(), Section::ALL);
        assert!(form.questions_of(Section::Request).all(|question| question.shared));
        assert!(form.questions_of(Section::StaffOnly).all(|question| !question.shared));
    }

    #[test]
    fn limits_are_inclusive() {
        let words = vec!["word"; 300].join(" ");
        assert_eq!(check("summary", &words), Ok(()));
        assert!(check("summary", &format!("{words} more")).unwrap_err().contains("it has 301"));
        assert_eq!(check("amount", "2500"), Ok(()));
        assert_eq!(check("amount", "20000"), Ok(()));
        for right in ["12,500", "12 500", "USD 12,500", "12500 USD", "USD12500", "2,500"] {
            assert_eq!(check("amount", right), Ok(()), "{right}");
        }
        for wrong in [
            "2499",
            "20001",
            "-2500",
            "2.500",
            "2500.00",
            "1,25,00",
            ",500",
            "2500,",
            "12500,000",
            "EUR 2500",
            "lots",
            "99999999999999999999",
        ] {
            assert!(check("amount", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_required_answer_is_more_than_white_space() {
        assert!(check("summary", " \n\t").is_err());
        assert_eq!(check("support", " \n\t"), Ok(()));
    }

    #[test]
    fn a_required_file_has_to_be_attached() {
        assert_eq!(check("plan", ""), Ok(()));
        let form = project();
        let question = Question { required: true, ..form.question("plan").unwrap().clone() };
        assert!(form.check(&question, "").unwrap_err().starts_with("Attach a file"));
        assert_eq!(form.check(&question, "plan.pdf (PDF, 213 kB)"), Ok(()));
    }

    #[test]
    fn only_the_options_can_be_chosen() {
        assert_eq!(check("category", "Community"), Ok(()));
        assert!(check("category", "community").is_err());
    }

    #[test]
    fn a_line_is_one_line_and_no_answer_is_endless() {
        assert!(check("title", "two\nlines").is_err());
        assert!(check("summary", &"x".repeat(MOST_CHARACTERS + 1)).is_err());
    }
}
