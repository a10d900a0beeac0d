//! Before packets are taken back from an assessor, it is said what follows.

use actix_web::web;

use super::Answer;
use super::round_plan::or_plan;
use super::sure::{self, Sure};
use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::assign::packet as packets;
use crate::service::assign::people;
use crate::web::error::Failure;
use crate::web::page::{Layout, call, see_other};
use crate::web::session::StaffSession;

/// Asks before one packet is taken back.
pub(super) async fn ask_for_one(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    (slug, packet): (String, Id),
    assignment: &str,
) -> Answer {
    let (who, name, of) = (session.who.clone(), slug.clone(), packet.clone());
    let found = call(ctx, move |ctx| packets::view(ctx, &who, &name, &of)).await;
    let row = match or_plan(&slug, found)? {
        Ok(view) => view.row,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let given = row.given.into_iter().find(|own| own.id.as_str() == assignment);
    let given = given.ok_or(Failure::NotFound)?;
    let address = format!("/staff/rounds/{slug}/assignments/{packet}");
    // It was handed in, or has ended meanwhile: what follows is another thing, and the page says what.
    let follows = match (given.is_live(), given.waits) {
        (false, _) => return Ok(see_other(&address)),
        (_, true) => {
            "The assessor can’t read the packet any more from the next request on. What they have typed so far is not handed in."
        }
        (_, false) => {
            "The assessor can’t read the packet any more from the next request on. Their scores are handed in, and count no longer."
        }
    };
    sure::ask(&Sure {
        page: Layout::staff(ctx, session),
        question: "Take the packet back?",
        about: vec![("Assessor", given.name), ("Packet", Secret::new(row.reference))],
        follows,
        action: address.clone(),
        carried: vec![("action", "take_back".to_owned()), ("assignment", given.id.to_string())],
        button: "Take it back",
        leave: address,
    })
}

/// Asks before everything is taken back that somebody has in a round.
pub(super) async fn ask_for_all(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    (slug, assessor): (String, &Id),
    handed_in_too: bool,
) -> Answer {
    let (who, name) = (session.who.clone(), slug.clone());
    let found = call(ctx, move |ctx| people::list(ctx, &who, &name)).await;
    let people = match or_plan(&slug, found)? {
        Ok(view) => view.people,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let person = people.into_iter().find(|person| person.id == *assessor);
    let address = format!("/staff/rounds/{slug}/assignments");
    let mut carried = vec![("action", "end".to_owned()), ("assessor", assessor.to_string())];
    let follows = if handed_in_too {
        carried.push(("handed_in_too", "yes".to_owned()));
        "The assessor can’t read any packet of this round any more from the next request on. Scores that were handed in count no longer."
    } else {
        "The assessor can’t read the packets that wait for them any more from the next request on. What is handed in stays."
    };
    sure::ask(&Sure {
        page: Layout::staff(ctx, session),
        question: "Take all packets of this round back?",
        about: vec![("Assessor", person.ok_or(Failure::NotFound)?.name)],
        follows,
        leave: format!("{address}?assessor={assessor}"),
        action: address,
        carried,
        button: "Take all packets back",
    })
}
