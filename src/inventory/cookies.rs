//! The cookies that the site sets: each holds a random value, and none outlives the browser's session.

/// A cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub what_for: &'static str,
    /// When it ends.
    pub ends: &'static str,
}

/// The session of an applicant.
pub const APPLICANT: Cookie = Cookie {
    name: "__Host-applicant",
    what_for: "Keeps an applicant signed in.",
    ends: "at sign-out, when the browser is closed, or after 24 hours",
};

/// The session of a member of staff.
pub const STAFF: Cookie = Cookie {
    name: "__Host-staff",
    what_for: "Keeps a member of staff signed in.",
    ends: "at sign-out, when the browser is closed, after an hour without use, or after 24 hours",
};

/// The session of an assessor.
pub const ASSESSOR: Cookie = Cookie {
    name: "__Host-assessor",
    what_for: "Keeps an outside assessor signed in.",
    ends: "at sign-out, when the browser is closed, after an hour without use, or after 24 hours",
};

/// A visit before anybody is signed in.
pub const VISIT: Cookie = Cookie {
    name: "__Host-visit",
    what_for: "Ties the code that you type, and the forms that you send, to the browser in which you began.",
    ends: "when the browser is closed",
};

/// Every cookie.
pub const COOKIES: [Cookie; 4] = [APPLICANT, STAFF, ASSESSOR, VISIT];
