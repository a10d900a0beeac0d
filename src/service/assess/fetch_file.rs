//! An assessor fetches a file of a packet. Each time is in the audit before anything is handed out.

use serde_json::json;

use super::own::{OwnAssignment, still};
use crate::domain::file::{About, FileKind};
use crate::domain::secret::SecretBytes;
use crate::domain::slot::Slot;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::packet_files::{self, PacketFile};
use crate::store::{StoreError, audit};
use crate::vault::DataKey;

/// A file of a packet, as its page names it.
#[derive(Clone)]
pub struct FileView {
    /// Its number, from 1.
    pub number: i64,
    /// What was asked.
    pub label: String,
    /// What it is called: a name of ours.
    pub name: String,
    /// Its kind and size in words.
    pub what: String,
}

/// A file as it is handed out.
pub struct Fetched {
    /// What it is called: a name of ours.
    pub name: String,
    /// What kind of file it is, for browsers.
    pub media_type: &'static str,
    /// What is in it.
    pub content: SecretBytes,
}

/// Hands out the file with a number, from 1.
///
/// # Errors
/// [`ServiceError::NotFound`] when there is none, or when the packet can't be read yet, or not any more;
/// [`ServiceError::Busy`], [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn fetch(
    ctx: &Context,
    who: &Assessor,
    own: &OwnAssignment,
    number: i64,
) -> Result<Fetched, ServiceError> {
    let actor = Actor::Assessor(who.id.clone());
    let mut found = own.each_try(who);
    ctx.steadily(|generation| {
        let own = found(ctx)?;
        own.must_be_readable()?;
        let (detail, packet) = (json!({ "file": number }), &own.own.packet.id);
        let entry = ctx.audit(&actor, audit::PACKET_FILE_OPENED, Some(packet), &detail)?;
        let (assessor, before) = (who.id.clone(), own.own.clone());
        let (now, file, sealed) = ctx.write_under(generation, move |connection| {
            let now = still(connection, &assessor, &before)?;
            let file = packet_files::at(connection, &now.packet.id, number.saturating_sub(1))?;
            let (file, sealed) = file.ok_or(StoreError::NotFound)?;
            audit::insert(connection, &entry)?;
            Ok((now, file, sealed))
        })?;
        let key = ctx.unwrap_key(&now.key, &now.packet.dossier_id)?;
        let (about, kind) = opened(ctx, &key, &file)?;
        let (slot, dossier) = (Slot::PacketFileContent, &file.dossier_id);
        let content = ctx.open_bytes(&key, slot, &file.id, dossier, &sealed)?;
        Ok(Fetched { name: about.name, media_type: kind.media_type(), content })
    })
}

/// The files of a packet as its page names them.
pub(super) fn views(
    ctx: &Context,
    key: &DataKey,
    files: &[PacketFile],
) -> Result<Vec<FileView>, ServiceError> {
    let view = |file: &PacketFile| {
        let (about, kind) = opened(ctx, key, file)?;
        Ok(FileView {
            number: file.position + 1,
            label: file.label.clone(),
            name: about.name,
            what: kind.with_size(about.size),
        })
    };
    files.iter().map(view).collect()
}

fn opened(
    ctx: &Context,
    key: &DataKey,
    file: &PacketFile,
) -> Result<(About, FileKind), ServiceError> {
    let unreadable = || ServiceError::internal(format!("file {} can't be read", file.id));
    let (slot, dossier) = (Slot::PacketFileAbout, &file.dossier_id);
    let about = ctx.open(key, slot, &file.id, dossier, &file.about)?;
    let about = serde_json::from_str(about.expose()).map_err(|_| unreadable())?;
    Ok((about, file.kind.parse().map_err(|_| unreadable())?))
}
