//! Small files of every kind that can be attached, made here, each with something in it that tells who made it.

use std::io::{Cursor, Write};

use almoner::domain::file::{FileKind, clean};
use almoner::domain::secret::SecretBytes;
use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, Stream, dictionary};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What is planted where a file says who made it.
pub const MAKER: &str = "Madebycanary";

/// A file as somebody has it.
pub struct Attachment {
    pub kind: FileKind,
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

impl Attachment {
    fn new(kind: FileKind, name: &'static str, bytes: Vec<u8>) -> Self {
        Self { kind, name, bytes }
    }

    /// What is kept of it.
    pub fn cleaned(&self) -> Vec<u8> {
        let kept = clean(SecretBytes::new(self.bytes.clone())).ok().unwrap();
        assert_eq!(kept.kind, self.kind, "{}", self.name);
        kept.content.expose().to_vec()
    }
}

/// One of each kind that says this, where it says anything.
pub fn of_each_kind(text: &str) -> Vec<Attachment> {
    vec![
        Attachment::new(FileKind::Text, "plan.txt", format!("\u{feff}{text}\n").into_bytes()),
        Attachment::new(FileKind::Png, "sketch.png", png()),
        Attachment::new(FileKind::Jpeg, "photo.jpeg", jpeg()),
        Attachment::new(FileKind::Pdf, "plan.pdf", pdf(text)),
        Attachment::new(FileKind::Docx, "plan.docx", docx(text)),
        Attachment::new(FileKind::Xlsx, "budget.xlsx", xlsx(text)),
        Attachment::new(FileKind::Odt, "plan.odt", open_document("text", text)),
        Attachment::new(FileKind::Ods, "budget.ods", open_document("spreadsheet", text)),
    ]
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [length.as_slice(), &named, &crc(&named).to_be_bytes()].concat()
}

/// A picture of one black pixel.
pub fn png() -> Vec<u8> {
    // A stored block of two bytes, in the wrapping that PNG wants.
    let pixels = [0x78, 0x01, 0x01, 0x02, 0x00, 0xfd, 0xff, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
        chunk(b"tEXt", format!("Author\0{MAKER}").as_bytes()),
        chunk(b"IDAT", &pixels),
        chunk(b"IEND", &[]),
    ]
    .concat()
}

/// A grey picture of eight pixels by eight.
pub fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, data: &[u8]| {
        let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), data].concat()
    };
    let table = |class: u8| [&[class, 1], [0; 15].as_slice(), &[0]].concat();
    [
        vec![0xff, 0xd8],
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xfe, MAKER.as_bytes()),
        segment(0xdb, &[[0].as_slice(), &[1; 64]].concat()),
        segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
        segment(0xc4, &table(0)),
        segment(0xc4, &table(0x10)),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![0x3f, 0xff, 0xd9],
    ]
    .concat()
}

/// A page with a line of text.
pub fn pdf(text: &str) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let pages = document.new_object_id();
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    });
    let operations = vec![
        Operation::new("BT", vec![]),
        Operation::new("Tf", vec!["F1".into(), 12.into()]),
        Operation::new("Td", vec![72.into(), 700.into()]),
        Operation::new("Tj", vec![Object::string_literal(text)]),
        Operation::new("ET", vec![]),
    ];
    let content = Content { operations }.encode().unwrap();
    let content = document.add_object(Stream::new(dictionary! {}, content));
    let page = document.add_object(dictionary! {
        "Type" => "Page",
        "Parent" => pages,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        "Contents" => content,
    });
    let kids = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, Object::Dictionary(kids));
    let root = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    let info = document.add_object(dictionary! { "Author" => Object::string_literal(MAKER) });
    document.trailer.set("Root", root);
    document.trailer.set("Info", info);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn packed(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        let method = match *name {
            "mimetype" => zip::CompressionMethod::Stored,
            _ => zip::CompressionMethod::Deflated,
        };
        packed.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        packed.write_all(text.as_bytes()).unwrap();
    }
    packed.finish().unwrap().into_inner()
}

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const MAIN: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument";
const CORE: &str =
    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";

/// What Word and Excel keep beside the document itself.
fn microsoft(main: &str, kind: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let of = |kind: &str| format!("application/vnd.openxmlformats-officedocument.{kind}+xml");
    let types = format!(
        r#"{XML}<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/{main}" ContentType="{}"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>"#,
        of(kind)
    );
    let relations = format!(
        r#"{XML}<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{MAIN}" Target="{main}"/><Relationship Id="r2" Type="{CORE}" Target="docProps/core.xml"/></Relationships>"#
    );
    let core = format!(
        r#"{XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{MAKER}</dc:creator></cp:coreProperties>"#
    );
    let mut entries = vec![
        ("[Content_Types].xml", types.as_str()),
        ("_rels/.rels", &relations),
        ("docProps/core.xml", &core),
    ];
    entries.extend(parts);
    packed(&entries)
}

fn docx(text: &str) -> Vec<u8> {
    let document = format!(
        r#"{XML}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"#
    );
    let parts = [("word/document.xml", document.as_str())];
    microsoft("word/document.xml", "wordprocessingml.document.main", &parts)
}

fn xlsx(text: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!(
        r#"{XML}<workbook xmlns="{main}" xmlns:r="{related}"><sheets><sheet name="Budget" sheetId="1" r:id="r1"/></sheets></workbook>"#
    );
    let relations = format!(
        r#"{XML}<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{related}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    let sheet = format!(
        r#"{XML}<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row></sheetData></worksheet>"#
    );
    let parts = [
        ("xl/workbook.xml", book.as_str()),
        ("xl/_rels/workbook.xml.rels", &relations),
        ("xl/worksheets/sheet1.xml", &sheet),
    ];
    microsoft("xl/workbook.xml", "spreadsheetml.sheet.main", &parts)
}

fn open_document(kind: &str, text: &str) -> Vec<u8> {
    let media = format!("application/vnd.oasis.opendocument.{kind}");
    let office = "urn:oasis:names:tc:opendocument:xmlns";
    let body = match kind {
        "text" => format!("<text:p>{text}</text:p>"),
        _ => format!(
            "<table:table table:name=\"Budget\"><table:table-row><table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell></table:table-row></table:table>"
        ),
    };
    let content = format!(
        r#"{XML}<office:document-content xmlns:office="{office}:office:1.0" xmlns:text="{office}:text:1.0" xmlns:table="{office}:table:1.0" office:version="1.3"><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"#
    );
    let meta = format!(
        r#"{XML}<office:document-meta xmlns:office="{office}:office:1.0" xmlns:meta="{office}:meta:1.0" office:version="1.3"><office:meta><meta:initial-creator>{MAKER}</meta:initial-creator></office:meta></office:document-meta>"#
    );
    let manifest = format!(
        r#"{XML}<manifest:manifest xmlns:manifest="{office}:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{media}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/><manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/></manifest:manifest>"#
    );
    packed(&[
        ("mimetype", &media),
        ("META-INF/manifest.xml", &manifest),
        ("content.xml", &content),
        ("meta.xml", &meta),
    ])
}
