//! How long each dossier is kept: a pure function from its facts to its last day and the rule that says so.
//!
//! Days are UTC calendar days and the last day is inclusive: what is kept until 1 March is there on 1 March
//! and gone on 2 March. Weekends and public holidays change nothing.

use chrono::{DateTime, NaiveDate, TimeZone};

pub use period::{NotARule, PeriodError, Periods, Rule, Span, in_words};

mod period;

/// What became of a submitted application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No decision yet. The clock runs all the same.
    Undecided,
    /// Refused, or screened out.
    NotSuccessful,
    /// The applicant took it back. Their consent stands.
    Withdrawn,
    /// A grant was awarded.
    Awarded {
        /// The day of the decision.
        decided: NaiveDate,
    },
    /// The applicant did not take the grant, before anything was paid.
    TurnedDown,
    /// The award was taken back.
    Revoked {
        /// The day of the decision to award.
        decided: NaiveDate,
        /// Whether something had been paid by then.
        paid: bool,
    },
    /// The applicant withdrew their consent.
    ConsentWithdrawn {
        /// The day on which they did.
        withdrawn: NaiveDate,
        /// The day of the decision to award, if a grant had been paid: it is then restricted and kept.
        paid_award: Option<NaiveDate>,
    },
}

/// The facts from which the last day of a dossier follows. Days are UTC calendar days; see [`utc_day`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DossierFacts {
    /// A sign-in link or a first e-mail address that nobody has confirmed.
    SignIn {
        /// The day on which it was asked for.
        created: NaiveDate,
    },
    /// A draft.
    Draft {
        /// The day of the last change.
        last_change: NaiveDate,
    },
    /// A submitted application and everything under it.
    ///
    /// There is no "last change" here on purpose: an edit or a sign-in moves no submitted application.
    Application {
        /// The day on which it was submitted.
        submitted: NaiveDate,
        /// What became of it.
        outcome: Outcome,
    },
    /// An applicant's account.
    Account {
        /// The day of the last sign-in; the day on which it was made counts as one.
        last_sign_in: NaiveDate,
        /// The last day of that person's application (or draft) that is kept longest, if there is one.
        longest_application: Option<NaiveDate>,
    },
    /// An account of a member of staff or an assessor.
    ///
    /// An active account has no end of its own. It counts from the last sign-in, and each sign-in moves it on:
    /// an account that somebody uses never ends, and one that was forgotten goes as if it had been deactivated
    /// when it was last used.
    Staff {
        /// The day of the last sign-in, or of the invitation.
        last_sign_in: NaiveDate,
        /// The day on which it was deactivated, if it was.
        deactivated: Option<NaiveDate>,
    },
    /// A mail.
    Mail {
        /// The day on which it was queued.
        queued: NaiveDate,
        /// The day on which it was sent, if it was.
        sent: Option<NaiveDate>,
    },
    /// A day of the access log.
    AccessLog {
        /// That day.
        day: NaiveDate,
    },
    /// A request of a person about their data.
    Request {
        /// The day on which it came.
        received: NaiveDate,
        /// The day on which it was closed, if it was.
        closed: Option<NaiveDate>,
    },
    /// What remains to prove a consent that was erased.
    ConsentProof {
        /// The day of the erasure.
        closed: NaiveDate,
    },
    /// A hold, a legal demand or an export.
    Register {
        /// The day on which it began.
        began: NaiveDate,
        /// The day on which it ended, if it did.
        ended: Option<NaiveDate>,
    },
}

/// How long a dossier is kept, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptUntil {
    /// The last day on which it is there.
    pub last_day: NaiveDate,
    /// The rule that says so.
    pub rule: Rule,
}

impl DossierFacts {
    /// The last day of a dossier with these facts, and the rule.
    #[must_use]
    pub fn kept_until(&self, periods: &Periods) -> KeptUntil {
        let under = |rule: Rule, from: NaiveDate| KeptUntil {
            last_day: periods.of(rule).after(from),
            rule,
        };
        match *self {
            Self::SignIn { created } => under(Rule::Unconfirmed, created),
            Self::Draft { last_change } => under(Rule::Draft, last_change),
            Self::Application { submitted, outcome } => {
                let three = under(Rule::Application, submitted);
                // No decision is older than what it decides, whatever a clock that was set back says.
                // Where both rules meet, seven years beat three.
                let seven = |decided: NaiveDate| {
                    let award = under(Rule::Award, decided.max(submitted));
                    KeptUntil { last_day: award.last_day.max(three.last_day), rule: Rule::Award }
                };
                match outcome {
                    Outcome::Undecided
                    | Outcome::NotSuccessful
                    | Outcome::Withdrawn
                    | Outcome::TurnedDown
                    | Outcome::Revoked { paid: false, .. } => three,
                    Outcome::Awarded { decided } | Outcome::Revoked { decided, paid: true } => {
                        seven(decided)
                    }
                    Outcome::ConsentWithdrawn { paid_award: Some(decided), .. } => seven(decided),
                    // Withdrawing never lengthens anything.
                    Outcome::ConsentWithdrawn { withdrawn, paid_award: None } => KeptUntil {
                        last_day: withdrawn.min(three.last_day),
                        rule: Rule::ConsentWithdrawn,
                    },
                }
            }
            Self::Account { last_sign_in, longest_application } => {
                let own = under(Rule::Account, last_sign_in);
                let last_day =
                    longest_application.map_or(own.last_day, |day| own.last_day.max(day));
                KeptUntil { last_day, ..own }
            }
            Self::Staff { last_sign_in, deactivated } => {
                under(Rule::Staff, deactivated.unwrap_or(last_sign_in))
            }
            Self::Mail { queued, sent } => under(Rule::Mail, sent.unwrap_or(queued)),
            Self::AccessLog { day } => under(Rule::AccessLog, day),
            Self::Request { received, closed } => under(Rule::Request, closed.unwrap_or(received)),
            Self::ConsentProof { closed } => under(Rule::ConsentProof, closed),
            Self::Register { began, ended } => under(Rule::Register, ended.unwrap_or(began)),
        }
    }
}

impl KeptUntil {
    /// Whether the last day lies behind `today`.
    #[must_use]
    pub fn has_passed(&self, today: NaiveDate) -> bool {
        self.last_day < today
    }

    /// The days that remain after `today`; none when the last day is today or lies behind.
    #[must_use]
    pub fn days_left(&self, today: NaiveDate) -> u32 {
        u32::try_from((self.last_day - today).num_days()).unwrap_or(0)
    }
}

/// The UTC calendar day of an instant: the same for everyone, wherever they are.
#[must_use]
pub fn utc_day<Z: TimeZone>(instant: &DateTime<Z>) -> NaiveDate {
    instant.naive_utc().date()
}

#[cfg(test)]
mod tests;
