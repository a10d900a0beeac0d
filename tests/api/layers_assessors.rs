//! The wall around assessors' work, as the sources have it: what it may know, and what nothing that it uses knows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::layers::{module_of, rust_files, uses};

/// What pages of assessors may know of the service and of the domain: nothing there holds applicants' data but a
/// packet's own types.
pub const FOR_ASSESSORS: [(&str, &[&str]); 2] = [
    (
        "service",
        &[
            "Context",
            "accept_assessor",
            "assess",
            "error",
            "outsiders",
            "own_sessions",
            "passkeys",
            "way_in",
            "ways",
        ],
    ),
    ("domain", &["assessing", "form", "id", "proof", "role", "secret"]),
];

/// What the use cases of assessors' work may know: words and rules, who asks, packets and what hangs on them.
pub const FOR_ASSESSING: [(&str, &[&str]); 4] = [
    ("service", &["assess", "context", "error", "outsiders"]),
    (
        "domain",
        &[
            "assessing",
            "assignment",
            "file",
            "form",
            "id",
            "lookup",
            "packet",
            "programme",
            "sealed",
            "secret",
            "slot",
        ],
    ),
    (
        "store",
        &[
            "AnyConnection",
            "StoreError",
            "assessment_plans",
            "assessor_questions",
            "assignments",
            "audit",
            "github_accounts",
            "packet_files",
            "packets",
            "scores",
            "undertakings",
        ],
    ),
    ("vault", &["DataKey", "MacPurpose"]),
];

/// The files that hold, find or open what applicants gave. Nothing that assessors' work uses, however far away, names
/// one of them.
pub const OF_APPLICANTS: [&str; 33] = [
    "domain/consent",
    "domain/identity",
    "domain/receipt",
    "service/address",
    "service/applicants",
    "service/consent_texts",
    "service/github_accounts",
    "service/gives_away",
    "service/list_applications",
    "service/name_search",
    "service/new_draft",
    "service/open_draft",
    "service/permitted",
    "service/read_application",
    "service/read_own",
    "service/review",
    "service/save_draft",
    "service/start_application",
    "service/submit",
    "service/views",
    "service/who_saw",
    "service/withdraw",
    "store/accounts",
    "store/address_changes",
    "store/applications",
    "store/conflicts",
    "store/consents",
    "store/drafts",
    "store/lists",
    "store/looked",
    "store/notes",
    "store/preparations",
    "store/staff_scores",
];

/// The file below `src` that a path from the root of the crate leads to.
fn file_of(root: &Path, parts: &[String]) -> Option<PathBuf> {
    (1..=parts.len()).rev().find_map(|count| {
        let path: PathBuf = parts[..count].iter().collect();
        [path.with_extension("rs"), path.join("mod.rs")]
            .into_iter()
            .find(|file| root.join(file).is_file())
    })
}

/// The files of `service` and `store` that assessors' work comes to, however far away, and by which file.
fn reached(root: &Path) -> BTreeMap<PathBuf, PathBuf> {
    let mut files = Vec::new();
    rust_files(&root.join("service/assess"), &mut files);
    let mut next: Vec<PathBuf> =
        files.iter().map(|file| file.strip_prefix(root).unwrap().to_owned()).collect();
    let mut reached: BTreeMap<PathBuf, PathBuf> =
        next.iter().map(|file| (file.clone(), file.clone())).collect();
    while let Some(file) = next.pop() {
        // What a room lists in its `mod.rs` is there for others, too.
        if file.ends_with("mod.rs") {
            continue;
        }
        let source = std::fs::read_to_string(root.join(&file)).unwrap();
        for used in uses(&module_of(&file), &source, false) {
            let room = used.parts.first().map(String::as_str).unwrap_or_default();
            if used.in_tests || !used.from_root || !["service", "store"].contains(&room) {
                continue;
            }
            if let Some(to) = file_of(root, &used.parts)
                && !reached.contains_key(&to)
            {
                reached.insert(to.clone(), file.clone());
                next.push(to);
            }
        }
    }
    reached
}

#[test]
fn nothing_that_assessors_work_uses_knows_what_applicants_gave() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let forbidden: BTreeSet<PathBuf> = OF_APPLICANTS
        .iter()
        .map(|name| {
            let (file, folder) = (PathBuf::from(format!("{name}.rs")), PathBuf::from(name));
            assert!(root.join(&file).is_file(), "{name} is no file any more");
            assert!(!root.join(&folder).join("mod.rs").is_file());
            file
        })
        .collect();
    let reached = reached(&root);
    println!("{} files are reached", reached.len());
    assert!(reached.contains_key(Path::new("store/packets.rs")) && reached.len() > 20);
    let broken: Vec<String> = reached
        .iter()
        .filter(|(file, _)| forbidden.contains(*file))
        .map(|(file, by)| format!("{} by {}", file.display(), by.display()))
        .collect();
    assert!(broken.is_empty(), "assessors’ work comes to what applicants gave: {broken:?}");
    // Words and rules about what applicants give: no file on the way names them.
    for file in reached.keys().filter(|file| !file.ends_with("mod.rs")) {
        let source = std::fs::read_to_string(root.join(file)).unwrap();
        for used in uses(&module_of(file), &source, false).iter().filter(|used| used.from_root) {
            let to = file_of(&root, &used.parts).unwrap_or_default();
            assert!(!forbidden.contains(&to), "{} uses {}", file.display(), to.display());
        }
    }
}

#[test]
fn a_way_around_the_wall_is_seen() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let parts = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    for (path, file) in [
        ("service::read_own::Opened::open", "service/read_own.rs"),
        ("store::preparations::find", "store/preparations.rs"),
        ("service::assess::own::First::Answer", "service/assess/own.rs"),
        ("store::StoreError::Conflict", "store/mod.rs"),
    ] {
        assert_eq!(file_of(&root, &parts(path)).unwrap(), Path::new(file));
    }
}
