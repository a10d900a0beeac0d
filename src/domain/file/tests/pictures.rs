//! Pictures: what stays is what shows them.

use super::jpeg_sample::{exif, phone, segment, shown};
use super::png_sample::{PIXELS, SIGNATURE, chunk, header, screen};
use super::*;

#[test]
fn a_photo_keeps_which_way_up_it_is_and_nothing_else() {
    for turned in 1..=8 {
        let (_, content) = cleaned(&phone(CANARY, turned)).unwrap();
        let own = exif("", turned);
        let written = content.windows(6).any(|window| window == b"Exif\0\0");
        assert_eq!(written, turned != 1, "{turned}");
        assert!(!content.windows(own.len()).any(|window| window == own));
        let expected = [
            vec![0xff, 0xd8],
            segment(0xe0, b"JFIF\0\x01\x02\x01\0\x48\0\x48\0\0"),
            if turned == 1 {
                Vec::new()
            } else {
                let tiff = [
                    &b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
                    &[turned, 0, 0, 0, 0, 0, 0],
                ];
                segment(0xe1, &[b"Exif\0\0", tiff.concat().as_slice()].concat())
            },
            segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"),
            segment(0xee, b"Adobe\0\x64\0\0\0\0\0"),
            shown(8, 8),
            vec![0xff, 0xd9],
        ];
        assert_eq!(
            content.escape_ascii().to_string(),
            expected.concat().escape_ascii().to_string()
        );
        let (_, content) = cleaned_by(redacted, &phone(CANARY, turned)).unwrap();
        assert!(!says(&content, "colours"), "a profile may name a screen");
    }
}

#[test]
fn a_png_keeps_what_shows_it() {
    let (_, content) = cleaned(&screen(CANARY)).unwrap();
    let turned = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";
    let expected = [
        SIGNATURE.to_vec(),
        header(1, 1),
        chunk(b"gAMA", &[0, 0, 0xb1, 0x8f]),
        chunk(b"iCCP", b"icc\0\0colours"),
        chunk(b"pHYs", &[0, 0, 0x0b, 0x13, 0, 0, 0x0b, 0x13, 1]),
        chunk(b"eXIf", turned),
        chunk(b"IDAT", PIXELS),
        chunk(b"IEND", b""),
    ];
    assert_eq!(content.escape_ascii().to_string(), expected.concat().escape_ascii().to_string());
}

// proves X: size also unpacked
#[test]
fn a_picture_of_too_many_pixels_is_refused() {
    let png = |width, height| {
        [SIGNATURE, &header(width, height), &chunk(b"IDAT", PIXELS), &chunk(b"IEND", b"")].concat()
    };
    let jpeg = |width, height| [&[0xff, 0xd8][..], &shown(width, height), &[0xff, 0xd9]].concat();
    assert!(cleaned(&png(10_000, 6_000)).is_ok());
    assert!(cleaned(&jpeg(10_000, 6_000)).is_ok());
    for bomb in
        [png(10_000, 6_001), png(u32::MAX, u32::MAX), jpeg(10_000, 6_001), jpeg(u16::MAX, u16::MAX)]
    {
        assert_eq!(cleaned(&bomb), Err(FileError::TooManyPixels));
    }
    assert_eq!(cleaned(&png(0, 5)), Err(FileError::Damaged(FileKind::Png)));
    assert_eq!(cleaned(&jpeg(5, 0)), Err(FileError::Damaged(FileKind::Jpeg)));
}

#[test]
fn a_cut_picture_is_refused() {
    let (png, jpeg) = (screen(CANARY), phone(CANARY, 6));
    let png_end = png.windows(4).position(|window| window == b"IEND").unwrap() + 8;
    for cut in 9..png_end {
        assert_eq!(cleaned(&png[..cut]), Err(FileError::Damaged(FileKind::Png)), "{cut}");
    }
    let jpeg_end = jpeg.windows(3).position(|window| window == [0xff, 0xff, 0xd9]).unwrap() + 3;
    for cut in 3..jpeg_end {
        assert_eq!(cleaned(&jpeg[..cut]), Err(FileError::Damaged(FileKind::Jpeg)), "{cut}");
    }
    assert!(cleaned(&png[..png_end]).is_ok() && cleaned(&jpeg[..jpeg_end]).is_ok());
    let mut wrong_sum = png;
    wrong_sum[40] ^= 1;
    assert_eq!(cleaned(&wrong_sum), Err(FileError::Damaged(FileKind::Png)));
}
