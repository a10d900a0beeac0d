use chrono::{Datelike, FixedOffset};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Days from 2000 to 2099, a leap day among them every four years.
fn days() -> impl Strategy<Value = NaiveDate> {
    (730_120_i32..766_600).prop_map(|days| NaiveDate::from_num_days_from_ce_opt(days).unwrap())
}

fn spans() -> impl Strategy<Value = Span> {
    prop_oneof![(1_u32..4000).prop_map(Span::Days), (1_u32..12).prop_map(Span::Years)]
}

fn kept(facts: DossierFacts) -> NaiveDate {
    facts.kept_until(&Periods::default()).last_day
}

fn application(submitted: NaiveDate, outcome: Outcome) -> NaiveDate {
    kept(DossierFacts::Application { submitted, outcome })
}

/// The same day `years` later, worked out by hand; 28 February for a leap day that is missing.
fn years_later(from: NaiveDate, years: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(from.year() + years, from.month(), from.day())
        .unwrap_or_else(|| NaiveDate::from_ymd_opt(from.year() + years, 2, 28).unwrap())
}

#[test]
fn a_leap_day_ends_on_28_february() {
    // proves R1
    let leap = day("2028-02-29");
    assert_eq!(application(leap, Outcome::NotSuccessful), day("2031-02-28"));
    assert_eq!(application(leap, Outcome::Awarded { decided: leap }), day("2035-02-28"));
    // Four years on there is a leap day again, but three and seven never reach one from one.
    assert_eq!(Span::Years(4).after(leap), day("2032-02-29"));
}

proptest! {
    #[test]
    fn three_and_seven_years_end_on_the_same_day_of_the_year(submitted in days(), wait in 0_u64..900) {
        // proves R1, R2: the last day follows from the date alone, whatever day of the week it is.
        let decided = submitted + chrono::Days::new(wait);
        prop_assert_eq!(application(submitted, Outcome::NotSuccessful), years_later(submitted, 3));
        prop_assert_eq!(application(submitted, Outcome::Undecided), years_later(submitted, 3));
        prop_assert_eq!(
            application(submitted, Outcome::Awarded { decided }),
            years_later(decided, 7)
        );
    }

    #[test]
    fn the_last_day_is_inclusive_on_weekends_too(submitted in days()) {
        // proves R2
        let facts = DossierFacts::Application { submitted, outcome: Outcome::NotSuccessful };
        let kept = facts.kept_until(&Periods::default());
        let next = kept.last_day.succ_opt().unwrap();
        prop_assert!(!kept.has_passed(kept.last_day) && kept.has_passed(next));
        prop_assert_eq!((kept.days_left(kept.last_day), kept.days_left(next)), (0, 0));
    }

    #[test]
    fn everyone_sees_the_same_date(seconds in 946_684_800_i64..4_102_444_800, hours in -12_i32..=14) {
        // proves R22
        let utc = DateTime::from_timestamp(seconds, 0).unwrap();
        let there = utc.with_timezone(&FixedOffset::east_opt(hours * 3600).unwrap());
        prop_assert_eq!(utc_day(&there), utc_day(&utc));
        prop_assert_eq!(utc_day(&there), utc.date_naive());
    }

    #[test]
    fn an_account_lives_until_the_last_application(
        first in days(), wait in 0_u64..1500, last_sign_in in days(),
    ) {
        // proves R3: two applications run on two clocks, and the account on the later one.
        let second = first + chrono::Days::new(wait);
        let (one, two) =
            (application(first, Outcome::Undecided), application(second, Outcome::NotSuccessful));
        prop_assert!(one <= two);
        let account =
            DossierFacts::Account { last_sign_in, longest_application: Some(one.max(two)) };
        let alone = kept(DossierFacts::Account { last_sign_in, longest_application: None });
        prop_assert_eq!(alone, last_sign_in + chrono::Days::new(90));
        prop_assert!(kept(account) == two || (kept(account) == alone && alone > two));
    }

    #[test]
    fn an_award_that_came_to_nothing_goes_back_to_three_years(submitted in days(), wait in 0_u64..900) {
        let decided = submitted + chrono::Days::new(wait);
        let three = years_later(submitted, 3);
        // proves R5
        prop_assert_eq!(application(submitted, Outcome::TurnedDown), three);
        // proves R6
        prop_assert_eq!(application(submitted, Outcome::Revoked { decided, paid: false }), three);
        // proves R7
        prop_assert_eq!(
            application(submitted, Outcome::Revoked { decided, paid: true }),
            years_later(decided, 7)
        );
    }

    #[test]
    fn withdrawing_consent_never_lengthens(submitted in days(), wait in 0_u64..2000) {
        let withdrawn = submitted + chrono::Days::new(wait);
        let facts = |paid_award| Outcome::ConsentWithdrawn { withdrawn, paid_award };
        let unpaid = application(submitted, facts(None));
        prop_assert!(unpaid <= withdrawn && unpaid <= years_later(submitted, 3));
        prop_assert_eq!(
            application(submitted, facts(Some(submitted))),
            application(submitted, Outcome::Awarded { decided: submitted })
        );
    }

    #[test]
    fn a_clock_that_was_set_back_brings_nothing_back(submitted in days(), back in 0_u64..4000) {
        // proves R24: what had time left has more of it, what is over has none, and nothing is negative.
        let facts = DossierFacts::Application { submitted, outcome: Outcome::NotSuccessful };
        let kept = facts.kept_until(&Periods::default());
        let today = submitted - chrono::Days::new(back);
        prop_assert!(!kept.has_passed(today));
        prop_assert!(kept.days_left(today) >= kept.days_left(submitted));
        prop_assert_eq!(kept.days_left(kept.last_day + chrono::Days::new(back)), 0);
        // A decision dated before the submission by such a clock shortens nothing.
        prop_assert_eq!(
            application(submitted, Outcome::Awarded { decided: today }),
            years_later(submitted, 7)
        );
    }

    #[test]
    fn a_setting_can_only_shorten(from in days(), given in spans()) {
        // proves R28: nothing is kept longer than the notice says, whatever the settings are.
        for rule in Rule::ALL {
            match Periods::new(&[(rule, given)]) {
                Ok(periods) => {
                    prop_assert!(periods.of(rule).after(from) <= rule.longest().after(from));
                }
                Err(error) => {
                    prop_assert_eq!(error, PeriodError::TooLong { rule, given });
                    // Seven years are a day shorter over 2100, which is no leap year.
                    let is_longer = |year| {
                        let from = NaiveDate::from_ymd_opt(year, 3, 1).unwrap();
                        given.after(from) > rule.longest().after(from)
                    };
                    prop_assert!((2000..2110).any(is_longer));
                }
            }
        }
    }

    #[test]
    fn a_shorter_award_still_keeps_what_three_years_keep(submitted in days(), wait in 0_u64..900) {
        let periods = Periods::new(&[(Rule::Award, Span::Years(1))]).unwrap();
        let outcome = Outcome::Awarded { decided: submitted + chrono::Days::new(wait) };
        let award = DossierFacts::Application { submitted, outcome }.kept_until(&periods);
        prop_assert!(award.last_day >= years_later(submitted, 3));
    }
}

#[test]
fn each_kind_of_dossier_has_its_end() {
    let from = day("2026-03-31");
    let later = day("2026-06-15");
    let table = [
        (DossierFacts::SignIn { created: from }, "2026-04-01", Rule::Unconfirmed),
        (DossierFacts::Draft { last_change: from }, "2026-06-29", Rule::Draft),
        (DossierFacts::Mail { queued: from, sent: None }, "2026-04-30", Rule::Mail),
        (DossierFacts::Mail { queued: from, sent: Some(later) }, "2026-07-15", Rule::Mail),
        (DossierFacts::AccessLog { day: from }, "2027-03-31", Rule::AccessLog),
        (DossierFacts::Request { received: from, closed: None }, "2029-03-31", Rule::Request),
        (
            DossierFacts::Request { received: from, closed: Some(later) },
            "2029-06-15",
            Rule::Request,
        ),
        (DossierFacts::ConsentProof { closed: later }, "2029-06-15", Rule::ConsentProof),
        (DossierFacts::Register { began: from, ended: Some(later) }, "2029-06-15", Rule::Register),
        (DossierFacts::Register { began: from, ended: None }, "2029-03-31", Rule::Register),
    ];
    for (facts, last_day, rule) in table {
        assert_eq!(
            facts.kept_until(&Periods::default()),
            KeptUntil { last_day: day(last_day), rule },
            "{facts:?}"
        );
    }
}

#[test]
fn a_staff_account_moves_on_while_it_is_used() {
    let (first, second) = (day("2026-03-31"), day("2027-01-10"));
    let active = |last_sign_in| kept(DossierFacts::Staff { last_sign_in, deactivated: None });
    assert_eq!(active(first), day("2029-03-31"));
    assert_eq!(active(second), day("2030-01-10"));
    let gone = DossierFacts::Staff { last_sign_in: first, deactivated: Some(second) };
    assert_eq!(kept(gone), day("2030-01-10"));
}

#[test]
fn a_period_that_breaks_the_notice_is_refused_in_words() {
    let error = Periods::new(&[(Rule::Application, Span::Years(4))]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "four years is too long for application: the privacy notice says three years, \
         and settings can only shorten it"
    );
    assert_eq!(
        Periods::new(&[(Rule::Mail, Span::Days(0))]),
        Err(PeriodError::TooShort(Rule::Mail))
    );
    let shorter = Periods::new(&[(Rule::Draft, Span::Days(30))]).unwrap();
    let facts = DossierFacts::Draft { last_change: day("2026-01-01") };
    assert_eq!(facts.kept_until(&shorter).last_day, day("2026-01-31"));
}

#[test]
fn rules_survive_writing_and_reading() {
    for rule in Rule::ALL {
        assert_eq!(rule.word().parse::<Rule>(), Ok(rule));
    }
    assert_eq!("for ever".parse::<Rule>(), Err(NotARule));
    assert_eq!(Rule::Award.phrase(), "seven years from the decision to award the grant");
}
