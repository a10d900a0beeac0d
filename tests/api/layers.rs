//! The house rules that a compiler does not check: who may use whom, who may touch the database, the clock and the
//! environment, and how long a file may be.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

use super::layers_assessors::{FOR_ASSESSING, FOR_ASSESSORS};

/// What a layer may use, itself aside. `docs/ARCHITECTURE.md` shows the same table.
const LAYERS: [(&str, &[&str]); 14] = [
    ("domain", &["inventory"]),
    ("inventory", &["domain"]),
    ("vault", &["domain", "inventory"]),
    ("clock", &["domain", "inventory"]),
    ("config", &["domain", "inventory"]),
    ("telemetry", &["domain", "inventory"]),
    ("store", &["domain", "inventory"]),
    ("mail", &["domain", "inventory", "config"]),
    ("provider", &["domain", "inventory", "config"]),
    ("service", &["domain", "inventory", "vault", "store", "clock", "provider"]),
    ("web", &["service", "domain", "inventory", "clock"]),
    ("jobs", &["service", "domain", "clock", "mail"]),
    ("app", ALL),
    ("cli", ALL),
];

const ALL: &[&str] = &[
    "domain",
    "inventory",
    "vault",
    "clock",
    "config",
    "telemetry",
    "store",
    "mail",
    "provider",
    "service",
    "web",
    "jobs",
    "app",
    "cli",
];

/// The folders of `web` that never import each other.
const AUDIENCES: [&str; 4] = ["applicant", "staff", "finance", "assessor"];

/// Paths that only some files may name: the path, where it may stand, and why.
const RESERVED: [(&[&str], &[&str], &str); 15] = [
    (
        &["diesel"],
        &["store", "domain/id.rs", "domain/sealed.rs"],
        "only the store speaks SQL; identifiers and sealed bytes are SQL values",
    ),
    (&["diesel_migrations"], &["store"], "only the store speaks SQL"),
    (&["aes_gcm"], &["vault"], "only the vault seals and opens"),
    (&["lettre"], &["mail", "config"], "only mail sends; the settings check the sender's address"),
    (&["ureq"], &["provider"], "only the provider's room sends requests to others"),
    (&["oauth2"], &["provider"], "only the provider's room knows how others let people in"),
    (&["openidconnect"], &["provider"], "only the provider's room knows how others let people in"),
    (&["Utc", "now"], &["clock.rs"], "take a Clock"),
    (&["Local", "now"], &["clock.rs"], "take a Clock"),
    (&["SystemTime", "now"], &["clock.rs"], "take a Clock"),
    (&["env", "var"], &["config"], "settings are read in config.rs"),
    (&["env", "vars"], &["config"], "settings are read in config.rs"),
    (&["env", "var_os"], &["config"], "settings are read in config.rs"),
    (&["env", "vars_os"], &["config"], "settings are read in config.rs"),
    (&["env", "set_var"], &[], "nothing changes the environment"),
];

/// Past this many lines a file is split. The aim is 400.
const LONGEST_FILE: usize = 450;

/// A path as it stands in a source file, resolved from the root of the crate where it begins there.
pub struct Use {
    pub from_root: bool,
    pub parts: Vec<String>,
    line: usize,
    pub in_tests: bool,
}

/// Reads the paths of a source file. Comments and texts in quotes are none; macros are read like other code.
pub fn uses(module: &[String], source: &str, in_tests: bool) -> Vec<Use> {
    let mut found = Vec::new();
    let tokens: TokenStream = source.parse().expect("a source file that compiles can be read");
    walk(tokens, module, in_tests, &mut found);
    found
}

fn walk(tokens: TokenStream, module: &[String], in_tests: bool, found: &mut Vec<Use>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut test_item = false;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(word) if word == "mod" && is_braced_module(&tokens, at) => {
                let (Some(name), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                else {
                    unreachable!("it was looked at a moment ago")
                };
                let inner: Vec<String> = module.iter().cloned().chain([name.to_string()]).collect();
                walk(body.stream(), &inner, in_tests || test_item, found);
                test_item = false;
                at += 3;
            }
            TokenTree::Ident(word) => {
                let line = word.span().start().line;
                let end = path(&tokens, at, &mut Vec::new(), &mut |parts| {
                    let (from_root, parts) = resolve(module, parts);
                    found.push(Use { from_root, parts, line, in_tests: in_tests || test_item });
                });
                at = end.max(at + 1);
            }
            TokenTree::Group(group) => {
                // `#[cfg(test)]` before an item makes the item test code.
                let is_mark = matches!(tokens.get(at.wrapping_sub(1)), Some(TokenTree::Punct(p)) if p.as_char() == '#');
                if is_mark && group.stream().to_string().replace(' ', "") == "cfg(test)" {
                    test_item = true;
                }
                walk(group.stream(), module, in_tests || (test_item && !is_mark), found);
                test_item = test_item && is_mark;
                at += 1;
            }
            TokenTree::Punct(mark) => {
                test_item = test_item && mark.as_char() != ';';
                at += 1;
            }
            TokenTree::Literal(_) => at += 1,
        }
    }
}

fn is_braced_module(tokens: &[TokenTree], at: usize) -> bool {
    matches!(tokens.get(at + 1), Some(TokenTree::Ident(_)))
        && matches!(tokens.get(at + 2), Some(TokenTree::Group(g)) if g.delimiter() == proc_macro2::Delimiter::Brace)
}

/// Reads the path that begins at a word, and each that a `{…}` at its end stands for. Gives the place after it.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    parts: &mut Vec<String>,
    each: &mut dyn FnMut(&[String]),
) -> usize {
    let before = parts.len();
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) => parts.push(word.to_string()),
            Some(TokenTree::Group(group)) if parts.len() > before || before > 0 => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for one in
                    inner.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','))
                {
                    if !one.is_empty() {
                        path(one, 0, parts, each);
                    }
                }
                parts.truncate(before);
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        let colons = [at, at + 1]
            .map(|at| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':'));
        // A single colon ends a path, and so does a turbofish.
        let goes_on = matches!(tokens.get(at + 2), Some(TokenTree::Ident(_)))
            || matches!(tokens.get(at + 2), Some(TokenTree::Group(g)) if g.delimiter() == proc_macro2::Delimiter::Brace);
        if colons != [true, true] || !goes_on {
            break;
        }
        at += 2;
    }
    if parts.len() > before {
        each(parts);
    }
    parts.truncate(before);
    at
}

/// Writes a path from the root of the crate, if `crate`, `self` or `super` leads there.
fn resolve(module: &[String], parts: &[String]) -> (bool, Vec<String>) {
    let mut base = match parts.first().map(String::as_str) {
        Some("crate") => Vec::new(),
        Some("self" | "super") => module.to_vec(),
        _ => return (false, parts.to_vec()),
    };
    for part in parts {
        match part.as_str() {
            "super" => drop(base.pop()),
            "crate" | "self" => {}
            _ => base.push(part.clone()),
        }
    }
    (true, base)
}

/// The module of a file below `src`: `web/staff/mod.rs` is `web::staff`.
pub fn module_of(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// What a file does that it may not. `file` is its path below `src`.
fn broken_rules(file: &Path, source: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let module = module_of(file);
    let shown = file.display();
    let lines = source.lines().count();
    if lines > LONGEST_FILE {
        broken.push(format!("{shown} has {lines} lines: split it (the aim is 400)"));
    }
    let in_tests = module.iter().any(|part| part == "tests");
    let layer = module.first().map(String::as_str).unwrap_or_default();
    // The map of the crate and the start of the program belong to no layer.
    let is_root = matches!(layer, "lib" | "main");
    let allowed = LAYERS.iter().find(|(name, _)| *name == layer).map(|(_, allowed)| *allowed);
    if allowed.is_none() && !is_root {
        broken.push(format!(
            "{shown} is in no layer: give `{layer}` its line in the table of layers"
        ));
    }
    for used in uses(if is_root { &[] } else { &module }, source, in_tests) {
        let written = used.parts.join("::");
        let line = used.line;
        if let (true, Some(allowed), Some(to)) = (used.from_root, allowed, used.parts.first()) {
            let known = LAYERS.iter().any(|(name, _)| name == to);
            if known && to != layer && !allowed.contains(&to.as_str()) {
                broken.push(format!(
                    "{shown}:{line}: `{layer}` may not use `{to}` (crate::{written})"
                ));
            }
            let audience = |parts: &[String]| {
                let folder =
                    parts.get(1).filter(|_| parts.first().is_some_and(|first| first == "web"))?;
                AUDIENCES.into_iter().find(|audience| audience == folder)
            };
            if let (Some(from), Some(to)) = (audience(&module), audience(&used.parts))
                && from != to
            {
                broken.push(format!(
                    "{shown}:{line}: the pages of `{from}` may not use those of `{to}`"
                ));
            }
        }
        let is_below = |place: [&str; 2]| module.iter().take(2).map(String::as_str).eq(place);
        let lists: &[(&str, &[&str])] = match () {
            () if is_below(["web", "assessor"]) => &FOR_ASSESSORS,
            () if is_below(["service", "assess"]) => &FOR_ASSESSING,
            () => &[],
        };
        let room = used.parts.first().filter(|_| used.from_root);
        let known = lists.iter().find(|(name, _)| room.is_some_and(|room| room == name));
        if let (Some((_, allowed)), Some(what)) = (known, used.parts.get(1))
            && !allowed.contains(&what.as_str())
        {
            broken.push(format!("{shown}:{line}: assessors’ work may not use crate::{written}"));
        }
        for (reserved, places, why) in RESERVED {
            let named = used.parts.windows(reserved.len()).any(|parts| parts == reserved)
                // A crate is named at the start of a path, a function anywhere in it.
                && (reserved.len() > 1 || used.parts.first().is_some_and(|first| reserved.contains(&first.as_str())));
            let at_home = places.iter().any(|place| *place == layer || file == Path::new(place));
            if named && !at_home && !used.in_tests {
                broken.push(format!("{shown}:{line}: {written}: {why}"));
            }
        }
    }
    broken
}

pub fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_file_keeps_to_its_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 20, "the sources are not where this test looks: {}", root.display());
    let mut broken = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        broken.extend(broken_rules(file.strip_prefix(&root).unwrap(), &source));
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn no_test_or_benchmark_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("tests"), &mut files);
    rust_files(&root.join("benches"), &mut files);
    for file in files {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines: split it", file.display());
    }
}

/// The rules that a made-up file breaks.
fn broken_by(file: &str, source: &str) -> Vec<String> {
    broken_rules(Path::new(file), source)
}

#[test]
fn forbidden_edges_are_found_however_they_are_written() {
    for (file, source) in [
        ("domain/x.rs", "use crate::vault::keyring::Keyring;"),
        ("domain/x.rs", "use crate::{domain::id::Id, store::db};"),
        ("domain/x.rs", "use crate::{domain::{id::Id, slot::Slot}, store::{db::Db}};"),
        ("domain/x.rs", "fn f() { let k = crate::clock::SystemClock; }"),
        ("domain/x.rs", "use super::super::store::db;"),
        ("domain/mod.rs", "use super::store::db;"),
        ("clock.rs", "use super::service;"),
        ("domain/x.rs", "#[cfg(test)] mod tests { use super::super::super::vault::Vault; }"),
        ("store/x.rs", "fn f(v: &crate::vault::Vault) {}"),
        ("web/x.rs", "use crate::store::db::Db;"),
        ("web/x.rs", "fn f() { tracing::info!(\"{}\", crate::vault::name()); }"),
        ("jobs/x.rs", "type X<'a> = Vec<&'a crate::store::db::Db>;"),
        ("mail.rs", "use crate::service::Context;"),
        ("web/applicant/x.rs", "use crate::web::staff::list;"),
        ("web/staff/x.rs", "use super::super::applicant::Page;"),
        ("web/staff.rs", "use super::{form, applicant::Page};"),
        ("web/assessor/x.rs", "use crate::service::read_own::Opened;"),
        ("web/assessor/x.rs", "use crate::service::{Context, applicants};"),
        ("web/assessor/x/y.rs", "use crate::domain::identity::Item;"),
        ("service/assess/x.rs", "use crate::store::applications::Application;"),
        ("service/assess/x.rs", "use crate::store::{packets, preparations};"),
        ("service/assess/x.rs", "use super::super::read_own::Opened;"),
        ("service/assess/x.rs", "fn f() { crate::service::permitted::f() }"),
        ("service/assess/x.rs", "use crate::domain::consent::Purpose;"),
        ("newcomer.rs", ""),
    ] {
        assert_eq!(
            broken_by(file, source).len(),
            1,
            "{file}: {source}: {:?}",
            broken_by(file, source)
        );
    }
}

#[test]
fn allowed_edges_are_left_alone() {
    for (file, source) in [
        (
            "domain/x.rs",
            "use crate::{domain::id::Id, inventory}; use super::super::inventory::ITEMS;",
        ),
        ("domain/x.rs", "// use crate::vault::Vault;\nconst TEXT: &str = \"use crate::vault\";"),
        ("domain/x.rs", "/// See crate::vault.\nfn f() {}"),
        ("clock.rs", "mod tests { use super::*; use super::super::domain::id::Id; }"),
        ("web/staff/x.rs", "use crate::web::{form, staff::list}; use super::super::session;"),
        ("service/x.rs", "use crate::{store::db::Db, vault::Vault, clock::Clock};"),
        ("main.rs", "fn main() { almoner::cli::run() }"),
        ("lib.rs", "pub mod vault; pub use crate::store::db;"),
        ("app.rs", "use crate::{web, jobs, store, vault, config};"),
    ] {
        assert_eq!(broken_by(file, source), Vec::<String>::new(), "{file}: {source}");
    }
}

#[test]
fn reserved_paths_are_found_outside_their_home() {
    for (file, source) in [
        ("service/x.rs", "use diesel::prelude::*;"),
        ("service/x.rs", "#[derive(diesel::Queryable)] struct X;"),
        ("domain/slot.rs", "use diesel::sql_types::Text;"),
        ("store/x.rs", "use aes_gcm::Aes256Gcm;"),
        ("service/x.rs", "fn f() { let now = chrono::Utc::now(); }"),
        ("vault/x.rs", "use std::time::SystemTime; fn f() { SystemTime::now(); }"),
        ("app.rs", "fn f() { std::env::var(\"HOME\"); }"),
        ("cli/x.rs", "use std::env; fn f() { env::var_os(\"HOME\"); }"),
        ("config.rs", "fn f() { std::env::set_var(\"A\", \"B\"); }"),
        ("app.rs", "#[cfg(test)] mod tests {} fn f() { std::env::var(\"HOME\"); }"),
        ("app.rs", "#[cfg(test)] use a::b; fn f() { std::env::var(\"HOME\"); }"),
    ] {
        assert_eq!(
            broken_by(file, source).len(),
            1,
            "{file}: {source}: {:?}",
            broken_by(file, source)
        );
    }
    for (file, source) in [
        ("store/x.rs", "use diesel::prelude::*;"),
        ("domain/id.rs", "use diesel::sql_types::Text;"),
        ("config.rs", "fn f() { std::env::vars_os(); }"),
        ("app.rs", "#[cfg(test)] mod tests { fn f() { std::env::var(\"BLESS\"); } }"),
        ("inventory/tests.rs", "fn f() { std::env::var_os(\"BLESS\"); }"),
        ("app.rs", "fn f(env: &Env) { env.var(\"X\"); let v = env!(\"CARGO_PKG_VERSION\"); }"),
        ("web/x.rs", "fn f(clock: &dyn Clock) { clock.now(); }"),
    ] {
        assert_eq!(broken_by(file, source), Vec::<String>::new(), "{file}: {source}");
    }
}

#[test]
fn a_long_file_is_found() {
    let long = "\n".repeat(LONGEST_FILE + 1);
    assert_eq!(broken_by("domain/x.rs", &long).len(), 1);
}
