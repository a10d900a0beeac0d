//! A picture as a phone takes it: 8 by 8, grey.

/// A segment.
pub(super) fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap();
    [&[0xff, marker][..], &length.to_be_bytes(), data].concat()
}

/// The tables, frame and scan that show it.
pub(super) fn shown(width: u16, height: u16) -> Vec<u8> {
    let tables = [&[0][..], &[1; 64]].concat();
    let frame = [&[8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 0x11, 0]].concat();
    // One code of one bit, for nothing.
    let huffman = |class: u8| [&[class, 1][..], &[0; 15], &[0]].concat();
    [
        segment(0xdb, &tables),
        segment(0xc0, &frame),
        segment(0xc4, &huffman(0)),
        segment(0xc4, &huffman(0x10)),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![0x3f, 0xff, 0x00, 0x12, 0xff, 0xd0, 0x3f],
    ]
    .concat()
}

/// EXIF of a phone: maker, owner, place, and which way up it was held. The owner is written after the directory.
pub(super) fn exif(canary: &str, turned: u8) -> Vec<u8> {
    let owner = format!("{canary} of Hill Road 12\0");
    let after = 8 + 2 + 3 * 12 + 4;
    let mut tiff = b"II\x2a\0\x08\0\0\0\x03\0".to_vec();
    let mut entry = |tag: u16, kind: u16, count: usize, value: u32| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(u32::try_from(count).unwrap().to_le_bytes());
        tiff.extend(value.to_le_bytes());
    };
    entry(0x010f, 2, owner.len(), after);
    entry(0x0112, 3, 1, u32::from(turned));
    entry(0x8825, 4, 1, after);
    tiff.extend([0; 4]);
    tiff.extend(owner.as_bytes());
    tiff
}

/// A picture of a phone, with everything that a phone writes.
pub(super) fn phone(canary: &str, turned: u8) -> Vec<u8> {
    let planted = canary.as_bytes();
    let thumbnail = [&b"JFIF\0\x01\x02\x01\0\x48\0\x48\x01\x01"[..], planted].concat();
    let second = [&[0xff, 0xd8][..], &shown(8, 8), &segment(0xfe, planted), &[0xff, 0xd9]].concat();
    [
        vec![0xff, 0xd8],
        segment(0xe0, &thumbnail),
        segment(0xe0, &[b"JFXX\0\x10", planted].concat()),
        segment(0xe1, &[b"Exif\0\0", exif(canary, turned).as_slice()].concat()),
        segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0<x>", planted].concat()),
        segment(0xe2, &[b"MPF\0", planted].concat()),
        segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"),
        segment(0xed, &[b"Photoshop 3.0\x008BIM", planted].concat()),
        segment(0xee, &[b"Adobe\0\x64\0\0\0\0\0", planted].concat()),
        segment(0xfe, planted),
        shown(8, 8),
        segment(0xfe, planted),
        vec![0xff, 0xff, 0xd9],
        planted.to_vec(),
        second,
    ]
    .concat()
}
