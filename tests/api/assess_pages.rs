//! An assessor's pages by themselves: they load nothing, lead nowhere, and can be asked for nothing.

use crate::assess::address;
use crate::canaries_of_an_applicant::{Stage, USERNAME, set};

/// A packet's page as it reaches the assessor.
// proves A8, A9, A10, A22, A23, A32
#[actix_web::test]
async fn an_assessors_page_loads_nothing_from_elsewhere_and_links_nowhere() {
    let Stage { app, assessor, own, .. } = set().await;
    for address in ["/assess".to_owned(), address(&own)] {
        let page = assessor.visit(&address).await.expect(200);
        assert!(!page.text_of("title").contains(USERNAME));
        for (css, attribute) in
            [("a", "href"), ("img", "src"), ("link", "href"), ("script", "src"), ("form", "action")]
        {
            for target in page.attributes(css, attribute) {
                let inside = target.starts_with('/')
                    || target.starts_with('#')
                    || target.starts_with("mailto:privacy@");
                assert!(inside && !target.contains(USERNAME), "{css} {target}");
            }
        }
        assert!(!page.has("img") && !page.has("iframe") && !page.has("object"));
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(page.header(name), Some(value), "{address}");
        }
        assert_eq!(page.header("etag"), None);
        assert_eq!(page.header("last-modified"), None);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    }
    app.stop().await;
}

// proves A19, A20, A21
#[actix_web::test]
async fn assessors_can_search_count_and_complete_nothing() {
    let Stage { app, assessor, own, .. } = set().await;
    for address in ["/assess".to_owned(), address(&own), "/assess/packets/conflicts".to_owned()] {
        let page = assessor.visit(&address).await;
        assert!(!page.has("[type=search]") && !page.has("datalist") && !page.has("[list]"));
        assert!(!page.has("form[method=get]"), "nothing is asked for by a form");
        let text = page.text_of("main");
        for word in ["total", "average", "mean", "rank", "of 2", "assessors"] {
            assert!(!text.to_lowercase().contains(&format!(" {word} ")), "{word} on {address}");
        }
        // What is asked for beside the address changes nothing.
        let asked = assessor.visit(&format!("{address}?q=Quillfeather&sort=name&page=2")).await;
        assert_eq!(asked.text_of("main"), text);
    }
    app.stop().await;
}

// proves A16
#[actix_web::test]
async fn somebody_else_s_packet_is_looked_up_as_one_that_is_not_there() {
    let Stage { app, assessor, ids, .. } = set().await;
    let mut counts = Vec::new();
    for id in ids.iter().skip(1) {
        let before = app.context().queries();
        let page = assessor.visit(&format!("/assess/packets/{id}")).await.expect(404);
        counts.push((app.context().queries() - before, page.html.len()));
    }
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    app.stop().await;
}
