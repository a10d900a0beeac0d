//! An officer releases a packet, or closes it.

use serde_json::json;

use super::files::Redacted;
use super::laid::{Laid, Looked, write};
use crate::domain::class::Class;
use crate::domain::consent::Purpose;
use crate::domain::file::About;
use crate::domain::id::Id;
use crate::domain::packet::FieldKind;
use crate::domain::programme::OutsideAssessment;
use crate::domain::retention::KeptUntil;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::permitted::ReceivedApplication;
use crate::service::session::Staff;
use crate::store::dossiers::{self, Kind, NewDossier};
use crate::store::packet_files::{self, NewPacketFile};
use crate::store::packets::{self, Field, Packet};
use crate::store::{StoreError, applications, audit, consents, preparations};
use crate::vault::DataKey;

/// What a release writes, apart from the work on it.
struct Release {
    dossier: Option<NewDossier>,
    /// The packet as it was released last; none the first time.
    again: Option<Packet>,
    packet: Packet,
    fields: Vec<Field>,
    files: Vec<NewPacketFile>,
}

/// Releases a packet as it stands: assessors to whom it is given can read it from now on. Released anew, it replaces
/// what they read, and the scores that were given stay. `seen` says which state of it somebody looked at: what they did not
/// see is not released.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::Conflict`] when there can be no packet.
pub fn release(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    seen: &str,
) -> Result<(), ServiceError> {
    match release_if(ctx, who, received, |laid, _| laid.seen() == seen)? {
        true => Ok(()),
        false => Err(ServiceError::Conflict),
    }
}

/// The same if it is what somebody expects it to be. Answers whether it was.
pub(super) fn release_if(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    expected: impl Fn(&Laid, &[Looked]) -> bool,
) -> Result<bool, ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let actor = who.acting(Permission::ReviewApplications);
    ctx.steadily(|generation| {
        let received = received.renewed(ctx)?;
        let mut laid = Laid::lay(ctx, &received)?;
        if laid.no_packet().is_some() {
            return Err(ServiceError::Conflict.into());
        }
        let looked = laid.look();
        if !expected(&laid, &looked) {
            return Ok(false);
        }
        let release = Release::of(ctx, &laid, &looked)?;
        laid.work.files = laid
            .files
            .iter()
            .filter_map(|own| Some((own.question.clone(), own.ready()?.row.id.to_string())))
            .collect();
        let mut row = laid.row(ctx, &looked)?;
        row.packet_id = Some(release.packet.id.clone());
        row.released_from = Some(laid.opened.application.changed_at);
        let detail = json!({
            "packet": release.packet.id,
            "version": release.packet.version,
            "files": release.files.len(),
        });
        let entry = ctx.audit(&actor, audit::PACKET_RELEASED, Some(received.id()), &detail)?;
        let by_consent =
            laid.opened.round.programme.outside_assessment == OutsideAssessment::WithConsent;
        let (before, application) = (laid.before, laid.opened.application);
        ctx.write_under(generation, move |connection| {
            // From here on it neither changes nor is taken back, and no consent is withdrawn, until this is done.
            applications::hold_still(connection, &application)?;
            let purpose = Purpose::OutsideAssessment;
            if by_consent && !consents::stands(connection, &application.id, &purpose.word())? {
                return Err(StoreError::Conflict);
            }
            if let Some(dossier) = &release.dossier {
                dossiers::insert(connection, dossier)?;
            }
            match &release.again {
                Some(last) => {
                    packets::release_again(connection, last, release.packet.released_on)?;
                }
                None => packets::insert(connection, &release.packet)?,
            }
            packets::replace_fields(connection, &release.packet.id, &release.fields)?;
            packet_files::replace(connection, &release.packet.id, &release.files)?;
            write(connection, before.as_ref(), &row)?;
            audit::insert(connection, &entry)
        })?;
        Ok::<bool, StoreOrService>(true)
    })
}

impl Release {
    fn of(ctx: &Context, laid: &Laid, looked: &[Looked]) -> Result<Self, ServiceError> {
        let application = &laid.opened.application;
        let known = laid.before.as_ref().and_then(|before| before.packet_id.clone());
        let again = match known {
            Some(id) => ctx.store.read(|connection| packets::find(connection, &id))?,
            None => None,
        };
        let (dossier, key, packet) = match &again {
            Some(last) => {
                let packet = Packet { version: last.version + 1, ..last.clone() };
                (None, ctx.data_key(&last.dossier_id)?, packet)
            }
            None => {
                let parent = &application.dossier_id;
                let clock = ctx.store.read(|connection| dossiers::clock(connection, parent))?;
                let rule = clock.rule.parse().map_err(ServiceError::internal)?;
                let kept = KeptUntil { last_day: clock.keep_until, rule };
                let (dossier, key) =
                    ctx.new_dossier(Kind::Packet, Class::Packet, Some(parent), kept)?;
                let packet = Packet {
                    id: ctx.id()?,
                    dossier_id: dossier.id.clone(),
                    round_id: application.round_id.clone(),
                    version: 1,
                    state: packets::RELEASED.to_owned(),
                    released_on: ctx.today(),
                };
                (Some(dossier), key, packet)
            }
        };
        let packet = Packet { released_on: ctx.today(), ..packet };
        let username = (FieldKind::GithubUsername, "GitHub username".to_owned(), laid.username());
        let answers =
            looked.iter().map(|own| (own.shared.kind, own.shared.label.clone(), own.struck()));
        let fields = std::iter::once(username)
            .chain(answers)
            .zip(0_i64..)
            .map(|(content, position)| field(ctx, &key, &packet, position, content))
            .collect::<Result<Vec<_>, _>>()?;
        let ready = laid.files.iter().filter_map(|own| Some((own, own.ready()?)));
        let files = ready
            .zip(0_i64..)
            .map(|((own, redacted), position)| {
                let from = (&laid.opened.key, redacted);
                file(ctx, from, (&key, &packet), position, &own.label)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { dossier, again, packet, fields, files })
    }
}

fn field(
    ctx: &Context,
    key: &DataKey,
    packet: &Packet,
    position: i64,
    (kind, label, text): (FieldKind, String, Secret),
) -> Result<Field, ServiceError> {
    let id = ctx.id()?;
    let value = ctx.seal(key, Slot::PacketFieldValue, &id, &packet.dossier_id, &text)?;
    let (dossier_id, packet_id) = (packet.dossier_id.clone(), packet.id.clone());
    Ok(Field { id, dossier_id, packet_id, position, kind: kind.word().to_owned(), label, value })
}

/// A redacted version, opened and sealed anew for the packet, under a name that tells nothing.
fn file(
    ctx: &Context,
    (from, redacted): (&DataKey, &Redacted),
    (key, packet): (&DataKey, &Packet),
    position: i64,
    label: &str,
) -> Result<NewPacketFile, ServiceError> {
    let dossier = &packet.dossier_id;
    let content = redacted.content(ctx, from)?.ok_or(ServiceError::Conflict)?;
    let name = format!("attachment-{}.{}", position + 1, redacted.kind.extension());
    let about = About { name, size: content.expose().len() };
    let id = ctx.id()?;
    Ok(NewPacketFile {
        about: ctx.seal_json(key, Slot::PacketFileAbout, &id, dossier, &about)?,
        content: ctx.seal_bytes(key, Slot::PacketFileContent, &id, dossier, &content)?,
        id,
        dossier_id: dossier.clone(),
        packet_id: packet.id.clone(),
        position,
        kind: redacted.kind.word().to_owned(),
        label: label.to_owned(),
    })
}

/// Closes a packet: nobody outside reads it from the next request on. It can be released again.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers.
pub fn close(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
) -> Result<(), ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let actor = who.acting(Permission::ReviewApplications);
    let entry = ctx.audit_plain(&actor, audit::PACKET_CLOSED, received.id())?;
    let id: Id = received.id().clone();
    Ok(ctx.store.write(move |connection| match preparations::close(connection, &id)? {
        Some(_) => audit::insert(connection, &entry),
        None => Ok(()),
    })?)
}
