//! Files that are made to do harm, and files that came to it.

use proptest::prelude::*;

use super::office_samples::{docx_parts, pack, packed, types, with};
use super::pdf_samples::{Writing, page, text_at};
use super::*;

/// A stream of a PDF that is packed, and how it says so.
fn packed_stream(content: &[u8]) -> (String, Vec<u8>) {
    let mut stream = lopdf::Stream::new(lopdf::Dictionary::new(), content.to_vec());
    stream.compress().unwrap();
    assert!(stream.dict.has(b"Filter"));
    ("/Filter/FlateDecode".to_owned(), stream.content)
}

// proves X: size also unpacked
#[test]
fn what_unpacks_to_gigabytes_is_refused() {
    let gigabyte = vec![0_u8; 1 << 30];
    let (says, once) = packed_stream(&gigabyte);
    drop(gigabyte);
    assert!(once.len() < MOST_BYTES);
    let drawing = page("", "", "").stream(4, &says, &once).version("").bytes();
    assert_eq!(cleaned(&drawing), Err(FileError::UnpacksTooLarge));
    let (twice, inner) = packed_stream(&once);
    let nested = page("", "", "").stream(
        4,
        &twice.replace("/FlateDecode", "[/FlateDecode/FlateDecode]"),
        &inner,
    );
    assert_eq!(cleaned(&nested.version("").bytes()), Err(FileError::UnpacksTooLarge));
    // As a table, and as packed objects.
    for says_more in ["/Type/ObjStm/N 1/First 4", "/Type/XRef/W[1 2 1]/Size 9000000/Root 1 0 R"] {
        let stream = Writing::new().stream(1, &format!("{says}{says_more}"), &once);
        let mut bytes = stream.bytes();
        bytes.extend(b"startxref\n15\n%%EOF");
        assert!(cleaned(&bytes).is_err());
    }
    // A document of whose parts each unpacks to a little less than is allowed.
    let part = vec![b' '; 39_000_000];
    let mut parts: Vec<(&str, Vec<u8>)> = vec![(
        "[Content_Types].xml",
        types("/word/document.xml", "wordprocessingml.document", &[]),
    )];
    parts.push(("word/document.xml", part.clone()));
    parts.push(("word/comments.xml", part));
    let bomb = pack(&parts);
    assert!(bomb.len() < 200_000);
    assert_eq!(cleaned(&bomb), Err(FileError::UnpacksTooLarge));
    let names: Vec<String> = (0..2_001).map(|number| format!("a{number}.xml")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"<a/>"[..])).collect();
    assert_eq!(cleaned(&packed(&many)), Err(FileError::UnpacksTooLarge));
}

#[test]
fn depth_and_circles_end() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    for says in [
        deep("[", "]"),
        deep("<</A", ">>"),
        "[".repeat(100_000),
        "(".repeat(100_000),
        "<</A".repeat(10_000),
    ] {
        for pdf in [
            page("", "/Annots 6 0 R", "").object(6, &says),
            page("", &format!("/Group {says}"), ""),
            page("", "", "").stream(4, "", says.as_bytes()),
        ] {
            let bytes = pdf.version("").bytes();
            let _ = cleaned(&bytes).map(|(kind, content)| read_in(kind, &content));
            let _ = cleaned_by(redacted, &bytes);
        }
    }
    // Objects that lead to each other, and to themselves.
    let circles = page(&text_at(9, 9, "Hedgerows"), "/Group 6 0 R/Rotate 8 0 R", "/Outlines 6 0 R")
        .object(6, "<</A 7 0 R/B 6 0 R>>")
        .object(7, "[6 0 R 7 0 R 3 0 R]")
        .object(8, "9 0 R")
        .object(9, "8 0 R")
        .version("")
        .bytes();
    let (kind, content) = cleaned(&circles).unwrap();
    assert_eq!(read_in(kind, &content), "Hedgerows\n");
    // A drawing that draws itself, and one that draws another ten times, which draws another ten times.
    let mut fan = page("/X Do", "/Resources<</XObject<</X 10 0 R>>>>", "");
    for number in 10..30 {
        let says = format!(
            "/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {} 0 R/Y 10 0 R>>>>",
            number + 1
        );
        fan = fan.stream(number, &says, "/X Do ".repeat(10).as_bytes());
    }
    let (kind, content) = cleaned(&fan.version("").bytes()).unwrap();
    assert_eq!(read_in(kind, &content), "");
    // A tree of pages that leads back to itself, or is a chain.
    let mut chain = Writing::new().object(1, "<</Type/Catalog/Pages 2 0 R>>");
    for number in 2..20_000 {
        chain = chain.object(number, &format!("<</Type/Pages/Kids[{} 0 R]>>", number + 1));
    }
    assert_eq!(cleaned(&chain.version("").bytes()), Err(FileError::UnpacksTooLarge));
    let circle =
        page("", "", "").object(2, "<</Type/Pages/Kids[3 0 R 2 0 R]>>").version("").bytes();
    assert_eq!(cleaned(&circle), Err(FileError::UnpacksTooLarge));
    let parts = docx_parts();
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert!(cleaned(&with(&parts, "word/document.xml", deep.as_bytes())).is_err());
}

#[test]
fn a_chain_of_lengths_and_tables_that_lead_in_circles_end() {
    let mut chain = page("", "", "");
    for number in 10..30_000 {
        let says =
            format!("{number} 0 obj<</Length {} 0 R>>stream\nA\nendstream endobj\n", number + 1);
        chain = chain.object(number, &says);
    }
    let chain = chain.stream(4, "/Length 10 0 R", b"q Q").version("").bytes();
    let _ = cleaned(&chain);
    let plain = page(&text_at(9, 9, "Hedgerows"), "", "").version("").bytes();
    let table = plain.windows(5).position(|window| window == b"xref\n").unwrap();
    let text = String::from_utf8_lossy(&plain)
        .replace("/Root", &format!("/Prev {table}/XRefStm {table}/Root"));
    let _ = cleaned(text.as_bytes());
    // One object, a hundred thousand times in the table.
    let big = format!("[{}]", "0 ".repeat(200_000));
    let place = Writing::new().bytes().len();
    let mut many = Writing::new().object(9, &big).bytes();
    let at = many.len();
    many.extend(b"xref\n1 100000\n");
    many.extend(format!("{place:010} 00000 n \n").repeat(100_000).into_bytes());
    many.extend(format!("trailer<</Root 1 0 R>>startxref\n{at}\n%%EOF").into_bytes());
    assert!(cleaned(&many).is_err());
    // Packed objects that all start at the same place, inside of one another.
    let head: String = (10..2_000).map(|number| format!("{number} 0 ")).collect();
    let body = format!("{head}[{}]", "0 ".repeat(20_000));
    let all: String = (10..2_000).map(|number| format!("{number} 0 R ")).collect();
    let pdf = page("", &format!("/Group[{all}]"), "")
        .stream(9, &format!("/Type/ObjStm/N 1990/First {}", head.len()), body.as_bytes())
        .bytes();
    assert!(cleaned(&pdf).is_err());
}

fn any_sample() -> impl Strategy<Value = Vec<u8>> {
    let samples: Vec<Vec<u8>> = samples().into_iter().map(|(_, bytes)| bytes).collect();
    proptest::sample::select(samples)
}

/// Whatever comes: no panic, and what is taken is taken again. What is read is what was read.
fn holds(bytes: &[u8]) {
    for way in [clean, redacted] {
        if let Ok(once) = way(secret(bytes)) {
            let twice = match way(once.content.clone()) {
                Ok(twice) => twice,
                Err(error) => panic!("taken once, then: {error}"),
            };
            assert_eq!((twice.kind, read(&twice)), (once.kind, read(&once)));
        }
    }
}

#[test]
fn every_cut_of_every_kind_is_refused_or_taken_for_good() {
    for (_, sample) in samples() {
        // Each byte near the ends, and every third between: all of them for small ones.
        let step = (sample.len() / 1_500).max(1);
        for cut in
            (0..sample.len()).filter(|cut| cut % step == 0 || *cut < 64 || sample.len() - cut < 256)
        {
            holds(&sample[..cut]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_bytes_make_it_panic(
        start in proptest::sample::select(vec![
            &b""[..], b"%PDF-1.7\n1 0 obj", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xfe", b"\xef\xbb\xbf",
        ]),
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        holds(&[start, &bytes].concat());
    }

    #[test]
    fn nor_do_bits_that_were_flipped(sample in any_sample(), flips in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..6)) {
        let mut bytes = sample;
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        holds(&bytes);
    }

    #[test]
    fn nor_do_pieces_that_were_moved(sample in any_sample(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), length in 1_usize..200) {
        let mut bytes = sample;
        let from = from.index(bytes.len());
        let piece: Vec<u8> = bytes.drain(from..(from + length).min(bytes.len())).collect();
        let to = to.index(bytes.len() + 1);
        bytes.splice(to..to, piece);
        holds(&bytes);
    }
}
