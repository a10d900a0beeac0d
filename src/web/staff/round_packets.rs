//! The packets of a round: those in which nothing was found are released together.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::round_plan::RoundNav;
use super::{Answer, id};
use crate::domain::id::Id;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::packets::round::{self, RoundPackets, Stage};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/round_packets.html")]
struct RoundPacketsPage {
    page: Layout,
    round: RoundNav,
    packets: RoundPackets,
    stage: Stage,
    /// How many were looked through or released just now.
    done: Option<(&'static str, usize)>,
}

impl RoundPacketsPage {
    /// Whether the round has no application at all.
    fn is_empty(&self) -> bool {
        self.packets.counts.iter().all(|own| own.1 == 0)
    }

    fn count(&self, stage: Stage) -> usize {
        self.packets.counts.iter().find(|own| own.0 == stage).map_or(0, |own| own.1)
    }

    fn address(&self, stage: &Stage, page: usize) -> String {
        let (slug, word) = (&self.packets.round.slug, stage.word());
        match page {
            1 => format!("/staff/rounds/{slug}/packets?stage={word}"),
            page => format!("/staff/rounds/{slug}/packets?stage={word}&page={page}"),
        }
    }
}

/// What stands in the address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    stage: String,
    page: String,
    looked: String,
    released: String,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    wanted: web::Query<Wanted>,
) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let stage = match wanted.stage.as_str() {
        "" => None,
        word => {
            let found = Stage::ALL.into_iter().find(|stage| stage.word() == word);
            Some(found.ok_or(Failure::NotFound)?)
        }
    };
    let number = wanted.page.parse().unwrap_or(1);
    let done = [("looked", &wanted.looked), ("released", &wanted.released)]
        .into_iter()
        .find_map(|(what, count)| Some((what, count.parse().ok()?)));
    let (packets, stage) =
        call(&ctx, move |ctx| round::list(ctx, &session.who, &slug, stage, number)).await?;
    let round = RoundNav::new(&packets.round.slug, &packets.round.title(), "packets");
    send(&RoundPacketsPage { page, round, packets, stage, done })
}

pub(super) async fn act(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    posted: Posted,
) -> Answer {
    let own = |name: &str| ["action", "application"].contains(&name);
    let form = session.trust(posted.accept(own, &["application"])?)?;
    let address = format!("/staff/rounds/{slug}/packets");
    let who = session.who;
    match form.word("action") {
        "look" => {
            let looked = call(&ctx, move |ctx| round::look_through(ctx, &who, &slug)).await?;
            Ok(see_other(&format!("{address}?looked={looked}")))
        }
        "release" => {
            let chosen: Vec<Id> = form.words("application").map(id).collect::<Result<_, _>>()?;
            let released =
                call(&ctx, move |ctx| round::release_clear(ctx, &who, &slug, &chosen)).await?;
            Ok(see_other(&format!("{address}?released={released}")))
        }
        _ => Err(ServiceError::field("action", "Choose what is to be done").into()),
    }
}
