//! The routes that the pages register, read from their sources.

use almoner::web::routes::ROUTES;

/// Every route that the pages register is in the table of routes, under each of its methods: one that is not is
/// not answered.
#[test]
fn no_route_is_missing() {
    let mut missing = Vec::new();
    let mut count = 0;
    for folder in std::fs::read_dir("src/web").unwrap() {
        let folder = folder.unwrap().path();
        let files = if folder.is_dir() {
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect()
        } else {
            vec![folder]
        };
        for path in files {
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for route in routes_in(&source) {
                // The sign-in pages stand behind several doors.
                let doors: &[&str] = match path.strip_prefix("src/web").unwrap().to_str() {
                    Some("sign_in.rs") => &["", "/staff", "/assess"],
                    Some("github.rs" | "prove.rs") => &["", "/assess"],
                    // Passkeys are kept where the ways in are.
                    Some("passkeys.rs") if route.0.starts_with("/passkeys") => {
                        &["/staff/ways", "/assess/account"]
                    }
                    Some("passkeys.rs") => &["/staff", "/assess"],
                    _ => &[""],
                };
                for door in doors {
                    count += 1;
                    let full = format!("{door}{}", route.0);
                    for method in &route.1 {
                        if !ROUTES.iter().any(|row| row.method == *method && row.path == full) {
                            missing.push(format!("{method} {full}"));
                        }
                    }
                }
            }
        }
    }
    assert!(count >= 25, "only {count} routes were found: is this still how they are written?");
    assert_eq!(missing, Vec::<String>::new(), "add these to src/web/routes.rs");
}

/// The routes that a source registers, with their methods.
fn routes_in(source: &str) -> Vec<(String, Vec<&'static str>)> {
    let mut routes = Vec::new();
    let mut rest = source;
    while let Some(at) =
        rest.find(".service(").map(|at| at + 9).or_else(|| rest.find("web::resource("))
    {
        let here = &rest[at..];
        // A registration ends where its parentheses do.
        let mut depth = 1;
        let end = here
            .char_indices()
            .find(|(_, letter)| {
                match letter {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            })
            .map_or(here.len(), |(position, _)| position);
        let text = &here[..end];
        rest = &here[end.max(1)..];
        let Some(path) = text.split('"').nth(1).filter(|path| path.starts_with('/')) else {
            continue;
        };
        let mut methods = Vec::new();
        if text.contains("reads(") || text.contains("web::get()") {
            methods.push("GET");
        }
        if text.contains("web::post()") {
            methods.push("POST");
        }
        routes.push((path.to_owned(), methods));
    }
    routes
}
