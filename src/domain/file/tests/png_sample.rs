//! A picture as a screen gives it: 1 by 1, grey.

/// A chunk.
pub(super) fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&name[..], data].concat();
    let mut sum = u32::MAX;
    for byte in &named {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
        }
    }
    let length = u32::try_from(data.len()).unwrap();
    [&length.to_be_bytes()[..], &named, &(!sum).to_be_bytes()].concat()
}

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The first chunk.
pub(super) fn header(width: u32, height: u32) -> Vec<u8> {
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat())
}

/// The pixels, packed.
pub(super) const PIXELS: &[u8] = b"\x78\x9c\x63\x60\x00\x00\x00\x02\x00\x01";

/// A picture with everything that programs write into one.
pub(super) fn screen(canary: &str) -> Vec<u8> {
    let planted = canary.as_bytes();
    [
        SIGNATURE.to_vec(),
        header(1, 1),
        chunk(b"gAMA", &[0, 0, 0xb1, 0x8f]),
        chunk(b"iCCP", &[planted, b"'s screen\0\0colours"].concat()),
        chunk(b"pHYs", &[0, 0, 0x0b, 0x13, 0, 0, 0x0b, 0x13, 1]),
        chunk(b"tEXt", &[b"Author\0", planted].concat()),
        chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0<x>", planted].concat()),
        chunk(b"zTXt", &[b"Comment\0\0", planted].concat()),
        chunk(b"tIME", &[7, 0xea, 11, 23, 8, 0, 0]),
        chunk(b"eXIf", &super::jpeg_sample::exif(canary, 3)),
        chunk(b"caBX", planted),
        chunk(b"IDAT", PIXELS),
        chunk(b"fdAT", planted),
        chunk(b"IEND", b""),
        planted.to_vec(),
        chunk(b"IDAT", planted),
    ]
    .concat()
}
