//! What of a stream is kept: pictures without what a camera wrote into them, drawings without what only a machine reads.

use lopdf::{Dictionary, Object, Stream};

use super::read::Source;
use super::rules::Place;
use super::unpack::{filters, unpack};
use super::{Fault, marked};
use crate::domain::file::{FileError, MOST_PIXELS, Strictness, picture};

/// What a stream says and holds when it is written anew.
pub(super) fn kept(
    source: &Source<'_>,
    stream: &Stream,
    place: Place,
    strictness: Strictness,
) -> Result<(Dictionary, Vec<u8>), Fault> {
    let mut says = stream.dict.clone();
    let is = |kind: &[u8]| {
        says.get(b"Subtype").and_then(Object::as_name).is_ok_and(|found| found == kind)
    };
    let draws = place == Place::Drawing || is(b"Form") || says.has(b"PatternType");
    let image = is(b"Image");
    if image {
        within_pixels(source, &says)?;
    }
    let mut packed = filters(stream)?;
    let Some(picture) = packed.pop_if(|last| {
        matches!(last.as_slice(), b"DCTDecode" | b"JPXDecode" | b"CCITTFaxDecode" | b"JBIG2Decode")
    }) else {
        let plain = unpack(stream, &source.budgets.unpacked)?.map_err(|()| Fault::Damaged)?;
        if !draws || strictness == Strictness::Kept {
            return Ok((says, stream.content.clone()));
        }
        let mut anew = Stream::new(says, Vec::new());
        anew.set_plain_content(marked::without(&plain)?);
        anew.compress().map_err(|_| Fault::Damaged)?;
        return Ok((anew.dict, anew.content));
    };
    if draws {
        return Err(Fault::Damaged);
    }
    if !matches!(picture.as_slice(), b"DCTDecode" | b"JPXDecode") {
        return Ok((says, stream.content.clone()));
    }
    let packed_picture = if packed.is_empty() {
        stream.content.clone()
    } else {
        let mut outer = stream.clone();
        let names = packed.iter().cloned().map(Object::Name).collect::<Vec<_>>();
        outer.dict.set("Filter", names);
        unpack(&outer, &source.budgets.unpacked)?.map_err(|()| Fault::Damaged)?
    };
    // What is said about the last filter stays with it.
    let about_last = match says.get(b"DecodeParms") {
        Ok(Object::Array(each)) => each.last().cloned(),
        Ok(other) if packed.is_empty() => Some(other.clone()),
        _ => None,
    };
    says.remove(b"DecodeParms");
    if let Some(about) = about_last.filter(|about| about.as_dict().is_ok()) {
        says.set("DecodeParms", about);
    }
    let content = if picture == b"DCTDecode" {
        picture::jpeg_inside(&packed_picture)
    } else {
        picture::jpeg2000_inside(&packed_picture)
    };
    let content = content.map_err(|error| match error {
        FileError::TooManyPixels => Fault::TooManyPixels,
        _ => Fault::Damaged,
    })?;
    says.set("Filter", Object::Name(picture));
    Ok((says, content))
}

fn within_pixels(source: &Source<'_>, says: &Dictionary) -> Result<(), Fault> {
    let side = |key: &[u8]| {
        let value = source.value(says, key).and_then(|value| value.as_i64().ok());
        u64::try_from(value.unwrap_or_default()).unwrap_or(u64::MAX)
    };
    match side(b"Width").checked_mul(side(b"Height")) {
        Some(pixels) if pixels <= MOST_PIXELS => Ok(()),
        _ => Err(Fault::TooManyPixels),
    }
}
