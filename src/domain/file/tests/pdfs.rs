//! PDFs: what stays is what the pages of the newest version show.

use lopdf::{Document, Object};

use super::pdf_samples::*;
use super::*;

fn document(bytes: &[u8]) -> Document {
    let document = Document::load_mem(bytes).unwrap();
    assert!(document.trailer.get(b"Info").is_err() && document.trailer.get(b"ID").is_err());
    document
}

/// Every key of every dictionary.
fn keys(document: &Document) -> std::collections::BTreeSet<String> {
    let (mut keys, mut waiting) =
        (std::collections::BTreeSet::new(), document.objects.values().collect::<Vec<_>>());
    while let Some(object) = waiting.pop() {
        let dictionary = match object {
            Object::Array(array) => {
                waiting.extend(array);
                continue;
            }
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &stream.dict,
            _ => continue,
        };
        for (key, value) in dictionary {
            keys.insert(String::from_utf8_lossy(key).into_owned());
            waiting.push(value);
        }
    }
    keys
}

#[test]
fn only_the_newest_version_stays_without_what_tells_or_acts() {
    let given = office_export();
    let (_, content) = cleaned(&given).unwrap();
    let kept = document(&content);
    assert_eq!(kept.get_pages().len(), 1);
    let keys_kept = keys(&kept);
    for gone in [
        "AA",
        "AF",
        "Author",
        "CreationDate",
        "EmbeddedFiles",
        "JS",
        "JavaScript",
        "LastModified",
        "Metadata",
        "NM",
        "OpenAction",
        "OutputIntents",
        "Perms",
        "PieceInfo",
        "Producer",
        "RC",
        "Thumb",
        "XFA",
    ] {
        assert!(!keys_kept.contains(gone), "{gone}");
    }
    assert!(
        keys_kept.contains("Alt") && keys_kept.contains("Dests"),
        "for those who hear a page, and for links"
    );
    assert_eq!(read_in(FileKind::Pdf, &content), "Hedgerows\n");
    let (_, content) = cleaned_by(redacted, &given).unwrap();
    let keys_redacted = keys(&document(&content));
    for gone in ["Alt", "Annots", "Dests", "Outlines", "StructTreeRoot", "AcroForm", "Lang"] {
        assert!(!keys_redacted.contains(gone), "{gone}");
    }
}

#[test]
fn notes_keep_their_words_and_lose_their_writers() {
    let note = "<</Type/Annot/Subtype/FreeText/Rect[0 0 9 9]/Contents(Hedgerows)/T(Qanary)/M(Qanary)/AP<</N 7 0 R>>>>";
    let field = "<</Type/Annot/Subtype/Widget/FT/Tx/Rect[0 0 9 9]/T(sum)/V(12)/AA<</K<</S/JavaScript/JS(Qanary)>>>>>>";
    let pdf = page("q Q", "/Annots[6 0 R 8 0 R]", "/AcroForm<</Fields[8 0 R]>>")
        .object(6, note)
        .stream(7, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"q Q")
        .object(8, field)
        .version("")
        .bytes();
    let (_, content) = cleaned(&pdf).unwrap();
    assert!(says(&content, SEEN) && !says(&content, CANARY));
    assert!(says(&content, "(sum)") && says(&content, "(12)"), "a form keeps what was filled in");
}

// proves A6
#[test]
fn what_can_be_taken_off_is_refused_in_a_redacted_version() {
    for kind in [
        "Redact",
        "Square",
        "FreeText",
        "Highlight",
        "Ink",
        "Stamp",
        "Widget",
        "Text",
        "Polygon",
        "Line",
    ] {
        let note = format!("<</Type/Annot/Subtype/{kind}/Rect[0 0 99 99]/IC[0 0 0]>>");
        let pdf = page(&text_at(9, 9, "Hedgerows"), "/Annots 6 0 R", "")
            .object(6, "[7 0 R]")
            .object(7, &note)
            .version("")
            .bytes();
        assert!(cleaned(&pdf).is_ok(), "{kind}");
        assert_eq!(cleaned_by(redacted, &pdf), Err(FileError::CanBeUncovered), "{kind}");
    }
    let layers = "/OCProperties<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>";
    let pdf = page("q Q", "", layers).object(6, "<</Type/OCG/Name(hidden)>>").version("").bytes();
    assert!(cleaned(&pdf).is_ok());
    assert_eq!(cleaned_by(redacted, &pdf), Err(FileError::HasLayers));
}

#[test]
fn text_under_a_bar_is_still_read() {
    let covered = format!("{}0 g 0 0 300 300 re f\n", text_at(20, 100, "Wren Abara"));
    let white = "1 g BT /F1 12 Tf 3 Tr 1 0 0 1 20 50 Tm (in white) Tj ET\n";
    let outside = text_at(900, 900, "beyond the edge");
    let pdf = page(&format!("{covered}{white}{outside}"), "", "").version("").bytes();
    let (_, content) = cleaned_by(redacted, &pdf).unwrap();
    assert_eq!(read_in(FileKind::Pdf, &content), "Wren Abara\nin white\nbeyond the edge\n");
    let picture = page("q Q", "", "").version("").bytes();
    let (kind, content) = cleaned_by(redacted, &picture).unwrap();
    assert!(text_in(kind, &secret(&content)).is_none(), "nothing can be read in a scan");
}

#[test]
fn words_that_only_a_machine_reads_go_from_a_redacted_version() {
    let content = "% Qanary\n/Span<</ActualText(Qanary)>>BDC BT /F1 12 Tf 9 9 Td (Hedgerows) Tj ET EMC /Span/P1 DP";
    let properties = "/Resources<</Font<</F1 5 0 R>>/Properties<</P1<</ActualText(Qanary)>>>>>>";
    let pdf = page(content, properties, "").version("").bytes();
    let (_, content) = cleaned_by(redacted, &pdf).unwrap();
    assert!(!says(&content, CANARY));
    assert_eq!(read_in(FileKind::Pdf, &content), "Hedgerows\n");
}

#[test]
fn what_stands_in_a_page_and_is_never_drawn_is_read_as_well() {
    let form = |number: u32, own: &str| {
        format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 300 300]/Resources<</Font<</F1 {number} 0 R>>{own}>>"
        )
    };
    let says = "/Resources<</Font<</F1 5 0 R/WrenFont 5 0 R>>/XObject<</X 6 0 R/Y 7 0 R>>>>";
    let content = format!("{}/Y Do (Wren of the stack) pop\n", text_at(20, 100, "A plan"));
    let inside = "/XObject<</Z 8 0 R>>";
    let pdf = page(&content, "", "")
        .object(
            3,
            &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R{says}>>"),
        )
        .stream(
            6,
            form(5, "").trim_start_matches("<<"),
            text_at(20, 50, "Wren taken off").as_bytes(),
        )
        .stream(
            7,
            form(5, inside).trim_start_matches("<<"),
            text_at(20, 60, "drawn once").as_bytes(),
        )
        .stream(8, form(5, "").trim_start_matches("<<"), text_at(20, 70, "Wren deeper").as_bytes())
        .version("")
        .bytes();
    for way in [clean, redacted] {
        let (kind, content) = cleaned_by(way, &pdf).unwrap();
        let text = text_in(kind, &secret(&content)).unwrap();
        let text = text.expose();
        for said in ["Wren of the stack", "Wren taken off", "Wren deeper", "WrenFont"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert_eq!(text.matches("drawn once").count(), 1, "{text}");
    }
}

#[test]
fn text_is_read_as_it_stands_on_the_page() {
    let in_pieces = "BT /F1 10 Tf 20 200 Td (W) Tj 9.44 0 Td (r) Tj 3.33 0 Td (en) Tj 20 0 Td (Abara) Tj 0 -20 Td \
                     [(Hedge) -10 (rows) -600 (here)] TJ T* (more) ' ET";
    // Widths of Helvetica, as far as they are needed.
    let mut widths = vec!["500"; 256];
    widths[usize::from(b'W')] = "944";
    widths[usize::from(b'r')] = "333";
    let font = format!(
        "<</Type/Font/Subtype/TrueType/BaseFont/A/Encoding/WinAnsiEncoding/FirstChar 0/LastChar 255/Widths[{}]>>",
        widths.join(" ")
    );
    let form = "BT /F2 12 Tf 0 0 Td <00010002> Tj ET";
    let table = "/CIDInit/ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000><ffff> \
                 endcodespacerange 1 beginbfchar <0001> <5A6F> endbfchar 1 beginbfrange <0002> <0003> <00EB> endbfrange \
                 endcmap end end";
    let pdf = page(
        &format!("{in_pieces} q 1 0 0 1 20 50 cm /X Do Q"),
        "/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>",
        "",
    )
    .object(5, &font)
    .stream(
        6,
        "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F2 7 0 R>>>>",
        form.as_bytes(),
    )
    .object(
        7,
        "<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[8 0 R]/ToUnicode 9 0 R>>",
    )
    .object(8, "<</Type/Font/Subtype/CIDFontType2/DW 600/W[1[700 500]]>>")
    .stream(9, "", table.as_bytes())
    .version("")
    .bytes();
    let (kind, content) = cleaned(&pdf).unwrap();
    assert_eq!(read_in(kind, &content), "Wren Abara\nHedgerows here\nmore\n\u{5a6f}ë\n");
}

#[test]
fn locked_files_and_collections_are_refused() {
    let plain = || page("q Q", "", "");
    let lock = "<</Filter/Standard/V 1/R 2/O(a)/U(b)/P -4>>";
    let locked = plain().object(6, lock).version("/Encrypt 6 0 R").bytes();
    assert_eq!(cleaned(&locked), Err(FileError::Locked));
    // Also if the table is gone.
    let cut = locked.len() - 12;
    assert_eq!(cleaned(&locked[..cut]), Err(FileError::Locked));
    let collection = page("q Q", "", "/Collection<</View/T>>").version("").bytes();
    assert_eq!(cleaned(&collection), Err(FileError::HoldsFiles));
}

#[test]
fn a_file_whose_table_is_wrong_is_read_by_what_stands_in_it() {
    let good = page(&text_at(9, 9, "Hedgerows"), "", "").version("").bytes();
    let table = good.windows(5).position(|window| window == b"xref\n").unwrap();
    let mut shifted = good.clone();
    shifted.splice(9..9, b"% a line that was put in\n".iter().copied());
    for given in [shifted, good[..table].to_vec(), [b"\xef\xbb\xbf\r\n", good.as_slice()].concat()]
    {
        let (kind, content) = cleaned(&given).unwrap();
        assert_eq!(read_in(kind, &content), "Hedgerows\n");
    }
    // As newer programs write them: objects packed in streams, and a table that is one.
    let mut modern = Document::load_mem(&good).unwrap();
    let mut written = Vec::new();
    modern.save_modern(&mut written).unwrap();
    assert!(written.windows(7).any(|window| window == b"/ObjStm"));
    let (kind, content) = cleaned(&written).unwrap();
    assert_eq!(read_in(kind, &content), "Hedgerows\n");
    let start = written.windows(9).rposition(|window| window == b"startxref").unwrap();
    let (kind, content) = cleaned(&written[..start]).unwrap();
    assert_eq!(read_in(kind, &content), "Hedgerows\n");
}
