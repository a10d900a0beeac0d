//! The badge beside each form field: who sees this, and how long it is kept.

use std::fmt;

use super::{Item, Kept};
use crate::domain::programme::OutsideAssessment;
use crate::domain::retention::Rule;

/// What stands beside a form field, such as "staff only · three years".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Badge {
    /// Who sees it besides the applicant.
    pub who: &'static str,
    /// Whether assessors are among them, so that a page can set it apart by more than words.
    pub assessors: bool,
    rule: Rule,
    award: bool,
}

impl Badge {
    /// The badge of an item that is asked for in a round.
    #[must_use]
    pub fn of(item: &Item, assessment: OutsideAssessment) -> Self {
        Self::new(item.reaches_assessors(), item.kept, assessment)
    }

    /// The badge of an answer; `shared` is how its question is marked.
    #[must_use]
    pub fn of_answer(shared: bool, assessment: OutsideAssessment) -> Self {
        let kept = super::find("answer").map_or(Kept::IdentifiersOnly, |item| item.kept);
        Self::new(shared, kept, assessment)
    }

    fn new(shared: bool, kept: Kept, assessment: OutsideAssessment) -> Self {
        let assessors = shared && assessment != OutsideAssessment::Never;
        let who = match assessment {
            _ if !assessors => "staff only",
            OutsideAssessment::WithConsent => "assessors may see this if you agree",
            _ => "assessors may see this",
        };
        let under = |rule: Rule| matches!(kept, Kept::Under(rules) if rules.contains(&rule));
        let rule = if under(Rule::Account) { Rule::Account } else { Rule::Application };
        Self { who, assessors, rule, award: under(Rule::Award) }
    }

    /// How long it is kept, such as "three years".
    #[must_use]
    pub fn how_long(&self) -> String {
        self.rule.longest().to_string()
    }

    /// The same with what a grant changes: "three years, seven years if you get a grant".
    #[must_use]
    pub fn how_long_in_full(&self) -> String {
        if self.award {
            format!("{}, {} if you get a grant", self.how_long(), Rule::Award.longest())
        } else {
            self.how_long()
        }
    }
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {}", self.who, self.how_long())
    }
}

/// The hint beside a field for free text: who may read what is written there.
#[must_use]
pub fn free_text_hint(shared: bool, assessment: OutsideAssessment) -> &'static str {
    if Badge::of_answer(shared, assessment).assessors {
        "Assessors from outside may read this. Leave out your name, your addresses, \
         and anything else that tells who you are."
    } else {
        "Only our staff read this. Leave out what is personal about others."
    }
}
