//! The tables by which processes of the site know of each other.

diesel::table! {
    site (id) {
        id -> BigInt,
        deployment -> Text,
        generation -> BigInt,
        first_admin_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    processes (id) {
        id -> Text,
        surfaces -> Text,
        generation -> BigInt,
        started_at -> Timestamp,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        until -> Timestamp,
    }
}

diesel::table! {
    cohort_keys (id) {
        id -> Text,
        class -> Text,
        quarter -> Text,
        version -> BigInt,
    }
}
