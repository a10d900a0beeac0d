//! Files that look redacted and tell more than one sees, made here.

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, Stream, dictionary};

/// A PDF file with these lines on one page, each of them under a black bar if that is wanted, by an author.
pub fn pdf(author: &str, lines: &[&str], covered: bool) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let pages = document.new_object_id();
    let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding" };
    let font = document.add_object(font);
    let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let mut operations = Vec::new();
    for (nth, line) in (0_i64..).zip(lines) {
        let below = 740 - 24 * nth;
        let text = Object::string_literal(*line);
        operations.extend([
            Operation::new("BT", vec![]),
            Operation::new("Tf", vec!["F1".into(), 12.into()]),
            Operation::new("Td", vec![72.into(), below.into()]),
            Operation::new("Tj", vec![text]),
            Operation::new("ET", vec![]),
        ]);
        if covered {
            let bar = vec![60.into(), (below - 4).into(), 480.into(), 18.into()];
            operations.push(Operation::new("re", bar));
            operations.push(Operation::new("f", vec![]));
        }
    }
    let content = Content { operations }.encode().unwrap();
    let content = document.add_object(Stream::new(dictionary! {}, content));
    let page = document.add_object(dictionary! {
        "Type" => "Page",
        "Parent" => pages,
        "Contents" => content,
        "Resources" => resources,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let kids = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, Object::Dictionary(kids));
    let root = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    let about = document.add_object(dictionary! { "Author" => Object::string_literal(author) });
    document.trailer.set("Root", root);
    document.trailer.set("Info", about);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// A JPEG picture of one pixel that says in its EXIF data who took it, and in a comment.
pub fn jpeg(author: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x3b\0\x02".to_vec();
    let length = u32::try_from(author.len() + 1).unwrap();
    exif.extend(length.to_be_bytes());
    exif.extend(26_u32.to_be_bytes());
    exif.extend([0; 4]);
    exif.extend(author.as_bytes());
    exif.push(0);
    let quantities = {
        let mut table = vec![0];
        table.extend([1; 64]);
        table
    };
    let frame = vec![8, 0, 1, 0, 1, 1, 1, 0x11, 0];
    let codes = |class: u8| {
        let mut table = vec![class, 1];
        table.extend([0; 15]);
        table.push(0);
        table
    };
    let scan = vec![1, 1, 0, 0, 63, 0];
    for (marker, segment) in [
        (0xe1, exif),
        (0xfe, author.as_bytes().to_vec()),
        (0xdb, quantities),
        (0xc0, frame),
        (0xc4, codes(0)),
        (0xc4, codes(0x10)),
        (0xda, scan),
    ] {
        bytes.extend([0xff, marker]);
        bytes.extend(u16::try_from(segment.len() + 2).unwrap().to_be_bytes());
        bytes.extend(segment);
    }
    bytes.extend([0x3f, 0xff, 0xd9]);
    bytes
}
