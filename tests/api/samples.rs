//! What is sent to each route in the matrix.

use almoner::web::routes::Route;

use crate::support::html::{END, MULTIPART, file_part, part};

/// A request to a route.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    /// As in the table of routes.
    pub method: &'static str,
    /// As in the table of routes.
    pub pattern: &'static str,
    /// The address. `{draft}` and `{submitted}` are the owner's applications, and `{plan}` is a draft and `{attached}` one
    /// that was submitted with files of their own; `{person}` is somebody of staff,
    /// `{entry}` is one of the audit's, `{released}` a packet; `{packet}`, `{scored}` and `{declined}` are assigned to the
    /// assessor.
    pub path: &'a str,
    /// What is posted beside the token.
    pub fields: &'static [(&'static str, &'static str)],
    /// The name and content of a file, where the form brings one.
    pub file: Option<(&'static str, &'static str)>,
    /// Whether it is refused, for what is sent, even to those who may.
    pub needs: bool,
}

impl Sample<'_> {
    /// The address with an identifier of nothing, whatever name it has for something that there is.
    pub fn path_of_nothing(&self, none: &str) -> String {
        let parts = self.path.split('/');
        parts
            .map(|part| if part.starts_with('{') { none } else { part })
            .collect::<Vec<_>>()
            .join("/")
    }
}

const fn get(pattern: &'static str, path: &'static str) -> Sample<'static> {
    Sample { method: "GET", pattern, path, fields: &[], file: None, needs: false }
}

const fn post(
    pattern: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> Sample<'static> {
    Sample { method: "POST", pattern, path, fields, file: None, needs: false }
}

/// The same with a file.
const fn bringing(
    sample: Sample<'static>,
    name: &'static str,
    content: &'static str,
) -> Sample<'static> {
    Sample { file: Some((name, content)), ..sample }
}

const fn needs(sample: Sample<'static>) -> Sample<'static> {
    Sample { needs: true, ..sample }
}

#[rustfmt::skip]
const SAMPLES: &[Sample<'static>] = &[
    get("/static/{file}", "/static/site.css"),
    get("/rounds/{slug}", "/rounds/event"),
    get("/rounds/{slug}/apply", "/rounds/event/apply"),
    post("/rounds/{slug}/apply", "/rounds/event/apply", &[("age", "adult")]),
    get("/rounds/{slug}/consent", "/rounds/event/consent"),
    post("/rounds/{slug}/consent", "/rounds/event/consent", &[]),
    get("/rounds/{slug}/address", "/rounds/event/address"),
    post("/rounds/{slug}/address", "/rounds/event/address", &[("email", "new@mail.example")]),
    post("/sign-in", "/sign-in", &[("email", "unknown@mail.example")]),
    post("/sign-in/code", "/sign-in/code", &[("code", "12345678")]),
    get("/sign-in/link/{token}", "/sign-in/link/abc"),
    post("/sign-in/link/{token}", "/sign-in/link/abc", &[]),
    // Who is not signed in is signed out already.
    post("/sign-out", "/sign-out", &[]),
    get("/applications/{id}", "/applications/{submitted}"),
    get("/applications/{id}/form/{section}", "/applications/{draft}/form/you"),
    post("/applications/{id}/form/{section}", "/applications/{draft}/form/you", &[("name", "Owner"), ("action", "save")]),
    get("/applications/{id}/files/{question}", "/applications/{plan}/files/plan"),
    bringing(post("/applications/{id}/files/{question}", "/applications/{plan}/files/plan", &[]), "plan.txt", "One step."),
    get("/applications/{id}/files/{question}/content", "/applications/{plan}/files/plan/content"),
    get("/applications/{id}/files/{question}/remove", "/applications/{plan}/files/plan/remove"),
    post("/applications/{id}/files/{question}/remove", "/applications/{plan}/files/plan/remove", &[]),
    get("/applications/{id}/check", "/applications/{draft}/check"),
    post("/applications/{id}/check", "/applications/{submitted}/check", &[]),
    get("/applications/{id}/receipt", "/applications/{submitted}/receipt"),
    get("/applications/{id}/withdraw", "/applications/{submitted}/withdraw"),
    post("/applications/{id}/withdraw", "/applications/{submitted}/withdraw", &[]),
    get("/applications/{id}/correct", "/applications/{submitted}/correct"),
    post("/applications/{id}/correct", "/applications/{submitted}/correct", &[("pronouns", "they/them")]),
    get("/applications/{id}/outside", "/applications/{submitted}/outside"),
    post("/applications/{id}/outside", "/applications/{submitted}/outside", &[]),
    post("/rounds/{slug}/github", "/rounds/event/github", &[]),
    get("/apply/github", "/apply/github"),
    post("/apply/github", "/apply/github", &[("email", "new@mail.example")]),
    post("/sign-in/github", "/sign-in/github", &[]),
    post("/prove", "/prove", &[("then", "/account")]),
    needs(post("/prove/code", "/prove/code", &[("code", "x"), ("then", "/account")])),
    // Nothing is joined with which it could be proved.
    needs(post("/prove/github", "/prove/github", &[("then", "/account")])),
    post("/account/address", "/account/address", &[("email", "another@mail.example")]),
    needs(post("/account/address/code", "/account/address/code", &[("code", "x")])),
    post("/account/address/stop", "/account/address/stop", &[]),
    needs(get("/account/address/link/{token}", "/account/address/link/abc")),
    needs(post("/account/address/link/{token}", "/account/address/link/abc", &[])),
    get("/account/recover/{token}", "/account/recover/abc"),
    post("/account/recover/{token}", "/account/recover/abc", &[]),
    get("/account/stop/{token}", "/account/stop/abc"),
    post("/account/stop/{token}", "/account/stop/abc", &[]),
    post("/account/github", "/account/github", &[]),
    post("/account/github/part", "/account/github/part", &[]),
    post("/assess/sign-in", "/assess/sign-in", &[("email", "unknown@elsewhere.example")]),
    post("/assess/sign-in/code", "/assess/sign-in/code", &[("code", "12345678")]),
    get("/assess/sign-in/link/{token}", "/assess/sign-in/link/abc"),
    post("/assess/sign-in/link/{token}", "/assess/sign-in/link/abc", &[]),
    post("/assess/sign-in/github", "/assess/sign-in/github", &[]),
    post("/assess/sign-in/passkey", "/assess/sign-in/passkey", &[]),
    post("/assess/sign-in/passkey/answer", "/assess/sign-in/passkey/answer", &[("credential", "{}")]),
    post("/assess/sign-out", "/assess/sign-out", &[]),
    get("/assess/welcome/{token}", "/assess/welcome/abc"),
    post("/assess/welcome/{token}", "/assess/welcome/abc", &[("name", "X")]),
    // Nothing waits for an answer, so that each sent along is left alone.
    post("/assess/conflicts", "/assess/conflicts", &[("answer.aaaaaaaaaaaaaaaaaaaaaaaaaa", "none")]),
    get("/assess/packets/{id}", "/assess/packets/{packet}"),
    post("/assess/packets/{id}", "/assess/packets/{packet}", &[("points.3", "1"), ("version", "1"), ("action", "save")]),
    get("/assess/packets/{id}/undertaking", "/assess/packets/{packet}/undertaking"),
    post("/assess/packets/{id}/undertaking", "/assess/packets/{packet}/undertaking", &[("undertaking", "yes"), ("version", "1")]),
    get("/assess/packets/{id}/others", "/assess/packets/{scored}/others"),
    get("/assess/packets/{id}/files/{number}", "/assess/packets/{packet}/files/1"),
    get("/assess/packets/{id}/decline", "/assess/packets/{packet}/decline"),
    post("/assess/packets/{id}/decline", "/assess/packets/{declined}/decline", &[]),
    get("/assess/packets/{id}/conflict", "/assess/packets/{packet}/conflict"),
    post("/assess/packets/{id}/conflict", "/assess/packets/{packet}/conflict", &[]),
    post("/assess/account/sessions", "/assess/account/sessions", &[("session", "others")]),
    post("/assess/account/github", "/assess/account/github", &[]),
    post("/assess/account/github/part", "/assess/account/github/part", &[]),
    post("/assess/prove", "/assess/prove", &[("then", "/assess/account")]),
    needs(post("/assess/prove/code", "/assess/prove/code", &[("code", "x"), ("then", "/assess")])),
    needs(post("/assess/prove/github", "/assess/prove/github", &[("then", "/assess/account")])),
    needs(post("/assess/prove/passkey", "/assess/prove/passkey", &[("then", "/assess/account")])),
    needs(get("/assess/prove/passkey", "/assess/prove/passkey")),
    needs(post("/assess/prove/passkey/answer", "/assess/prove/passkey/answer", &[("credential", "{}")])),
    needs(post("/assess/account/passkeys", "/assess/account/passkeys", &[("name", "")])),
    needs(get("/assess/account/passkeys/new", "/assess/account/passkeys/new")),
    needs(post("/assess/account/passkeys/new", "/assess/account/passkeys/new", &[("credential", "{}")])),
    post("/assess/account/passkeys/remove", "/assess/account/passkeys/remove", &[("passkey", "aaaaaaaaaaaaaaaaaaaaaaaaaa")]),
    get("/staff/applications/{id}/access", "/staff/applications/{submitted}/access"),
    post("/staff/applications/{id}/access", "/staff/applications/{submitted}/access", &[("email", "found@mail.example"), ("checked", "Called back")]),
    post("/staff/assessors", "/staff/assessors", &[("sought", "x")]),
    post("/staff/assessors/invite", "/staff/assessors/invite", &[("email", "next@elsewhere.example"), ("until", "2027-12-31")]),
    get("/staff/assessors/{id}", "/staff/assessors/{assessor}"),
    post("/staff/assessors/{id}/until", "/staff/assessors/{assessor}/until", &[("until", "2027-11-30")]),
    post("/staff/assessors/{id}/again", "/staff/assessors/{assessor}/again", &[]),
    post("/staff/assessors/{id}/tags", "/staff/assessors/{assessor}/tags", &[("tags", "web, data")]),
    get("/staff/rounds/{slug}/assessment", "/staff/rounds/project-2027/assessment"),
    post("/staff/rounds/{slug}/assessment", "/staff/rounds/project-2027/assessment", &[("each", "2"), ("due", "2027-03-20"), ("closes", "2027-03-31"), ("show_others", "yes")]),
    get("/staff/rounds/{slug}/assignments", "/staff/rounds/project-2027/assignments"),
    post("/staff/rounds/{slug}/assignments", "/staff/rounds/project-2027/assignments", &[("action", "remind")]),
    get("/staff/rounds/{slug}/assignments/{id}", "/staff/rounds/project-2027/assignments/{released}"),
    needs(post("/staff/rounds/{slug}/assignments/{id}", "/staff/rounds/project-2027/assignments/{released}", &[("action", "give"), ("assessor", "x"), ("due", "2027-03-20")])),
    get("/staff/rounds/{slug}/assessors", "/staff/rounds/project-2027/assessors"),
    get("/staff/rounds/{slug}/share-out", "/staff/rounds/project-2027/share-out"),
    post("/staff/rounds/{slug}/share-out", "/staff/rounds/project-2027/share-out", &[("seen", "x")]),
    get("/staff/rounds/{slug}/conflicts", "/staff/rounds/project-2027/conflicts"),
    needs(post("/staff/rounds/{slug}/conflicts", "/staff/rounds/project-2027/conflicts", &[])),
    post("/staff/rounds/{slug}/conflicts/remove", "/staff/rounds/project-2027/conflicts/remove", &[("conflict", "aaaaaaaaaaaaaaaaaaaaaaaaaa")]),
    post("/staff/assessors/{id}/end", "/staff/assessors/{assessor}/end", &[]),
    post("/account/sessions", "/account/sessions", &[("session", "others")]),
    post("/staff/sign-in/mail", "/staff/sign-in/mail", &[("email", "unknown@staff.example")]),
    post("/staff/sign-in/passkey", "/staff/sign-in/passkey", &[]),
    needs(post("/staff/sign-in/organisation", "/staff/sign-in/organisation", &[])),
    post("/staff/sign-in/passkey/answer", "/staff/sign-in/passkey/answer", &[("credential", "{}")]),
    post("/staff/sign-in/password", "/staff/sign-in/password", &[("email", "unknown@staff.example"), ("password", "x")]),
    post("/staff/sign-in/password/code", "/staff/sign-in/password/code", &[("code", "123456")]),
    post("/staff/sign-in/code", "/staff/sign-in/code", &[("code", "12345678")]),
    get("/staff/sign-in/link/{token}", "/staff/sign-in/link/abc"),
    post("/staff/sign-in/link/{token}", "/staff/sign-in/link/abc", &[]),
    post("/staff/sign-out", "/staff/sign-out", &[]),
    get("/staff/welcome/{token}", "/staff/welcome/abc"),
    post("/staff/welcome/{token}", "/staff/welcome/abc", &[("name", "X")]),
    post("/staff/prove", "/staff/prove", &[("then", "/staff")]),
    needs(post("/staff/prove/code", "/staff/prove/code", &[("code", "x"), ("then", "/staff")])),
    needs(post("/staff/prove/passkey", "/staff/prove/passkey", &[("then", "/staff")])),
    needs(get("/staff/prove/passkey", "/staff/prove/passkey")),
    needs(post("/staff/prove/passkey/answer", "/staff/prove/passkey/answer", &[("credential", "{}")])),
    needs(post("/staff/prove/password", "/staff/prove/password", &[("password", "x"), ("code", "123456")])),
    needs(post("/staff/ways/passkeys", "/staff/ways/passkeys", &[("name", "")])),
    needs(get("/staff/ways/passkeys/new", "/staff/ways/passkeys/new")),
    needs(post("/staff/ways/passkeys/new", "/staff/ways/passkeys/new", &[("credential", "{}")])),
    post("/staff/ways/passkeys/remove", "/staff/ways/passkeys/remove", &[("passkey", "aaaaaaaaaaaaaaaaaaaaaaaaaa")]),
    needs(post("/staff/ways/password", "/staff/ways/password", &[("password", "short"), ("again", "short")])),
    needs(get("/staff/ways/password/app", "/staff/ways/password/app")),
    needs(post("/staff/ways/password/app", "/staff/ways/password/app", &[("code", "123456")])),
    needs(post("/staff/prove/organisation", "/staff/prove/organisation", &[("then", "/staff")])),
    needs(post("/staff/ways/organisation", "/staff/ways/organisation", &[])),
    post("/staff/ways/organisation/remove", "/staff/ways/organisation/remove", &[]),
    needs(post("/staff/ways/password/codes", "/staff/ways/password/codes", &[])),
    post("/staff/ways/password/remove", "/staff/ways/password/remove", &[]),
    post("/staff/account/sessions", "/staff/account/sessions", &[("session", "others")]),
    post("/staff/applications", "/staff/applications", &[("name", "owner")]),
    get("/staff/applications/{id}", "/staff/applications/{submitted}"),
    post("/staff/applications/{id}", "/staff/applications/{submitted}", &[("reason", "question")]),
    get("/staff/applications/{id}/files/{question}", "/staff/applications/{attached}/files/plan"),
    post("/staff/applications/{id}/files/{question}", "/staff/applications/{attached}/files/plan", &[("reason", "question")]),
    get("/staff/applications/{id}/packet", "/staff/applications/{submitted}/packet"),
    post("/staff/applications/{id}/packet", "/staff/applications/{submitted}/packet", &[("action", "close")]),
    get("/staff/applications/{id}/packet/files/{question}", "/staff/applications/{attached}/packet/files/plan"),
    bringing(post("/staff/applications/{id}/packet/files/{question}", "/staff/applications/{attached}/packet/files/plan", &[("seen", "")]), "plan.txt", "One small step."),
    needs(post("/staff/applications/{id}/packet/files/{question}/look", "/staff/applications/{attached}/packet/files/plan/look", &[("seen", "x"), ("looked", "yes")])),
    needs(post("/staff/applications/{id}/packet/files/{question}/remove", "/staff/applications/{attached}/packet/files/plan/remove", &[("seen", "x")])),
    get("/staff/applications/{id}/packet/files/{question}/content", "/staff/applications/{attached}/packet/files/plan/content"),
    get("/staff/applications/{id}/assessment", "/staff/applications/{submitted}/assessment"),
    post("/staff/applications/{id}/assessment", "/staff/applications/{submitted}/assessment", &[("action", "note"), ("note", "Seen")]),
    get("/staff/rounds/{slug}/results", "/staff/rounds/hardship/results"),
    get("/staff/rounds/{slug}/results.csv", "/staff/rounds/hardship/results.csv"),
    get("/staff/rounds/{slug}/results.xlsx", "/staff/rounds/hardship/results.xlsx"),
    get("/staff/rounds/{slug}/packets", "/staff/rounds/hardship/packets"),
    post("/staff/rounds/{slug}/packets", "/staff/rounds/hardship/packets", &[("action", "look")]),
    get("/staff/audit/{id}", "/staff/audit/{entry}"),
    post("/staff/access-log", "/staff/access-log", &[("day", "2027-03-02"), ("reason", "misuse")]),
    post("/staff/applications/{id}/status", "/staff/applications/{submitted}/status", &[("to", "withdrawn")]),
    post("/staff/people/invite", "/staff/people/invite", &[("email", "next@staff.example"), ("roles", "officer")]),
    get("/staff/people/{id}", "/staff/people/{person}"),
    post("/staff/people/{id}/roles", "/staff/people/{person}/roles", &[("roles", "finance")]),
    post("/staff/people/{id}/state", "/staff/people/{person}/state", &[("to", "disabled")]),
    post("/staff/people/{id}/sessions", "/staff/people/{person}/sessions", &[]),
    post("/staff/people/{id}/ways", "/staff/people/{person}/ways", &[]),
    needs(post(
        "/staff/people/{id}/invitation",
        "/staff/people/{person}/invitation",
        &[("to", "again")],
    )),
];

/// What is sent to a route. One without variable parts is read at its own address.
pub fn sample_of(route: &Route) -> Sample<'static> {
    let found =
        SAMPLES.iter().find(|sample| (sample.method, sample.pattern) == (route.method, route.path));
    match found {
        Some(sample) => *sample,
        None if route.method == "GET" && !route.path.contains('{') => get(route.path, route.path),
        None => {
            panic!("say in tests/api/samples.rs what is sent to {} {}", route.method, route.path)
        }
    }
}

/// A form that brings a file.
pub fn in_parts(fields: &[(&str, &str)], (name, content): (&str, &str)) -> Vec<u8> {
    let mut body: Vec<u8> = fields.iter().flat_map(|(name, value)| part(name, value)).collect();
    body.extend(file_part("file", name, content.as_bytes()));
    body.extend(END.bytes());
    body
}

/// A form with nothing but a token, as it is sent to a route: its type and its bytes.
pub fn body_of(sample: &Sample<'_>, token: &str) -> (&'static str, Vec<u8>) {
    match sample.file {
        Some(file) => (MULTIPART, in_parts(&[("token", token)], file)),
        None => ("application/x-www-form-urlencoded", format!("token={token}").into_bytes()),
    }
}
