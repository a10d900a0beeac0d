use std::collections::BTreeSet;

use super::*;
use crate::domain::identity;
use crate::domain::lookup::LookupKind;
use crate::domain::programme::OutsideAssessment;

#[test]
fn exactly_seven_items_are_asked_of_applicants() {
    // proves S34: no eighth
    let keys: Vec<_> = asked_of_applicants().map(|item| item.key).collect();
    assert_eq!(
        keys,
        ["name", "pronouns", "email", "location", "ip", "github_username", "social_usernames"]
    );
    let optional: Vec<_> =
        asked_of_applicants().filter(|item| item.optional).map(|item| item.key).collect();
    assert_eq!(optional, ["pronouns", "social_usernames"]);
    assert!(asked_of_applicants().all(|item| item.basis() == Basis::Consent));
    // And no column of a member holds anything else.
    let asked: BTreeSet<_> =
        asked_of_applicants().flat_map(|item| item.slots).map(|slot| slot.number()).collect();
    let members: BTreeSet<_> = Slot::ALL
        .iter()
        .filter(|slot| slot.column().0 == "members")
        .map(|slot| slot.number())
        .collect();
    assert_eq!(asked, members);
}

#[test]
fn the_form_asks_for_what_is_declared() {
    for asked in identity::Item::ALL {
        let item = find(asked.key()).unwrap();
        assert_eq!(
            (item.label, item.optional, item.about),
            (asked.label(), !asked.required(), Subject::Applicant)
        );
    }
    // The other two are confirmed before the form, and taken at submission.
    assert_eq!(asked_of_applicants().count(), identity::Item::ALL.len() + 2);
}

#[test]
fn assessors_get_the_username_and_answers_and_nothing_else() {
    // proves S39
    let reached: Vec<_> =
        ITEMS.iter().filter(|item| item.reaches_assessors()).map(|item| item.key).collect();
    assert_eq!(reached, ["github_username", "answer", "packet", "assessment"]);
    let personal = asked_of_applicants().filter(|item| item.reaches_assessors()).count();
    assert_eq!(personal, 1);
    assert!(!Surface::Assessor.opens().contains(&Class::Personal));
    assert!(!Surface::Finance.opens().contains(&Class::Personal));
}

#[test]
fn keys_are_unique_and_every_item_says_everything() {
    let keys: BTreeSet<_> = ITEMS.iter().map(|item| item.key).collect();
    assert_eq!(keys.len(), ITEMS.len());
    for item in ITEMS {
        assert!(item.what.ends_with('.'), "{}", item.key);
        assert!(!item.label.is_empty() && !item.source.is_empty(), "{}", item.key);
        // proves S27
        assert!(!item.kept.phrases().is_empty(), "{} has no rule", item.key);
        let classes: BTreeSet<_> = item.slots.iter().filter_map(|slot| slot.class()).collect();
        assert!(classes.iter().all(|class| Some(*class) == item.class), "{}", item.key);
    }
}

#[test]
fn every_slot_belongs_to_one_item() {
    for slot in Slot::ALL {
        let items = ITEMS.iter().filter(|item| item.slots.contains(&slot)).count();
        // Wrapped data keys are about nobody: they are what the rest is sealed with.
        assert_eq!(items, usize::from(slot != Slot::DataKey), "{slot:?}");
    }
}

#[test]
fn every_slot_is_one_column_and_every_column_stands_once() {
    for slot in Slot::ALL {
        let columns: Vec<_> = COLUMNS
            .iter()
            .filter(|(_, _, holds)| *holds == Column::Sealed(slot))
            .map(|(table, column, _)| (*table, *column))
            .collect();
        assert_eq!(columns, [slot.column()]);
    }
    let names: BTreeSet<_> = COLUMNS.iter().map(|(table, column, _)| (table, column)).collect();
    assert_eq!(names.len(), COLUMNS.len());
    for (table, column, holds) in COLUMNS {
        if let Column::Plain(reason) = holds {
            assert!(!reason.is_empty(), "{table}.{column}");
        }
    }
}

#[test]
fn nothing_is_looked_up_that_is_not_held() {
    let held: Vec<_> = ITEMS.iter().filter_map(|item| item.class).collect();
    assert!(LookupKind::ALL.iter().all(|kind| held.contains(&kind.class())));
}

#[test]
fn each_purpose_is_used_and_has_a_basis() {
    // proves S4
    for purpose in Purpose::ALL {
        assert!(ITEMS.iter().any(|item| item.purpose == purpose), "{purpose:?}");
        if let Basis::LegitimateInterest { balancing } = purpose.basis() {
            assert!(balancing.len() > 40, "{purpose:?}");
        }
    }
}

#[test]
fn a_class_is_opened_somewhere_and_bank_details_only_by_finance() {
    for class in Class::ALL {
        let surfaces: Vec<_> =
            Surface::ALL.into_iter().filter(|surface| surface.opens().contains(&class)).collect();
        assert!(!surfaces.is_empty(), "{class}");
        if class == Class::Bank {
            assert_eq!(surfaces, [Surface::Finance]);
        }
        for surface in Surface::ALL {
            assert!(!(surface.opens().contains(&class) && surface.only_seals().contains(&class)));
        }
    }
}

#[test]
fn badges_say_who_and_how_long() {
    let badge = |key: &str, assessment| Badge::of(find(key).unwrap(), assessment).to_string();
    assert_eq!(badge("name", OutsideAssessment::Always), "staff only · three years");
    assert_eq!(
        badge("github_username", OutsideAssessment::Always),
        "assessors may see this · three years"
    );
    assert_eq!(badge("github_username", OutsideAssessment::Never), "staff only · three years");
    assert_eq!(
        Badge::of_answer(true, OutsideAssessment::WithConsent).to_string(),
        "assessors may see this if you agree · three years"
    );
    let answer = Badge::of_answer(false, OutsideAssessment::Always);
    assert_eq!(answer.to_string(), "staff only · three years");
    assert_eq!(answer.how_long_in_full(), "three years, seven years if you get a grant");
    assert!(!answer.assessors);
}

#[test]
fn free_text_says_who_may_read_it() {
    // proves S46
    let assessors = "Assessors from outside may read this.";
    for assessment in [OutsideAssessment::Always, OutsideAssessment::WithConsent] {
        assert!(free_text_hint(true, assessment).starts_with(assessors));
        assert!(free_text_hint(false, assessment).starts_with("Only our staff read this."));
    }
    let never = free_text_hint(true, OutsideAssessment::Never);
    assert!(never.starts_with("Only our staff read this."));
}
