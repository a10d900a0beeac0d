//! Documents as programs write them, with names, machines and times all over.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

/// Packs parts, with a time that tells when.
pub(in crate::domain::file) fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let when = DateTime::from_date_and_time(2026, 11, 23, 8, 30, 0).unwrap();
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default().last_modified_time(when)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A part, with another text in it or replaced.
pub(super) fn with(
    parts: &[(&'static str, Vec<u8>)],
    name: &'static str,
    content: &[u8],
) -> Vec<u8> {
    let mut parts: Vec<(&str, Vec<u8>)> = parts.to_vec();
    match parts.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => *known = content.to_vec(),
        None => parts.push((name, content.to_vec())),
    }
    pack(&parts)
}

pub(super) fn pack(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let parts: Vec<(&str, &[u8])> =
        parts.iter().map(|(name, content)| (*name, content.as_slice())).collect();
    packed(&parts)
}

const RELS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The relationships of a part: kind, target, whether outside.
pub(super) fn rels(of: &[(&str, &str, bool)]) -> Vec<u8> {
    let mut written = format!("<Relationships xmlns=\"{RELS}\">");
    for (number, (kind, target, outside)) in of.iter().enumerate() {
        let mode = if *outside { " TargetMode=\"External\"" } else { "" };
        written.push_str(&format!(
            "<Relationship Id=\"rId{number}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"{mode}/>"
        ));
    }
    (written + "</Relationships>").into_bytes()
}

pub(super) fn types(main: &str, kind: &str, others: &[&str]) -> Vec<u8> {
    let mut written = format!(
        "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"{main}\" ContentType=\"application/vnd.openxmlformats-officedocument.{kind}.main+xml\"/>"
    );
    for part in others {
        written
            .push_str(&format!("<Override PartName=\"{part}\" ContentType=\"application/xml\"/>"));
    }
    (written + "</Types>").into_bytes()
}

const WORD: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

/// The parts of a document of Word.
pub(super) fn docx_parts() -> Vec<(&'static str, Vec<u8>)> {
    let body = format!(
        "<?xml version=\"1.0\"?><!-- Qanary --><w:document {WORD} xmlns:r=\"{OFFICE}\"><w:body>\
         <w:p w:rsidR=\"00Qanary\"><w:r><w:t>Hedgerows &amp; </w:t></w:r><w:ins w:id=\"1\" w:author=\"Qanary\" \
         w:date=\"2026-11-23T08:30:00Z\"><w:r><w:t>meadows</w:t></w:r></w:ins></w:p>\
         <w:p><w:r><w:drawing><pic:cNvPr xmlns:pic=\"p\" id=\"1\" name=\"C:\\Users\\Qanary\\a.jpg\" descr=\"A hedge\"/>\
         </w:drawing></w:r></w:p></w:body></w:document>"
    );
    let comments = format!(
        "<w:comments {WORD}><w:comment w:id=\"1\" w:author=\"Qanary\" w:initials=\"Qanary\" \
         w:date=\"2026-11-23\"><w:p><w:r><w:t>Is it enough?</w:t></w:r></w:p></w:comment></w:comments>"
    );
    let settings = format!(
        "<w:settings {WORD} xmlns:r=\"{OFFICE}\"><w:attachedTemplate r:id=\"rId0\"/><w:rsids><w:rsid \
         w:val=\"00Qanary\"/></w:rsids><w:docVars><w:docVar w:name=\"a\" w:val=\"Qanary\"/></w:docVars>\
         <w:zoom w:percent=\"100\"/></w:settings>"
    );
    let photo = super::jpeg_sample::phone("Qanary", 6);
    let about = b"<cp:coreProperties xmlns:cp=\"c\"><dc:creator xmlns:dc=\"d\">Qanary</dc:creator></cp:coreProperties>";
    let main = "/word/document.xml";
    vec![
        (
            "[Content_Types].xml",
            types(main, "wordprocessingml.document", &["/docProps/core.xml", "/word/people.xml"]),
        ),
        (
            "_rels/.rels",
            rels(&[
                ("officeDocument", "word/document.xml", false),
                ("core-properties", "docProps/core.xml", false),
                ("thumbnail", "docProps/thumbnail.jpeg", false),
            ]),
        ),
        ("word/document.xml", body.into_bytes()),
        (
            "word/_rels/document.xml.rels",
            rels(&[
                ("comments", "comments.xml", false),
                ("settings", "settings.xml", false),
                ("people", "people.xml", false),
                ("customXml", "../customXml/item1.xml", false),
                ("image", "media/image1.jpg", false),
                ("hyperlink", "file:///C:/Users/Qanary/plan.xlsx", true),
                ("hyperlink", "https://hedges.example/", true),
            ]),
        ),
        ("word/comments.xml", comments.into_bytes()),
        ("word/settings.xml", settings.into_bytes()),
        (
            "word/_rels/settings.xml.rels",
            rels(&[("attachedTemplate", "file:///C:/Users/Qanary/Normal.dotm", true)]),
        ),
        (
            "word/people.xml",
            b"<w15:people xmlns:w15=\"w\"><w15:person w15:author=\"Qanary\"/></w15:people>"
                .to_vec(),
        ),
        ("word/media/image1.jpg", photo.clone()),
        ("docProps/core.xml", about.to_vec()),
        ("docProps/app.xml", b"<Properties><Company>Qanary</Company></Properties>".to_vec()),
        ("docProps/thumbnail.jpeg", photo),
        ("customXml/item1.xml", b"<a>Qanary</a>".to_vec()),
    ]
}

pub(super) fn docx() -> Vec<u8> {
    pack(&docx_parts())
}

/// The parts of a spreadsheet of Excel.
pub(super) fn xlsx_parts() -> Vec<(&'static str, Vec<u8>)> {
    let book = format!(
        "<workbook xmlns=\"s\" xmlns:r=\"{OFFICE}\"><fileSharing userName=\"Qanary\"/><a:absPath xmlns:a=\"a\" \
         url=\"C:\\Users\\Qanary\\\"/><sheets><sheet name=\"Budget\" sheetId=\"1\" r:id=\"rId0\"/></sheets>\
         <customWorkbookViews><customWorkbookView name=\"Qanary - View\"/></customWorkbookViews></workbook>"
    );
    let sheet = format!(
        "<worksheet xmlns=\"s\" xmlns:r=\"{OFFICE}\"><sheetData><row><c t=\"s\"><v>0</v></c><c><f>SUM(A1:A2)</f>\
         <v>12</v></c></row></sheetData><pageSetup orientation=\"portrait\" r:id=\"rId0\"/></worksheet>"
    );
    let comments = "<comments xmlns=\"s\"><authors><author>Qanary</author><author>Qanary</author></authors>\
                    <commentList><comment ref=\"A1\" authorId=\"1\"><text><t>Too dear</t></text></comment>\
                    </commentList></comments>";
    vec![
        (
            "[Content_Types].xml",
            types("/xl/workbook.xml", "spreadsheetml.sheet", &["/xl/persons/person.xml"]),
        ),
        ("_rels/.rels", rels(&[("officeDocument", "xl/workbook.xml", false)])),
        ("xl/workbook.xml", book.into_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            rels(&[
                ("worksheet", "/xl/worksheets/sheet1.xml", false),
                ("sharedStrings", "sharedStrings.xml", false),
                ("person", "persons/person.xml", false),
            ]),
        ),
        ("xl/worksheets/sheet1.xml", sheet.into_bytes()),
        (
            "xl/worksheets/_rels/sheet1.xml.rels",
            rels(&[
                ("printerSettings", "../printerSettings/p.bin", false),
                ("comments", "../comments1.xml", false),
            ]),
        ),
        ("xl/sharedStrings.xml", b"<sst xmlns=\"s\"><si><t>Hedgerows</t></si></sst>".to_vec()),
        ("xl/comments1.xml", comments.as_bytes().to_vec()),
        (
            "xl/persons/person.xml",
            b"<personList><person displayName=\"Qanary\"/></personList>".to_vec(),
        ),
        (
            "xl/printerSettings/p.bin",
            "Qanary's printer".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        ("docProps/core.xml", b"<a>Qanary</a>".to_vec()),
    ]
}

pub(super) fn xlsx() -> Vec<u8> {
    pack(&xlsx_parts())
}

const OPEN: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
    xmlns:xlink=\"http://www.w3.org/1999/xlink\" xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" \
    xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\" xmlns:officeooo=\"http://openoffice.org/2009/office\"";

/// The parts of an OpenDocument file.
pub(super) fn open_parts(kind: &str) -> Vec<(&'static str, Vec<u8>)> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content {OPEN}><office:scripts/><office:body><office:text>\
         <text:p officeooo:rsid=\"00Qanary\">Hedgerows<text:s/>and <office:annotation><dc:creator>Qanary</dc:creator>\
         <dc:date>2026-11-23T08:30:00</dc:date><meta:creator-initials>Qanary</meta:creator-initials>\
         <text:p>Is it enough?</text:p></office:annotation><text:a xlink:href=\"file:///home/Qanary/a.ods\">more</text:a>\
         <draw:image xlink:href=\"Pictures/a.jpg\"/></text:p></office:text></office:body></office:document-content>"
    );
    let paths =
        ["content.xml", "meta.xml", "settings.xml", "Pictures/a.jpg", "Thumbnails/thumbnail.png"];
    let mut list =
        "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">\
                    <manifest:file-entry manifest:full-path=\"/\"/>"
            .to_owned();
    for path in paths {
        list.push_str(&format!("<manifest:file-entry manifest:full-path=\"{path}\"/>"));
    }
    vec![
        ("mimetype", format!("application/vnd.oasis.opendocument.{kind}").into_bytes()),
        ("content.xml", content.into_bytes()),
        (
            "meta.xml",
            b"<office:document-meta><dc:creator>Qanary</dc:creator></office:document-meta>"
                .to_vec(),
        ),
        ("settings.xml", b"<a><b name=\"PrinterName\">Qanary</b></a>".to_vec()),
        ("manifest.rdf", b"<a>Qanary</a>".to_vec()),
        ("Pictures/a.jpg", super::jpeg_sample::phone("Qanary", 6)),
        ("Thumbnails/thumbnail.png", super::png_sample::screen("Qanary")),
        ("META-INF/manifest.xml", (list + "</manifest:manifest>").into_bytes()),
        ("META-INF/documentsignatures.xml", b"<a>Qanary</a>".to_vec()),
    ]
}

pub(super) fn odt() -> Vec<u8> {
    pack(&open_parts("text"))
}

pub(super) fn ods() -> Vec<u8> {
    pack(&open_parts("spreadsheet"))
}
