//! The tables of the ways in. None is joined with another.

diesel::table! {
    challenges (id) {
        id -> Text,
        dossier_id -> Text,
        audience -> Text,
        purpose -> Text,
        browser -> Text,
        state -> Binary,
        attempts -> BigInt,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    passkeys (id) {
        id -> Text,
        audience -> Text,
        dossier_id -> Text,
        staff_id -> Nullable<Text>,
        assessor_id -> Nullable<Text>,
        name -> Binary,
        credential -> Binary,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    passwords (id) {
        id -> Text,
        dossier_id -> Text,
        staff_id -> Text,
        hash -> Binary,
        totp -> Binary,
        last_step -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    recovery_codes (id) {
        id -> Text,
        dossier_id -> Text,
        staff_id -> Text,
        digest -> Text,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    organisation_links (id) {
        id -> Text,
        dossier_id -> Text,
        staff_id -> Text,
        subject -> Binary,
        created_at -> Timestamp,
    }
}
