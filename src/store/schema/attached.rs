//! The tables of attached files: as they came, as staff redacted them, and as assessors may fetch them.

diesel::table! {
    files (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        question -> Text,
        kind -> Text,
        about -> Binary,
        content -> Binary,
        attached_at -> Timestamp,
    }
}

diesel::table! {
    redactions (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        question -> Text,
        kind -> Text,
        about -> Binary,
        content -> Binary,
        made_from -> Nullable<Text>,
        uploaded_by -> Text,
        uploaded_at -> Timestamp,
    }
}

diesel::table! {
    packet_files (id) {
        id -> Text,
        dossier_id -> Text,
        packet_id -> Text,
        position -> BigInt,
        kind -> Text,
        label -> Text,
        about -> Binary,
        content -> Binary,
    }
}

// Each with those of the other tables that it is joined with.
use super::{applications, data_keys, packets};
diesel::joinable!(packet_files -> packets (packet_id));
diesel::allow_tables_to_appear_in_same_query!(packet_files, packets);
diesel::allow_tables_to_appear_in_same_query!(packet_files, data_keys);
diesel::allow_tables_to_appear_in_same_query!(files, applications);
diesel::allow_tables_to_appear_in_same_query!(files, data_keys);
diesel::allow_tables_to_appear_in_same_query!(redactions, applications);
diesel::allow_tables_to_appear_in_same_query!(redactions, data_keys);
