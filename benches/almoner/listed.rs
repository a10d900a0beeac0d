//! The officer's list at three sizes, the searches in it, the start of a site, and what it holds in memory.

use almoner::service::list_applications::{self, ListQuery};

use super::fill;
use super::http::{Connection, Load, get, load, post};
use super::server::Server;
use super::site::Site;
use super::table::{Table, Target};
use super::{Effort, Outcome, median};

/// The sizes of the sites: the costs at the last are compared with those at the first.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// How many applications stand on a page.
const PAGE: usize = 50;
/// The page far down that is asked for, where a site has so many.
const FAR: usize = 500;
/// The most queries that a page may cost.
const MOST_QUERIES: f64 = 6.0;

/// A site that is being served.
struct Served {
    size: usize,
    site: Site,
    server: Server,
    /// The first page, and one far down.
    pages: [Vec<u8>; 2],
    /// The name in addresses of the second round.
    second_round: String,
    /// How many queries a page costs.
    queries: u64,
}

/// Measures it.
pub fn measure(effort: Effort, wanted: &dyn Fn(&str) -> bool, table: &mut Table) -> Outcome<()> {
    let mut served = Vec::new();
    for size in SIZES {
        println!("{size} applications are filled in …");
        served.push(Served::make(size)?);
    }
    if wanted("list") {
        list(effort, &served, table)?;
    }
    let largest = served.last().ok_or("no site")?;
    if wanted("list") {
        let (most, _) = largest.server.memory()?;
        table.add("memory under lists of 100,000, most", most, "MB", Target::AtMost(80.0));
    }
    if wanted("search") {
        search(effort, largest, table)?;
        let (most, _) = largest.server.memory()?;
        table.add("memory after searches in 100,000, most", most, "MB", Target::None);
    }
    if wanted("start") {
        start(effort, served, table)?;
    }
    Ok(())
}

impl Served {
    fn make(size: usize) -> Outcome<Self> {
        let mut second_round = String::new();
        let mut queries = 0;
        let site = Site::make(|settings, ctx, _, staff| {
            let rounds = fill::fill(settings, size)?;
            second_round = rounds.into_iter().nth(1).ok_or("one round only")?;
            list_applications::list(ctx, staff, &ListQuery::default())?;
            let before = ctx.queries();
            list_applications::list(ctx, staff, &ListQuery::default())?;
            // And one to see who asks.
            queries = ctx.queries() - before + 1;
            Ok(())
        })?;
        let server = Server::start(&site)?;
        let first = get("/staff/applications", &site.cookie);
        let far = far(&site, server.port, size)?;
        Ok(Self { size, site, server, pages: [first, far], second_round, queries })
    }
}

/// The request for a page far down, found by following the links from page to page.
fn far(site: &Site, port: u16, size: usize) -> Outcome<Vec<u8>> {
    let mut connection = Connection::open(port)?;
    let mut path = "/staff/applications".to_owned();
    for _ in 1..FAR.min(size / PAGE) {
        let answer = connection.send(&get(&path, &site.cookie))?;
        let page = std::str::from_utf8(answer.body)?;
        let (_, link) =
            page.rsplit_once("href=\"/staff/applications?after=").ok_or("no next page")?;
        let (after, _) = link.split_once('"').ok_or("no end of a link")?;
        path = format!("/staff/applications?after={after}");
    }
    Ok(get(&path, &site.cookie))
}

/// What a site was measured to do.
struct Measured {
    load: Load,
    /// The time on a core that a page costs, in milliseconds.
    core_time: f64,
}

/// The sites' measurements, in each round.
struct Rounds(Vec<Vec<Measured>>);

impl Rounds {
    /// Lets each site in turn answer so many requests for one of its pages, several times over.
    fn run(effort: Effort, served: &[Served], page: usize, connections: usize) -> Outcome<Self> {
        let count = if connections == 1 { effort.requests / 4 } else { effort.requests };
        let one = |site: &Served| -> Outcome<Measured> {
            let page = site.pages.get(page).ok_or("no such page")?;
            let before = site.server.core_time()?;
            let load = load(site.server.port, connections, &vec![page.clone(); count], 200)?;
            let core_time = (site.server.core_time()? - before) / count as f64;
            Ok(Measured { load, core_time })
        };
        let rounds = (0..effort.rounds).map(|_| served.iter().map(one).collect());
        Ok(Self(rounds.collect::<Outcome<_>>()?))
    }

    /// The median of a figure of one site.
    fn of(&self, site: usize, figure: impl Fn(&Measured) -> f64) -> f64 {
        median(self.0.iter().filter_map(|round| round.get(site).map(&figure)).collect())
    }

    /// The median of the ratios of a figure: that of the largest site to that of the smallest.
    fn ratio(&self, figure: impl Fn(&Measured) -> f64) -> f64 {
        let ratio = |round: &Vec<Measured>| Some(figure(round.last()?) / figure(round.first()?));
        median(self.0.iter().filter_map(ratio).collect())
    }
}

fn list(effort: Effort, served: &[Served], table: &mut Table) -> Outcome<()> {
    for (place, page) in ["first page", "page 500"].into_iter().enumerate() {
        for connections in [16, 1] {
            let rounds = Rounds::run(effort, served, place, connections)?;
            let many = connections > 1;
            for (at, site) in served.iter().enumerate() {
                let what = |figure: &str| {
                    format!("{page} of {:>6}, {connections:>2} connections, {figure}", site.size)
                };
                table.add(what("rate"), rounds.of(at, |own| own.load.rate()), "/s", Target::None);
                table.add(what("p50"), rounds.of(at, |own| own.load.p50()), "ms", Target::None);
                let asked = if many { Target::AtMost(15.0) } else { Target::None };
                table.add(what("p99"), rounds.of(at, |own| own.load.percentile(99)), "ms", asked);
                let core_time = rounds.of(at, |own| own.core_time);
                table.add(what("core time"), core_time, "ms", Target::None);
            }
            let what = format!("{page}, {connections:>2} connections, 100000 : 1000");
            let time = rounds.ratio(|own| 1.0 / own.load.rate());
            table.add(format!("{what}, time"), time, "", Target::AtMost(1.3));
            let core_time = rounds.ratio(|own| own.core_time);
            table.add(format!("{what}, core time"), core_time, "", Target::AtMost(1.3));
        }
    }
    for site in served {
        let what = format!("queries for a page of {}", site.size);
        table.add(what, site.queries as f64, "", Target::AtMost(MOST_QUERIES));
    }
    Ok(())
}

fn search(effort: Effort, served: &Served, table: &mut Table) -> Outcome<()> {
    let token = ("token", served.site.token.as_str());
    let request = |fields: &[(&str, &str)]| {
        let fields: Vec<_> = std::iter::once(token).chain(fields.iter().copied()).collect();
        post("/staff/applications", &served.site.cookie, &fields)
    };
    let (in_second, in_all) = fill::rare(served.size);
    let by_name = [("name", fill::NEEDLE)];
    let in_round = [("round", served.second_round.as_str()), ("name", fill::NEEDLE)];
    let person = served.size / 3;
    let (address, username) = (fill::address(person), fill::username(person));
    let cases = [
        (
            "a part of the name in a round of 10,000",
            request(&in_round),
            fill::RARE_NAME,
            in_second,
            100.0,
        ),
        ("a part of the name in all 100,000", request(&by_name), fill::RARE_NAME, in_all, 1_000.0),
        ("an e-mail address", request(&[("email", &address)]), username.as_str(), 1, 3.0),
    ];
    for (what, request, shown, times, most) in cases {
        // A connection of its own: the server closes one that waits while another search is measured.
        let mut connection = Connection::open(served.server.port)?;
        let answer = connection.send(&request)?;
        let page = std::str::from_utf8(answer.body)?;
        if answer.status != 200 || page.matches(shown).count() < times {
            return Err(format!("{what} does not find {times} times {shown}: {page}").into());
        }
        let before = served.server.core_time()?;
        let load = load(served.server.port, 1, &vec![request; effort.rounds * 3], 200)?;
        let core_time = (served.server.core_time()? - before) / load.each.len() as f64;
        table.add(format!("search for {what}, p50"), load.p50(), "ms", Target::AtMost(most));
        table.add(format!("search for {what}, core time"), core_time, "ms", Target::None);
    }
    Ok(())
}

fn start(effort: Effort, served: Vec<Served>, table: &mut Table) -> Outcome<()> {
    for Served { size, site, server, .. } in served {
        drop(server);
        let mut times = Vec::new();
        for _ in 0..effort.rounds {
            let server = Server::start(&site)?;
            times.push(server.started_in.as_secs_f64() * 1e3);
        }
        let what = format!("start to first answer, {size} applications");
        table.add(what, median(times), "ms", Target::AtMost(200.0));
    }
    Ok(())
}
