//! PDFs, written byte for byte.

use std::collections::BTreeMap;

/// A PDF as it grows.
pub(super) struct Writing {
    bytes: Vec<u8>,
    places: BTreeMap<u32, usize>,
    last_table: Option<usize>,
}

impl Writing {
    pub(super) fn new() -> Self {
        Self {
            bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(),
            places: BTreeMap::new(),
            last_table: None,
        }
    }

    /// Writes an object.
    pub(super) fn object(mut self, number: u32, says: &str) -> Self {
        self.places.insert(number, self.bytes.len());
        self.bytes.extend(format!("{number} 0 obj\n{says}\nendobj\n").into_bytes());
        self
    }

    /// Writes a stream.
    pub(super) fn stream(mut self, number: u32, says: &str, content: &[u8]) -> Self {
        self.places.insert(number, self.bytes.len());
        self.bytes.extend(
            format!("{number} 0 obj\n<<{says}/Length {}>>stream\n", content.len()).into_bytes(),
        );
        self.bytes.extend(content);
        self.bytes.extend(b"\nendstream\nendobj\n");
        self
    }

    /// Ends a version: its table and trailer. What comes after is the next version.
    pub(super) fn version(mut self, trailer: &str) -> Self {
        let at = self.bytes.len();
        let mut table = "xref\n0 1\n0000000000 65535 f \n".to_owned();
        for (number, place) in &self.places {
            table.push_str(&format!("{number} 1\n{place:010} 00000 n \n"));
        }
        let before = self.last_table.map_or_else(String::new, |at| format!("/Prev {at}"));
        let size = self.places.keys().max().unwrap_or(&0) + 1;
        table.push_str(&format!(
            "trailer\n<</Size {size}/Root 1 0 R{before}{trailer}>>\nstartxref\n{at}\n%%EOF\n"
        ));
        self.bytes.extend(table.into_bytes());
        self.places.clear();
        self.last_table = Some(at);
        self
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

pub(super) const FONT: &str =
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

/// A PDF of one page with a content, and more objects from 6 on.
pub(super) fn page(content: &str, page_says: &str, catalog_says: &str) -> Writing {
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{page_says}>>"
    );
    Writing::new()
        .object(1, &format!("<</Type/Catalog/Pages 2 0 R{catalog_says}>>"))
        .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
        .object(3, &page)
        .stream(4, "", content.as_bytes())
        .object(5, FONT)
}

/// A text at a place.
pub(super) fn text_at(x: i32, y: i32, text: &str) -> String {
    format!("BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n")
}

/// A PDF as an office program exports it, saved again by a second one: with names, times, files and programs all over.
pub(super) fn office_export() -> Vec<u8> {
    let photo = super::jpeg_sample::phone("Qanary", 6);
    let first = page(
        &text_at(20, 200, "Qanary in the first version"),
        "/Annots[8 0 R 9 0 R 10 0 R]/PieceInfo<</A(Qanary)>>/LastModified(Qanary)/Thumb 12 0 R/AA<</O 13 0 R>>\
         /Metadata 11 0 R/AF[14 0 R]/StructParents 0",
        "/Metadata 11 0 R/OpenAction 13 0 R/AA<</WC 13 0 R>>/Names<</EmbeddedFiles<</Names[(Qanary)14 0 R]>>\
         /JavaScript<</Names[(Qanary)13 0 R]>>/Dests<</Names[(here)[3 0 R/Fit]]>>>>/Lang(en)/StructTreeRoot 17 0 R\
         /AcroForm<</Fields[]/XFA 11 0 R>>/PieceInfo<</B(Qanary)>>/OutputIntents[<</Info(Qanary)>>]/Outlines 19 0 R\
         /AF[14 0 R]/Perms<</DocMDP 16 0 R>>",
    )
    .object(7, "<</Author(Qanary)/Title(Qanary)/Producer(Qanary)/CreationDate(D:20261123083000)>>")
    .object(
        8,
        "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(Is it enough?)/T(Qanary)/NM(Qanary)/M(D:20261123Qanary)\
         /CreationDate(Qanary)/RC(Qanary)/P 3 0 R>>",
    )
    .object(9, "<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 14 0 R/Contents(Qanary)>>")
    .object(
        10,
        "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(Qanary.exe)/Next<</S/URI/URI(https://Qanary.example)>>>>\
         /Dest[18 0 R/Fit]>>",
    )
    .stream(11, "/Type/Metadata/Subtype/XML", b"<x:xmpmeta>Qanary</x:xmpmeta>")
    .stream(12, "/Subtype/Image/Width 8/Height 8/Filter/DCTDecode/ColorSpace/DeviceGray", &photo)
    .object(13, "<</Type/Action/S/JavaScript/JS(app.alert\\('Qanary'\\))>>")
    .object(14, "<</Type/Filespec/F(Qanary.xlsx)/EF<</F 15 0 R>>>>")
    .stream(15, "/Type/EmbeddedFile", b"Qanary")
    .object(16, "<</Type/Sig/Name(Qanary)/ByteRange[0 1 2 3]/Contents<51616E617279>>>")
    .object(17, "<</Type/StructTreeRoot/K[20 0 R 21 0 R]>>")
    .object(18, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 22 0 R>>")
    .object(19, "<</Type/Outlines/First 23 0 R/Last 23 0 R>>")
    .object(20, "<</S/P/P 17 0 R/Pg 3 0 R/K 0/Alt(a hedge)>>")
    .object(21, "<</S/P/P 17 0 R/Pg 18 0 R/K 0/ActualText(Qanary)>>")
    .stream(22, "", text_at(1, 1, "Qanary on a page that was taken out").as_bytes())
    .object(23, "<</Title(Part one)/Parent 19 0 R/Dest[18 0 R/Fit]/A 13 0 R>>")
    .version("/Info 7 0 R/ID[<51616E617279><51616E617279>]");
    let image = "/Type/XObject/Subtype/Image/Width 8/Height 8/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode\
                 /Metadata 11 0 R";
    first
        .stream(4, "", format!("{}q 9 0 0 9 0 0 cm /I Do Q", text_at(20, 200, "Hedgerows")).as_bytes())
        .object(
            3,
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>\
             /XObject<</I 24 0 R>>>>/PieceInfo<</A(Qanary)>>>>",
        )
        .stream(24, image, &photo)
        .version("/Info 7 0 R/ID[<51616E617279><51616E617279>]")
        .bytes()
}
