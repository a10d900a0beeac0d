//! The thirty-five ways in which an assessor could learn who an applicant is, each with what closes it.

/// How each way in which an assessor could learn who an applicant is is closed: by a test, or for a reason.
enum Closed {
    /// By tests of these names.
    Tests(&'static [&'static str]),
    /// It can't be gone, and this is why.
    Reason(&'static str),
}

use Closed::{Reason, Tests};

const MASTER: &str = "an_assessor_reaches_nothing_that_was_planted";

/// The thirty-five ways.
#[rustfmt::skip]
const WAYS: [(&str, Closed); 35] = [
    ("name or e-mail in an answer", Tests(&[MASTER, "strikes_are_proposed_with_a_reason_taken_back_and_added_by_hand"])),
    ("nicknames, signatures, diacritics, reversed names", Tests(&["hard_leaks_are_found_and_harmless_texts_stay", MASTER])),
    ("links", Tests(&["strikes_are_proposed_with_a_reason_taken_back_and_added_by_hand", MASTER])),
    ("co-applicants, referees", Tests(&["everybody_of_a_team_counts"])),
    ("author, place and changes in files", Tests(&["a_file_reaches_assessors_as_the_copy_that_staff_made_and_no_other", "what_is_no_redacted_file_is_refused_with_a_reason_and_changes_nothing", MASTER])),
    ("file names", Tests(&["a_file_reaches_assessors_as_the_copy_that_staff_made_and_no_other", MASTER])),
    ("letterheads", Tests(&["a_file_reaches_assessors_as_the_copy_that_staff_made_and_no_other", "what_a_redacted_file_still_says_stays_for_a_reason", MASTER])),
    ("pictures of people", Tests(&["an_assessors_page_loads_nothing_from_elsewhere_and_links_nowhere", MASTER])),
    ("the profile at GitHub", Tests(&["an_assessors_page_loads_nothing_from_elsewhere_and_links_nowhere"])),
    ("referrer", Tests(&["an_assessors_page_loads_nothing_from_elsewhere_and_links_nowhere"])),
    ("mail headers", Tests(&[MASTER])),
    ("replies and bounces", Reason("Applicants and assessors never write to each other through the site: a reply goes to the foundation's own address.")),
    ("exports and print", Tests(&["every_route_by_every_role", MASTER])),
    ("errors and validation", Tests(&[MASTER])),
    ("forbidden against missing", Tests(&["what_is_another_s_looks_like_what_is_not_there"])),
    ("timing of look-ups", Tests(&["somebody_else_s_packet_is_looked_up_as_one_that_is_not_there"])),
    ("guessable or shared identifiers", Tests(&["two_assessors_who_compare_share_no_id_and_no_order"])),
    ("order by a hidden field", Tests(&["two_assessors_who_compare_share_no_id_and_no_order"])),
    ("search over hidden fields", Tests(&["assessors_can_search_count_and_complete_nothing"])),
    ("completion of what is typed", Tests(&["assessors_can_search_count_and_complete_nothing"])),
    ("counts and totals", Tests(&["assessors_can_search_count_and_complete_nothing"])),
    ("shared caches and the back button", Tests(&["an_assessors_page_loads_nothing_from_elsewhere_and_links_nowhere"])),
    ("titles and addresses", Tests(&["an_assessors_page_loads_nothing_from_elsewhere_and_links_nowhere", MASTER])),
    ("notifications", Tests(&[MASTER])),
    ("discussions and notes", Tests(&["assessors_ask_staff_answer_and_staff_discuss_among_themselves", MASTER])),
    ("hidden fields and comments in pages", Tests(&[MASTER])),
    ("extra fields, other formats, other methods", Tests(&[MASTER])),
    ("time zone, locale, currency, minute", Tests(&[MASTER])),
    ("other applications of the same person", Tests(&[MASTER])),
    ("logs and metrics", Tests(&["every_route_by_every_role"])),
    ("roles that change, staff who assess, people who assess themselves", Tests(&["nobody_assesses_themself"])),
    ("frames and probes from other sites", Tests(&["an_assessors_page_loads_nothing_from_elsewhere_and_links_nowhere"])),
    ("people who were erased or took it back", Tests(&["a_packet_goes_with_its_application", "a_packet_is_released_read_by_its_fields_and_closed_at_once_when_it_is_taken_back"])),
    ("an assessor's own comments", Tests(&["a_comment_that_names_the_applicant_is_held_back_and_the_assessor_can_try_no_names"])),
    ("a username that is the name", Reason("The username is what assessors may see. The form says so before it is given, and the check page again.")),
];

#[test]
fn each_of_the_thirty_five_ways_has_a_test_or_a_reason() {
    let mut sources = String::new();
    let mut folders = vec![std::path::PathBuf::from("tests"), "src/domain/strike".into()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                sources.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    for (nth, (way, closed)) in WAYS.iter().enumerate() {
        match closed {
            Tests(names) => {
                for name in *names {
                    let there = sources.contains(&format!("fn {name}("));
                    assert!(there, "A{}: {way}: there is no test {name}", nth + 1);
                }
            }
            Reason(reason) => assert!(reason.len() > 40, "A{}: {way}", nth + 1),
        }
    }
    let tested = WAYS.iter().filter(|(_, closed)| matches!(closed, Tests(_))).count();
    println!("{tested} of 35 ways are closed by tests, {} by what there is not", 35 - tested);
}
