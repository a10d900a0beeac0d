use super::*;
use crate::domain::controller::Controller;
use crate::domain::programme::{Kind, Question};

fn question(required: bool, shared: bool) -> Question {
    Question {
        key: "need".to_owned(),
        ask: "What would the money be for?".to_owned(),
        kind: Kind::Text,
        required,
        shared,
        sensitive: true,
        words: None,
        options: Vec::new(),
    }
}

fn all_texts() -> Vec<ConsentText> {
    let controller = Controller::default();
    let mut texts = vec![ConsentText::outside_assessment(&controller)];
    for assessment in
        [OutsideAssessment::Always, OutsideAssessment::Never, OutsideAssessment::WithConsent]
    {
        texts.push(ConsentText::application(&controller, assessment));
        for (required, shared) in [(true, true), (true, false), (false, true), (false, false)] {
            texts.push(ConsentText::sensitive(
                &controller,
                &question(required, shared),
                assessment,
            ));
        }
    }
    texts
}

#[test]
fn every_text_says_what_consent_has_to_be_told() {
    // proves S10: where it is stored and who may demand it stands in the text that is agreed to.
    let controller = Controller::default();
    for text in all_texts() {
        let whole = text.text();
        for needed in [
            controller.organisation.as_str(),
            controller.country.as_str(),
            "Authorities there may demand access",
            "Who sees it: ",
            "three years from submission",
            "seven years from the decision to award",
            "I can withdraw this at any time",
            controller.contact_email.as_str(),
            "to complain to a supervisory authority",
        ] {
            assert!(whole.contains(needed), "“{needed}” is missing in:\n{whole}");
        }
        assert!(whole.starts_with("I agree that "));
    }
}

#[test]
fn the_application_text_names_the_seven_items_and_no_other() {
    // proves S34
    let text = ConsentText::application(&Controller::default(), OutsideAssessment::Always);
    let what = text.details.iter().find(|paragraph| paragraph.starts_with("What: ")).unwrap();
    assert_eq!(
        what,
        "What: my name, preferred pronouns (optional), e-mail address, location, IP address, \
         GitHub username and social media usernames (optional); and my answers to the questions of this round."
    );
    assert_eq!(text.facts.items.len(), 8);
    assert_eq!(text.facts.optional_items, ["pronouns", "social_usernames"]);
}

#[test]
fn assessors_are_named_where_they_see_something_and_only_there() {
    // proves S39, S40
    let controller = Controller::default();
    let recipients =
        |assessment| ConsentText::application(&controller, assessment).facts.recipients.len();
    assert_eq!(recipients(OutsideAssessment::Always), 2);
    assert_eq!(recipients(OutsideAssessment::Never), 1);
    assert_eq!(recipients(OutsideAssessment::WithConsent), 1);
    let text = ConsentText::application(&controller, OutsideAssessment::WithConsent).text();
    assert!(!text.contains("shown my GitHub username") && text.contains("unless I agree"));
    let outside = ConsentText::outside_assessment(&controller);
    assert_eq!(outside.facts.items, ["github_username", "answer"]);
    let kept_inside =
        ConsentText::sensitive(&controller, &question(true, false), OutsideAssessment::Always);
    assert!(kept_inside.text().contains("Outside assessors never see it."));
    assert_eq!(kept_inside.facts.recipients.len(), 1);
}

#[test]
fn refusing_what_is_optional_costs_nothing_and_says_so() {
    let controller = Controller::default();
    let optional = [
        ConsentText::outside_assessment(&controller),
        ConsentText::sensitive(&controller, &question(false, true), OutsideAssessment::Always),
    ];
    for text in optional {
        assert!(text.text().contains("I need not agree."), "{}", text.purpose);
        assert!(text.text().contains("treated no worse for that"), "{}", text.purpose);
        assert!(!text.purpose.required());
    }
    assert!(Purpose::Application.required());
}

#[test]
fn a_separate_box_stands_only_where_a_programme_asks_for_it() {
    // proves S40
    assert_eq!(Purpose::asked_first(OutsideAssessment::Always), [Purpose::Application]);
    assert_eq!(Purpose::asked_first(OutsideAssessment::Never), [Purpose::Application]);
    assert_eq!(
        Purpose::asked_first(OutsideAssessment::WithConsent),
        [Purpose::Application, Purpose::OutsideAssessment]
    );
}

#[test]
fn purposes_survive_writing_and_reading() {
    for text in all_texts() {
        let purpose = text.purpose;
        assert_eq!(purpose.word().parse::<Purpose>(), Ok(purpose.clone()));
        assert_eq!(purpose.control(), format!("consent.{purpose}"));
    }
    for wrong in ["", "sensitive.", "sensitive", "everything"] {
        assert_eq!(wrong.parse::<Purpose>(), Err(NotAPurpose));
    }
}

#[test]
fn the_exact_texts() {
    let controller = Controller::default();
    for (name, text) in [
        ("application", ConsentText::application(&controller, OutsideAssessment::Always)),
        ("outside_assessment", ConsentText::outside_assessment(&controller)),
        (
            "sensitive",
            ConsentText::sensitive(&controller, &question(false, true), OutsideAssessment::Always),
        ),
    ] {
        insta::assert_snapshot!(name, text.text());
    }
}
