//! What a stream unpacks to, within a budget.

use lopdf::{DecompressError, Error, Object, Stream};

use super::Fault;
use super::lex::Budget;

/// The most filters of one stream.
const MOST_FILTERS: usize = 4;

/// The names of a stream's filters, in the order in which they are undone.
pub(super) fn filters(stream: &Stream) -> Result<Vec<Vec<u8>>, Fault> {
    let names = match stream.dict.get(b"Filter") {
        Ok(Object::Name(name)) => vec![name.clone()],
        Ok(Object::Array(names)) => names
            .iter()
            .map(|name| name.as_name().map(<[u8]>::to_vec).map_err(|_| Fault::Damaged))
            .collect::<Result<_, _>>()?,
        Ok(Object::Null) | Err(_) => Vec::new(),
        Ok(_) => return Err(Fault::Damaged),
    };
    if names.len() > MOST_FILTERS { Err(Fault::TooMuch) } else { Ok(names) }
}

/// Undoes a stream's filters. The inner error: they can't be undone.
///
/// # Errors
///
/// The outer one: if more comes out than may still be unpacked.
pub(super) fn unpack(stream: &Stream, budget: &Budget) -> Result<Result<Vec<u8>, ()>, Fault> {
    let names = match filters(stream) {
        Ok(names) => names,
        Err(Fault::Damaged) => return Ok(Err(())),
        Err(fault) => return Err(fault),
    };
    let unpacked = if names.is_empty() {
        Ok(stream.content.clone())
    } else {
        stream.decompressed_content_with_limit(budget.left())
    };
    match unpacked {
        Ok(bytes) => {
            budget.spend(bytes.len())?;
            Ok(Ok(bytes))
        }
        Err(Error::Decompress(
            DecompressError::MemoryLimitExceeded { .. } | DecompressError::TooManyFilters { .. },
        )) => Err(Fault::TooMuch),
        Err(_) => Ok(Err(())),
    }
}
