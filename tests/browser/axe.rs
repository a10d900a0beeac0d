//! Looks for barriers in a page, with axe-core.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

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

/// Every rule of axe-core that the page breaks. The browser must run script.
pub async fn violations(browser: &Browser) -> Vec<Violation> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/browser/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&file).expect(
        "axe-core is not there: run `npm ci` in tests/browser, or scripts/test, which does",
    );
    browser.run(&axe, Vec::new()).await;
    let run = "const done = arguments[0];
        axe.run(document, { resultTypes: ['violations'] })
           .then(results => done(results.violations), error => done(String(error)));";
    let found = browser.client.execute_async(run, Vec::new()).await.unwrap();
    match found {
        Value::Array(_) => serde_json::from_value(found).unwrap(),
        other => panic!("axe-core did not finish: {other}"),
    }
}

/// Fails if a page breaks a rule, scrolls sideways, or made the browser complain.
pub async fn assert_no_barriers(browser: &Browser) {
    let path = browser.path().await;
    let found: Vec<String> = violations(browser).await.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{path} has barriers:\n{}", found.join("\n"));
    assert_eq!(browser.overflow().await, 0, "{path} scrolls sideways");
    assert_eq!(
        browser.complaints().await,
        Vec::<String>::new(),
        "{path} makes the browser complain"
    );
}
