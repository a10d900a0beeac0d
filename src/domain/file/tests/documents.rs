//! Documents and spreadsheets: what stays is what they say.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use super::office_samples::*;
use super::*;

fn parts_of(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            assert_eq!(file.last_modified(), Some(zip::DateTime::default()), "a time tells when");
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().to_owned(), String::from_utf8_lossy(&content).into_owned())
        })
        .collect()
}

#[test]
fn a_document_of_word_keeps_its_text_and_names_nobody() {
    let (_, content) = cleaned(&docx()).unwrap();
    let parts = parts_of(&content);
    let names: Vec<&str> = parts.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "[Content_Types].xml",
            "_rels/.rels",
            "word/_rels/document.xml.rels",
            "word/_rels/settings.xml.rels",
            "word/comments.xml",
            "word/document.xml",
            "word/media/image1.jpg",
            "word/settings.xml",
        ]
    );
    assert!(
        !parts["[Content_Types].xml"].contains("docProps")
            && parts["[Content_Types].xml"].contains("document.xml")
    );
    let links = &parts["word/_rels/document.xml.rels"];
    assert!(
        links.contains("about:blank")
            && links.contains("https://hedges.example/")
            && !links.contains("people")
    );
    assert!(!parts["word/_rels/settings.xml.rels"].contains("Relationship Id"));
    assert!(
        parts["word/settings.xml"].contains("w:zoom")
            && !parts["word/settings.xml"].contains("Template")
    );
    let body = &parts["word/document.xml"];
    assert!(
        body.contains("descr=\"A hedge\"")
            && body.contains("w:author=\"\"")
            && !body.contains("2026")
    );
    let text = read_in(FileKind::Docx, &content);
    assert!(text.contains("Hedgerows & meadows\n") && text.contains("Is it enough?"), "{text}");
}

#[test]
fn a_spreadsheet_keeps_its_cells_and_names_nobody() {
    let (_, content) = cleaned(&xlsx()).unwrap();
    let parts = parts_of(&content);
    assert!(
        parts["xl/comments1.xml"].contains("<authors><author></author><author></author></authors>")
    );
    assert!(parts["xl/worksheets/sheet1.xml"].contains("<f>SUM(A1:A2)</f>"));
    assert!(parts["xl/worksheets/sheet1.xml"].contains("<pageSetup orientation=\"portrait\"/>"));
    assert!(
        parts["xl/workbook.xml"].contains("Budget") && !parts["xl/workbook.xml"].contains("View")
    );
    assert!(!parts.keys().any(|name| name.contains("printer")
        || name.contains("persons")
        || name.contains("docProps")));
}

#[test]
fn an_open_document_keeps_its_text_and_names_nobody() {
    for (kind, given) in [(FileKind::Odt, odt()), (FileKind::Ods, ods())] {
        let (found, content) = cleaned(&given).unwrap();
        assert_eq!(found, kind);
        assert_eq!(content.get(30..38), Some(&b"mimetype"[..]), "programs look for it there");
        let parts = parts_of(&content);
        let names: Vec<&str> = parts.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["META-INF/manifest.xml", "Pictures/a.jpg", "content.xml", "meta.xml", "mimetype"]
        );
        assert!(!parts["META-INF/manifest.xml"].contains("humbnail"));
        assert!(parts["META-INF/manifest.xml"].contains("Pictures/a.jpg"));
        assert!(parts["content.xml"].contains("xlink:href=\"\""), "a path on somebody's machine");
        assert!(
            read_in(kind, &content).contains("Hedgerows and Is it enough?"),
            "{}",
            read_in(kind, &content)
        );
    }
}

#[test]
fn macros_are_refused() {
    let (word, excel, open) = (docx_parts(), xlsx_parts(), open_parts("text"));
    let macro_type = types("/word/document.xml", "wordprocessingml.document", &[]);
    let macro_type = String::from_utf8(macro_type).unwrap().replace(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
    );
    for bad in [
        with(&word, "[Content_Types].xml", macro_type.as_bytes()),
        with(&word, "word/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        with(&word, "word/activeX/activeX1.xml", b"<a/>"),
        with(&excel, "xl/macrosheets/sheet1.xml", b"<a/>"),
        with(&open, "Basic/Standard/Module1.xml", b"<a/>"),
        with(&open, "Scripts/python/a.py", b"import os"),
    ] {
        assert_eq!(cleaned(&bad), Err(FileError::Macros));
    }
    assert!(
        cleaned(&with(&open, "Basic/Standard/script-lb.xml", b"<a/>")).is_ok(),
        "an empty list of programs"
    );
}

#[test]
fn what_loads_from_outside_is_refused() {
    let (word, excel, open) = (docx_parts(), xlsx_parts(), open_parts("spreadsheet"));
    let image = rels(&[("image", "https://spy.example/a.png", true)]);
    let object = rels(&[("oleObject", "file:///a.xlsx", true)]);
    let field = b"<w:document xmlns:w=\"w\"><w:r><w:instrText> INCLUDE</w:instrText></w:r><w:r><w:instrText>PICTURE \
                  \"https://spy.example/a\" </w:instrText></w:r></w:document>";
    let formula =
        b"<worksheet><c><f>1+_xlfn.WEBSERVICE(\"https://spy.example\")</f></c></worksheet>";
    let picture = format!(
        "<office:document-content xmlns:office=\"o\" xmlns:draw=\"d\" xmlns:xlink=\"x\">{}{}",
        "<draw:image xlink:href=\"https://spy.example/a.png\"/>", "</office:document-content>"
    );
    let source = "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\"><table:table-source/></office:document-content>";
    for bad in [
        with(&word, "word/_rels/document.xml.rels", &image),
        with(&word, "word/_rels/document.xml.rels", &object),
        with(&word, "word/document.xml", field),
        with(&excel, "xl/worksheets/sheet1.xml", formula),
        with(&excel, "xl/externalLinks/externalLink1.xml", b"<a/>"),
        with(&excel, "xl/connections.xml", b"<a/>"),
        with(&open, "content.xml", picture.as_bytes()),
        with(&open, "content.xml", source.as_bytes()),
    ] {
        assert_eq!(cleaned(&bad), Err(FileError::LoadsFromOutside));
    }
}

#[test]
fn other_files_inside_are_refused_and_the_numbers_behind_a_chart_are_cleaned() {
    let word = docx_parts();
    for (name, content) in [
        ("word/embeddings/oleObject1.bin", &b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..]),
        ("word/embeddings/a.pdf", b"%PDF-1.4"),
        ("word/media/film.mp4", b"\0\0\0\x18ftypmp42"),
        ("word/afchunk.htm", b"<html>Qanary</html>"),
        ("word/embeddings/a.docx", &with(&word, "word/embeddings/b.docx", &docx())),
    ] {
        let error = cleaned(&with(&word, name, content)).err();
        assert_eq!(error, Some(FileError::HoldsFiles), "{name}");
    }
    let (_, content) = cleaned(&with(&word, "word/embeddings/numbers.xlsx", &xlsx())).unwrap();
    assert!(says(&content, SEEN) && !says(&content, CANARY));
}

#[test]
fn locked_damaged_and_odd_packages_are_refused() {
    let (word, open) = (docx_parts(), open_parts("text"));
    let locked = b"<m:manifest xmlns:m=\"m\"><m:file-entry m:full-path=\"content.xml\"><m:encryption-data/></m:file-entry></m:manifest>";
    assert_eq!(cleaned(&with(&open, "META-INF/manifest.xml", locked)), Err(FileError::Locked));
    for name in [
        "../evil.xml",
        "/abs.xml",
        "a//b.xml",
        "a\\b.xml",
        "C:a.xml",
        "a/./b.xml",
        "a\nb.xml",
        "WORD/DOCUMENT.XML",
    ] {
        let bad = with(&word, name, b"<a/>");
        assert_eq!(cleaned(&bad), Err(FileError::Damaged(FileKind::Docx)), "{name}");
    }
    for bad in
        [&b"<w:document"[..], b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", b"\xff\xfe<\0a\0"]
    {
        let bad = with(&word, "word/document.xml", bad);
        assert_eq!(cleaned(&bad), Err(FileError::Damaged(FileKind::Docx)));
    }
    // A locked document of Word is an old container around it; a locked package has the mark in its entries.
    let mut marked = docx();
    let central = marked.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    marked[central + 8] |= 1;
    assert_eq!(cleaned(&marked), Err(FileError::Locked));
    assert_eq!(
        cleaned(&with(&word, "[Content_Types].xml", b"<Types/>")),
        Err(FileError::UnknownKind)
    );
    assert_eq!(
        cleaned(&packed(&[("mimetype", b"application/epub+zip")])),
        Err(FileError::UnknownKind)
    );
}
