//! The tables as diesel knows them; `migrations/` makes them.

#![expect(
    missing_docs,
    reason = "table! writes items without them; the migrations say what each is"
)]

mod assessment;
mod attached;
mod running;
mod ways;

pub use assessment::*;
pub use attached::*;
pub use running::*;
pub use ways::*;

diesel::table! {
    dossiers (id) {
        id -> Text,
        parent_id -> Nullable<Text>,
        kind -> Text,
        class -> Text,
        keep_until -> Date,
        rule -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    data_keys (dossier_id) {
        dossier_id -> Text,
        cohort_key -> Text,
        wrapped -> Binary,
    }
}

diesel::table! {
    lookups (id) {
        id -> Text,
        dossier_id -> Text,
        kind -> Text,
        tag -> Binary,
        subject_id -> Text,
    }
}

diesel::table! {
    programmes (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        definition -> Text,
    }
}

diesel::table! {
    forms (id) {
        id -> Text,
        programme_id -> Text,
        version -> BigInt,
        definition -> Text,
    }
}

diesel::table! {
    rounds (id) {
        id -> Text,
        slug -> Text,
        programme_id -> Text,
        form_id -> Text,
        name -> Text,
        opens_at -> Timestamp,
        closes_at -> Nullable<Timestamp>,
        award_on -> Nullable<Date>,
    }
}

diesel::table! {
    consent_texts (id) {
        id -> Text,
        purpose -> Text,
        version -> BigInt,
        body -> Text,
        facts -> Text,
        digest -> Text,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        dossier_id -> Text,
        email -> Binary,
        created_at -> Timestamp,
        last_sign_in -> Date,
    }
}

diesel::table! {
    staff (id) {
        id -> Text,
        dossier_id -> Text,
        name -> Binary,
        email -> Binary,
        roles -> Text,
        state -> Text,
        created_at -> Timestamp,
        last_sign_in -> Nullable<Date>,
    }
}

diesel::table! {
    assessors (id) {
        id -> Text,
        dossier_id -> Text,
        name -> Binary,
        email -> Binary,
        state -> Text,
        access_until -> Date,
        created_at -> Timestamp,
        last_sign_in -> Nullable<Date>,
        tags -> Nullable<Binary>,
    }
}

diesel::table! {
    sign_ins (id) {
        id -> Text,
        dossier_id -> Text,
        purpose -> Text,
        audience -> Text,
        account_id -> Nullable<Text>,
        staff_id -> Nullable<Text>,
        assessor_id -> Nullable<Text>,
        email -> Nullable<Binary>,
        round_id -> Nullable<Text>,
        browser -> Nullable<Text>,
        attempts -> BigInt,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        github_id -> Nullable<Binary>,
        github_username -> Nullable<Binary>,
    }
}

diesel::table! {
    github_accounts (id) {
        id -> Text,
        dossier_id -> Text,
        audience -> Text,
        account_id -> Nullable<Text>,
        assessor_id -> Nullable<Text>,
        github_id -> Binary,
        username -> Binary,
        joined_at -> Timestamp,
    }
}

diesel::table! {
    address_changes (id) {
        id -> Text,
        dossier_id -> Text,
        account_id -> Text,
        staff_id -> Nullable<Text>,
        old_email -> Binary,
        new_email -> Binary,
        checked -> Nullable<Binary>,
        created_at -> Timestamp,
        from_at -> Timestamp,
        until_at -> Timestamp,
        stopped_at -> Nullable<Timestamp>,
        done_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        handle -> Text,
        audience -> Text,
        dossier_id -> Text,
        account_id -> Nullable<Text>,
        staff_id -> Nullable<Text>,
        assessor_id -> Nullable<Text>,
        device -> Binary,
        proof -> Text,
        proved_at -> Timestamp,
        created_at -> Timestamp,
        seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    applications (id) {
        id -> Text,
        dossier_id -> Text,
        account_id -> Nullable<Text>,
        programme_id -> Text,
        round_id -> Text,
        form_id -> Text,
        reference -> Text,
        status -> Text,
        created_at -> Timestamp,
        changed_at -> Timestamp,
        submitted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    members (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        position -> BigInt,
        name -> Nullable<Binary>,
        pronouns -> Nullable<Binary>,
        email -> Binary,
        location -> Nullable<Binary>,
        ip -> Nullable<Binary>,
        github_username -> Nullable<Binary>,
        social_usernames -> Nullable<Binary>,
        github_id -> Nullable<Binary>,
    }
}

diesel::table! {
    answers (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        question -> Text,
        value -> Binary,
    }
}

diesel::table! {
    consents (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Nullable<Text>,
        sign_in_id -> Nullable<Text>,
        purpose -> Text,
        text_id -> Text,
        method -> Text,
        given_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    status_changes (id) {
        id -> Text,
        dossier_id -> Text,
        application_id -> Text,
        from_status -> Text,
        to_status -> Text,
        actor -> Text,
        actor_id -> Nullable<Text>,
        at -> Timestamp,
    }
}

diesel::table! {
    tallies (round_id, status) {
        round_id -> Text,
        status -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    sign_in_failures (subject) {
        subject -> Text,
        audience -> Text,
        failures -> BigInt,
        last_at -> Timestamp,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        dossier_id -> Text,
        template -> Text,
        subject_id -> Text,
        created_at -> Timestamp,
        due_at -> Timestamp,
        attempts -> BigInt,
        sent_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    access_days (day) {
        day -> Date,
        dossier_id -> Text,
    }
}

diesel::table! {
    access_log (id) {
        id -> Text,
        dossier_id -> Text,
        written_at -> Timestamp,
        requests -> BigInt,
        left_out -> BigInt,
        entries -> Binary,
    }
}

diesel::table! {
    audit (id) {
        id -> Text,
        at -> Timestamp,
        actor -> Text,
        actor_id -> Nullable<Text>,
        action -> Text,
        subject -> Nullable<Text>,
        detail -> Text,
        role -> Nullable<Text>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    audit_subjects (application_id, day, audit_id) {
        application_id -> Text,
        day -> Date,
        audit_id -> Text,
    }
}

diesel::table! {
    audit_reasons (audit_id) {
        audit_id -> Text,
        dossier_id -> Text,
        reason -> Binary,
    }
}

diesel::table! {
    audit_pending (audit_id) {
        audit_id -> Text,
    }
}

diesel::table! {
    audit_chain (seq) {
        seq -> BigInt,
        audit_id -> Text,
        hash -> Binary,
    }
}

diesel::table! {
    audit_heads (seq) {
        seq -> BigInt,
        hash -> Binary,
        signature -> Binary,
        at -> Timestamp,
    }
}

diesel::joinable!(data_keys -> dossiers (dossier_id));
diesel::joinable!(rounds -> programmes (programme_id));
diesel::joinable!(rounds -> forms (form_id));
diesel::joinable!(applications -> rounds (round_id));
diesel::joinable!(members -> applications (application_id));
diesel::joinable!(consents -> consent_texts (text_id));
diesel::joinable!(audit_subjects -> audit (audit_id));
diesel::joinable!(audit_subjects -> applications (application_id));
diesel::joinable!(audit_pending -> audit (audit_id));
diesel::joinable!(audit_chain -> audit (audit_id));

// How often an application stood in lists is counted over these.
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    audit_subjects::day,
    applications::reference,
    audit::role,
    audit::reason,
);

diesel::allow_tables_to_appear_in_same_query!(
    site,
    processes,
    leases,
    cohort_keys,
    dossiers,
    data_keys,
    lookups,
    programmes,
    forms,
    rounds,
    consent_texts,
    accounts,
    staff,
    assessors,
    sign_ins,
    github_accounts,
    address_changes,
    sessions,
    applications,
    members,
    answers,
    consents,
    status_changes,
    tallies,
    outbox,
    access_days,
    access_log,
    audit,
    audit_subjects,
    audit_reasons,
    audit_pending,
    audit_chain,
    audit_heads,
);
