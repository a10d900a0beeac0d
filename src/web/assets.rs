//! The files that pages load. They are part of the program, so that nothing has to be installed beside it.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::Failure;

/// A file that pages load.
pub struct Asset {
    /// The name under `/static/`.
    name: &'static str,
    /// Its media type.
    media_type: &'static str,
    /// What is in it.
    bytes: &'static [u8],
}

const SITE_CSS: Asset = Asset {
    name: "site.css",
    media_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../../static/site.css"),
};
const SITE_JS: Asset = Asset {
    name: "site.js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../../static/site.js"),
};
const PASSKEYS_JS: Asset = Asset {
    name: "passkeys.js",
    media_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../../static/passkeys.js"),
};
const ICON: Asset = Asset {
    name: "icon.svg",
    media_type: "image/svg+xml",
    bytes: include_bytes!("../../static/icon.svg"),
};

/// Every file there is.
const ALL: [&Asset; 4] = [&SITE_CSS, &SITE_JS, &PASSKEYS_JS, &ICON];

/// The version of the style sheet: it changes when the file does, so that browsers may keep a file for ever.
pub const STYLE_VERSION: u64 = fingerprint(SITE_CSS.bytes);
/// The version of the script.
pub const SCRIPT_VERSION: u64 = fingerprint(SITE_JS.bytes);
/// The version of the script for passkeys.
pub const PASSKEYS_VERSION: u64 = fingerprint(PASSKEYS_JS.bytes);
/// The version of the icon.
pub const ICON_VERSION: u64 = fingerprint(ICON.bytes);

/// FNV-1a. It tells versions of our own files apart and protects nothing.
const fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = tail;
    }
    hash
}

/// Answers with a file.
pub async fn file(name: web::Path<String>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let asset = ALL.into_iter().find(|asset| asset.name == *name).ok_or(Failure::NotFound)?;
    // An address without the version, or with an old one, must not be kept: it would outlive the file.
    let current = request.query_string() == format!("v={:016x}", fingerprint(asset.bytes));
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, asset.media_type))
        .insert_header((header::CACHE_CONTROL, keep))
        .body(asset.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_has_another_version() {
        assert_eq!(fingerprint(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_ne!(STYLE_VERSION, SCRIPT_VERSION);
    }

    #[test]
    fn the_style_sheet_and_the_script_load_nothing_from_elsewhere() {
        for asset in ALL {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            let own = text.replace("http://www.w3.org/2000/svg", "");
            for foreign in ["http:", "https:", "@import", "url(//", "fetch(", "XMLHttpRequest"] {
                assert!(!own.contains(foreign), "{}: {foreign}", asset.name);
            }
        }
    }
}
