//! Final submit over HTTP, beside a bare loop that writes the same.

use std::time::Instant;

use almoner::clock::{Clock as _, SystemClock};

use super::apply::{self, Ready};
use super::bare::Bare;
use super::http::{load, post};
use super::server::Server;
use super::site::Site;
use super::table::{Table, Target};
use super::{Effort, Outcome, median};

/// How many people submit at 16 connections in each round.
const AT_SIXTEEN: usize = 64;
/// How many people submit at one connection in each round: as many as the bare loop writes, since work that comes in
/// turns, such as moving the log into the database, must fall to both alike.
const AT_ONE: usize = 48;
/// How many the bare loop writes in each round.
const BARE: usize = 48;

/// Measures it.
pub fn measure(effort: Effort, table: &mut Table) -> Outcome<()> {
    let mut ready = Vec::new();
    let count = effort.rounds * (AT_SIXTEEN + AT_ONE);
    println!("{count} people fill in their forms …");
    let site = Site::make(|settings, ctx, mailer, _| {
        ready = apply::drafts(ctx, mailer, &settings.mail.folder, count)?;
        Ok(())
    })?;
    let copy = site.database()?.with_file_name("copy.db");
    std::fs::copy(site.database()?, &copy)?;
    let mut bare = Bare::open(&copy, SystemClock.now().naive_utc())?;
    let server = Server::start(&site)?;
    let mut people = ready.iter().map(request);
    let mut figures = Vec::new();
    let before = server.core_time()?;
    for _ in 0..effort.rounds {
        let began = Instant::now();
        bare.submit(BARE)?;
        let bare = BARE as f64 / began.elapsed().as_secs_f64();
        let sixteen: Vec<_> = people.by_ref().take(AT_SIXTEEN).collect();
        let sixteen = load(server.port, 16, &sixteen, 303)?;
        let one: Vec<_> = people.by_ref().take(AT_ONE).collect();
        let one = load(server.port, 1, &one, 303)?;
        figures.push((bare, sixteen, one));
    }
    let all = |figure: fn(&(f64, super::http::Load, super::http::Load)) -> f64| {
        median(figures.iter().map(figure).collect())
    };
    table.add("submit, bare loop", all(|round| round.0), "/s", Target::None);
    table.add("submit, 16 connections", all(|round| round.1.rate()), "/s", Target::None);
    table.add("submit, 16 connections, p50", all(|round| round.1.p50()), "ms", Target::None);
    table.add("submit, 1 connection", all(|round| round.2.rate()), "/s", Target::None);
    table.add("submit, 1 connection, p50", all(|round| round.2.p50()), "ms", Target::None);
    let ratio = all(|round| round.1.rate() / round.0);
    table.add("submit, 16 connections : bare loop", ratio, "", Target::AtLeast(0.5));
    let ratio = all(|round| round.2.rate() / round.0);
    table.add("submit, 1 connection : bare loop", ratio, "", Target::AtLeast(0.5));
    let core_time = (server.core_time()? - before) / count as f64;
    table.add("submit, core time", core_time, "ms", Target::None);
    let (most, _) = server.memory()?;
    table.add("memory under submits, most", most, "MB", Target::AtMost(80.0));
    Ok(())
}

fn request(who: &Ready) -> Vec<u8> {
    let path = format!("/applications/{}/check", who.application);
    post(&path, &who.cookie, &[("token", &who.token)])
}
