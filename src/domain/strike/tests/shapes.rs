//! What is told by its shape alone, and what only seems to be.

use super::*;

#[track_caller]
fn all_struck(reason: Reason, texts: &[&str]) {
    for text in texts {
        let around = format!("so {text} there");
        assert_eq!(struck(&nobody(), &around), [(*text, reason)]);
    }
}

#[track_caller]
fn none_struck(texts: &[&str]) {
    for text in texts {
        assert!(pieces(&nobody(), text).is_empty(), "{text}: {:?}", struck(&nobody(), text));
    }
}

#[test]
fn addresses_of_mail() {
    // proves A1
    all_struck(
        Reason::EmailShaped,
        &[
            "ada.l+x@mail.example",
            "ada(at)mail.example",
            "ada [at] mail [dot] example",
            "ada.l AT mail DOT example",
            "ada @ mail . example",
            "ada＠mail．example",
            "ada%40mail.example",
            "ada@mail.\nexample",
            "ada.l at gmail",
        ],
    );
    none_struck(&[
        "It is hosted at docs.rs and looked at. Dot products are at hand.",
        "Depend on serde@1.0.193 and actions/checkout@v4.",
        "We meet @ noon. Then we eat.",
    ]);
}

#[test]
fn phones() {
    // proves A1
    all_struck(
        Reason::PhoneShaped,
        &[
            "+49 221 5550 0123",
            "+33 (0)6 55 50 12 34",
            "+15555550123",
            "(555) 555-0123",
            "555-555-0123",
            "555-0142",
            "00 254 20 555 0111",
            "06 55 50 12 34",
            "01632 960 123",
            "+49 221\n555 0123",
            "+٢٠ ١٠ ٥٥٥٠ ١٢٣٤",
        ],
    );
    assert_eq!(pieces(&nobody(), "WhatsApp 612 345 678"), ["612 345 678"]);
    none_struck(&[
        "2024–2025, 2024-05-17, 17.05.2024, 5/17/2024, 2019 2020 2021 2022",
        "10 000 users, 1,250,000 downloads, 12 500 000 lines, +10 000 000",
        "Versions 1.2.3, 10.15.7 and 2024.05.17; 4294967296 bytes; 100-2000 users; 3.14159",
        "Call 3 functions 10 times. The phone has 4 cores.",
        "ISBN 978-3-16-148410-0 of 12 chapters",
        "#1234567890 and v20240517",
    ]);
}

#[test]
fn accounts() {
    // proves A1
    all_struck(
        Reason::AccountShaped,
        &[
            "DE89 3704 0044 0532 0130 00",
            "gb82west12345698765432",
            "NL91-ABNA-0417-1643-00",
            "ES91 2100 0418\n4502 0005 1332",
            "4111 1111 1111 1111",
            "0x52908400098527886E0F7030069857D2E4169EE7",
        ],
    );
    for (text, found) in [
        ("account number: 28233117733", "28233117733"),
        ("IBAN: DE00 1234 5678 9012 3456 78", "DE00 1234 5678 9012 3456 78"),
        ("Sort code 12-34-56.", "12-34-56"),
        ("BIC COBADEFFXXX", "COBADEFFXXX"),
    ] {
        assert_eq!(struck(&nobody(), text), [(found, Reason::AccountShaped)]);
    }
    none_struck(&[
        // One digit off, and nothing says that it is an account.
        "DE88 3704 0044 0532 0130 00",
        "On account of 2024, we sort 1000 items; swift work needs code.",
        "commit 5f2c9b1d8e7a6f4c3b2a1908f7e6d5c4b3a29180",
    ]);
}

#[test]
fn addresses_of_computers() {
    // proves A1
    all_struck(
        Reason::IpShaped,
        &[
            "192.0.2.45",
            "198.51.100.7:2222",
            "192.0.2.0/24",
            "203[.]0[.]113[.]9",
            "2001:db8::8a2e:370:7334",
            "00:1b:63:84:45:e6",
        ],
    );
    none_struck(&[
        "127.0.0.1 and ::1 are here.",
        "Version 1.2.3.4 and 1.2.3.4-rc1 of std::fmt, a::b, dead::beef at 12:30:45.",
        "300.1.2.3 is none, and 1.2.3.4.5 is none.",
    ]);
}

#[test]
fn links_and_handles() {
    // proves A3
    all_struck(
        Reason::Link,
        &[
            "https://ferris.example/cv?x=1#me",
            "hxxps://ferris.example",
            "mailto:ada",
            "www.ferris.example",
            "ferris-writes.dev",
            "ferris.github.io",
            "github.com/ferris/crab",
            "t.me/ferris",
            "@ferris_crab",
            "@ferris@social.example",
            "@ferris:matrix.example",
            "0000-0002-1825-009X",
            "ferris (dot) dev",
            "http://пример.рф/я",
            "https://doc.rust-lang.org/~ferris",
            "https://crates.io/users/ferris",
        ],
    );
    for (text, found) in [
        ("Telegram: quietfox", "quietfox"),
        ("discord name quietfox#1234", "quietfox#1234"),
        ("PGP 3AA5 C343 7156 4B2E", "3AA5 C343 7156 4B2E"),
        ("https://social.example/\nferris", "https://social.example/\nferris"),
    ] {
        assert_eq!(pieces(&nobody(), text), [found]);
    }
    none_struck(&[
        "https:// alone, https://crates.io, https://github.com/ and",
        "https://doc.rust-lang.org/std/ and https://www.w3.org/TR/WCAG22/.",
        "See crates.io, docs.rs, src/main.rs, README.md, build.sh and ASP.NET, i.e. files, e.g. node.js.",
        "foo.await?; self.name(); list.is_empty(); std::io; @param and @property; U.S. and a.m.",
        "It works.No more. The dot in space.",
    ]);
}
