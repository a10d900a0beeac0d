//! The tables of packets and their assessment.

diesel::table! {
    undertaking_texts (id) {
        id -> Text,
        version -> BigInt,
        body -> Text,
        digest -> Text,
    }
}

diesel::table! {
    assessment_plans (round_id) {
        round_id -> Text,
        title -> Text,
        criteria -> Text,
        each_packet -> BigInt,
        due_on -> Date,
        closes_on -> Date,
        show_others -> Bool,
        undertaking_id -> Text,
        seed -> BigInt,
        opened_at -> Timestamp,
    }
}

diesel::table! {
    packets (id) {
        id -> Text,
        dossier_id -> Text,
        round_id -> Text,
        version -> BigInt,
        state -> Text,
        released_on -> Date,
    }
}

diesel::table! {
    packet_fields (id) {
        id -> Text,
        dossier_id -> Text,
        packet_id -> Text,
        position -> BigInt,
        kind -> Text,
        label -> Text,
        value -> Binary,
    }
}

diesel::table! {
    preparations (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        round_id -> Text,
        packet_id -> Nullable<Text>,
        work -> Binary,
        found -> BigInt,
        changed_at -> Timestamp,
        made_from -> Timestamp,
        released_from -> Nullable<Timestamp>,
    }
}

diesel::table! {
    assignments (id) {
        id -> Text,
        dossier_id -> Text,
        packet_id -> Text,
        round_id -> Text,
        assessor_id -> Nullable<Text>,
        state -> Text,
        due_on -> Date,
        made_at -> Timestamp,
        opened_at -> Nullable<Timestamp>,
        submitted_at -> Nullable<Timestamp>,
        scored_version -> Nullable<BigInt>,
        comments -> Text,
        reminded_on -> Nullable<Date>,
    }
}

diesel::table! {
    scores (id) {
        id -> Text,
        dossier_id -> Text,
        assignment_id -> Text,
        criterion -> BigInt,
        points -> Binary,
        comment -> Binary,
    }
}

diesel::table! {
    assessor_questions (id) {
        id -> Text,
        dossier_id -> Text,
        assignment_id -> Text,
        body -> Binary,
        asked_at -> Timestamp,
        answer -> Nullable<Binary>,
        answered_by -> Nullable<Text>,
        answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    undertakings (id) {
        id -> Text,
        dossier_id -> Text,
        assessor_id -> Text,
        round_id -> Text,
        text_id -> Text,
        accepted_at -> Timestamp,
    }
}

diesel::table! {
    conflicts (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        assessor_id -> Text,
        kind -> Text,
        note -> Binary,
        staff_id -> Text,
        noted_at -> Timestamp,
    }
}

diesel::table! {
    staff_scores (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        criterion -> BigInt,
        points -> Binary,
        comment -> Binary,
        staff_id -> Text,
        given_at -> Timestamp,
    }
}

diesel::table! {
    notes (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        staff_id -> Text,
        body -> Binary,
        written_at -> Timestamp,
    }
}

diesel::joinable!(packet_fields -> packets (packet_id));
diesel::joinable!(assignments -> packets (packet_id));
diesel::joinable!(preparations -> packets (packet_id));
diesel::joinable!(scores -> assignments (assignment_id));
diesel::joinable!(assessor_questions -> assignments (assignment_id));

diesel::allow_tables_to_appear_in_same_query!(
    undertaking_texts,
    assessment_plans,
    packets,
    packet_fields,
    preparations,
    assignments,
    scores,
    assessor_questions,
    undertakings,
);

// Each with those of the other tables that it is joined with.
use super::{applications, assessors, data_keys, rounds};
macro_rules! pairs {
    ($($own:ident with $($other:ident),+;)+) => {$($(
        diesel::allow_tables_to_appear_in_same_query!($own, $other);
    )+)+};
}
pairs! {
    packets with data_keys, applications, assessors, rounds;
    packet_fields with data_keys;
    preparations with applications, data_keys;
    assignments with assessors, data_keys, applications;
    assessment_plans with rounds;
    conflicts with applications, data_keys;
    staff_scores with applications, data_keys;
    scores with data_keys;
}
