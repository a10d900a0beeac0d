//! Looks for barriers in a page, with axe-core.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::Browser;

/// A rule that a page breaks.
#[derive(Clone, Debug, Deserialize)]
pub struct Violation {
    /// The name of the rule.
    pub id: String,
    /// What the rule asks for.
    pub help: String,
    /// Where it is broken.
    pub nodes: Vec<Node>,
}

/// A place in a page that breaks a rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// The element.
    pub html: String,
    /// What is wrong with it.
    pub failure_summary: Option<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.id, self.help)?;
        for node in &self.nodes {
            writeln!(
                f,
                "  {}\n  {}",
                node.html,
                node.failure_summary.as_deref().unwrap_or_default()
            )?;
        }
        Ok(())
    }
}

/// Which rules are looked at.
#[derive(Clone, Copy)]
pub enum Rules {
    /// Every one that axe-core has.
    All,
    /// Those about colours: the others don't depend on whether a page is dark.
    Colours,
}

/// Every rule of axe-core that the page breaks. The browser must run script.
pub async fn violations(browser: &Browser, rules: Rules) -> Vec<Violation> {
    if browser.run("return typeof window.axe", Vec::new()).await == "undefined" {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/browser/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&file).expect(
            "axe-core is not there: run `npm ci` in tests/browser, or scripts/test, which does",
        );
        browser.run(&axe, Vec::new()).await;
    }
    let only = match rules {
        Rules::All => Value::Null,
        Rules::Colours => json!({ "runOnly": ["cat.color"] }),
    };
    let run = "const [only, done] = arguments;
        axe.run(document, { resultTypes: ['violations'], ...only })
           .then(results => done(results.violations), error => done(String(error)));";
    let found = browser.client.execute_async(run, vec![only]).await.unwrap();
    match found {
        Value::Array(_) => serde_json::from_value(found).unwrap(),
        other => panic!("axe-core did not finish: {other}"),
    }
}

/// Fails if the page breaks a rule, scrolls sideways, or made the browser complain: at a desk in the light and
/// in the dark, on a phone in the dark, and on the narrowest screen that is asked for. Leaves it at a desk in the light.
pub async fn assert_no_barriers(browser: &Browser) {
    let path = browser.path().await;
    let (dark, light) = (true, false);
    // In the light on a phone no colour is another than at a desk, and a desk shows all that a phone shows.
    let phone = [(dark, Rules::All)];
    let desk = [(dark, Rules::Colours), (light, Rules::All)];
    for (width, looks) in [(320, [].as_slice()), (390, &phone), (1280, &desk)] {
        browser.resize(width).await;
        assert_eq!(browser.overflow().await, 0, "{path} scrolls sideways at {width}");
        for &(dark, rules) in looks {
            browser.prefer_dark(dark).await;
            let found = violations(browser, rules).await;
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            let scheme = if dark { "dark" } else { "light" };
            assert!(found.is_empty(), "{path}, {scheme}, at {width}:\n{}", found.join("\n"));
        }
    }
    let mut complaints = browser.complaints().await;
    // That a page itself is an error page is no surprise.
    complaints
        .retain(|line| !line.contains("responded with a status of") || line.contains("/static/"));
    assert_eq!(complaints, Vec::<String>::new(), "{path} makes the browser complain");
}

#[test]
fn no_colour_depends_on_the_width() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/site.css");
    let sheet = std::fs::read_to_string(file).unwrap();
    let mut blocks = 0;
    for (start, _) in sheet.match_indices("@media").filter(|(at, _)| {
        sheet[*at..].lines().next().is_some_and(|condition| condition.contains("width"))
    }) {
        let mut depth = 0;
        let end = sheet[start..].find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == '}' && depth == 0
        });
        let block = &sheet[start..start + end.expect("the block ends")];
        for word in ["color", "background", "opacity"] {
            assert!(!block.contains(word), "{word} in:\n{block}");
        }
        blocks += 1;
    }
    assert!(blocks > 0, "there are blocks that depend on the width");
}
