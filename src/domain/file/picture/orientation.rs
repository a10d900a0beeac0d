//! Which way up a picture is: the one thing of what a camera writes beside it that is kept.

/// The tag of the orientation in EXIF.
const TAG: u16 = 0x0112;
/// The type of its value: a number of 16 bits.
const SHORT: u16 = 3;

/// How a picture is turned or mirrored before it is shown: 2 to 8, as EXIF counts. 1 is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// Reads it out of EXIF (from its TIFF header on). `None` if it says nothing, or that nothing is to be turned.
    pub(super) fn of(tiff: &[u8]) -> Option<Self> {
        let little = match tiff.get(..4)? {
            b"II\x2a\0" => true,
            b"MM\0\x2a" => false,
            _ => return None,
        };
        let u16_of = if little { u16::from_le_bytes } else { u16::from_be_bytes };
        let u32_of = if little { u32::from_le_bytes } else { u32::from_be_bytes };
        let directory = usize::try_from(u32_of(*tiff.get(4..)?.first_chunk()?)).ok()?;
        let directory = tiff.get(directory..)?;
        let count = usize::from(u16_of(*directory.first_chunk()?));
        let entries = directory.get(2..)?.chunks_exact(12).take(count);
        for entry in entries {
            let tag = u16_of(*entry.first_chunk()?);
            if tag == TAG && u16_of(*entry.get(2..)?.first_chunk()?) == SHORT {
                let value = u16_of(*entry.get(8..)?.first_chunk()?);
                return u8::try_from(value).ok().filter(|value| matches!(value, 2..=8)).map(Self);
            }
        }
        None
    }

    /// EXIF of our own that says this and nothing else.
    pub(super) fn tiff(self) -> Vec<u8> {
        let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
        tiff.extend(TAG.to_be_bytes());
        tiff.extend(SHORT.to_be_bytes());
        tiff.extend(1_u32.to_be_bytes());
        tiff.extend([0, self.0, 0, 0]);
        tiff.extend(0_u32.to_be_bytes());
        tiff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_in_both_orders_and_written_alone() {
        for value in 0..=9 {
            let own = Orientation(value).tiff();
            let kept = (2..=8).contains(&value).then_some(Orientation(value));
            assert_eq!(Orientation::of(&own), kept);
        }
        let little = b"II\x2a\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0Wren\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        assert_eq!(Orientation::of(little), Some(Orientation(6)));
        for cut in 0..little.len() - 2 {
            let _ = Orientation::of(&little[..cut]);
        }
        assert_eq!(Orientation::of(b"MM\0\x2a\xff\xff\xff\xff"), None);
    }
}
