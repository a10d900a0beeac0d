//! The best way to share out, found by successive shortest paths (a flow of least cost).
//!
//! The flow runs from packets to assessors and ends in an assessor's load, whose next packet costs more than the one
//! before. One packet is placed at a time, along the cheapest chain: it goes to an assessor, who hands
//! another packet on to a second one, and so on to somebody who has a place. The cheapest chain keeps what is placed the
//! best possible for as many packets, so that no later look back is needed. Of the graph only the assessors are
//! walked; the packets between two of them are folded into the cheapest one to hand on.

/// How an assessor suits a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// Whether they know its field.
    pub(super) familiar: bool,
    /// How many of its tags they lack.
    pub(super) lacking: usize,
    /// What the seed drew.
    pub(super) drawn: u32,
}

/// How a packet and an assessor stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tie {
    Open,
    Barred,
    Kept,
    Given,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    tie: Tie,
    familiar: bool,
    cost: i128,
}

#[derive(Clone, Debug)]
struct Holder {
    load: u32,
    most: Option<u32>,
    /// The packets that they can hand on.
    given: Vec<usize>,
    /// Added to the way there, so that no step costs less than nothing and the nearest can be walked first.
    potential: i128,
    /// The cheapest packet to hand on to each other one, until something changes.
    steps: Option<Vec<Option<Step>>>,
}

impl Holder {
    fn has_room(&self) -> bool {
        self.most.is_none_or(|most| self.load < most)
    }
}

#[derive(Clone, Copy, Debug)]
struct Step {
    packet: usize,
    cost: i128,
}

/// The shortest way to an assessor that is known.
#[derive(Clone, Copy, Debug)]
struct Way {
    cost: i128,
    steps: usize,
    /// From whom, and with which packet; from the packet itself without it.
    from: Option<(usize, usize)>,
    walked: bool,
}

/// A packet finds no further place.
#[derive(Clone, Debug)]
pub(super) struct Short {
    /// All assessors that it could reach.
    pub(super) full: Vec<usize>,
    /// The other packets that they can hand on.
    pub(super) rivals: Vec<usize>,
}

/// Who holds what. Packets and assessors are numbered.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    cells: Vec<Vec<Cell>>,
    /// How many assessors from outside its field a packet has.
    strangers: Vec<usize>,
    holders: Vec<Holder>,
    stranger_cost: i128,
}

impl Shares {
    /// Nothing is shared out yet. For each assessor: the load, and the most that they take.
    pub(super) fn new(packets: usize, assessors: impl Iterator<Item = (u32, Option<u32>)>) -> Self {
        let holder = |(load, most)| Holder { load, most, given: vec![], potential: 0, steps: None };
        let holders: Vec<Holder> = assessors.map(holder).collect();
        let cell = Cell { tie: Tie::Open, familiar: true, cost: 0 };
        Self {
            cells: vec![vec![cell; holders.len()]; packets],
            strangers: vec![0; packets],
            holders,
            stranger_cost: 0,
        }
    }

    /// Keeps an assessor from a packet.
    pub(super) fn bar(&mut self, packet: usize, assessor: usize) {
        self.tie(packet, assessor, Tie::Barred);
    }

    /// Says how each assessor suits each packet, in the order of their numbers.
    pub(super) fn weigh<R>(&mut self, rows: impl Iterator<Item = R>)
    where
        R: Iterator<Item = Fit>,
    {
        let fits: Vec<Vec<Fit>> = rows.map(Iterator::collect).collect();
        let most_lacking = fits.iter().flatten().map(|fit| fit.lacking).max().unwrap_or(0);
        // A chain or a ring of chains touches each assessor once, and each of them with two packets. So many of the
        // lesser costs never outweigh one of the greater.
        let touched = 2 * wide(self.holders.len()) + 2;
        let lacking_cost = touched << u32::BITS;
        self.stranger_cost = touched * (wide(most_lacking) + 1) * lacking_cost;
        for (row, fits) in self.cells.iter_mut().zip(fits) {
            for (cell, fit) in row.iter_mut().zip(fits) {
                cell.familiar = fit.familiar;
                cell.cost = wide(fit.lacking) * lacking_cost + i128::from(fit.drawn);
            }
        }
    }

    /// Lets an assignment stand. Whether that is possible: not against a conflict.
    pub(super) fn keep(&mut self, packet: usize, assessor: usize) -> bool {
        let open = self.cell(packet, assessor).is_some_and(|cell| cell.tie == Tie::Open);
        if open {
            self.tie(packet, assessor, Tie::Kept);
            self.count_stranger(packet, assessor, true);
            if let Some(holder) = self.holders.get_mut(assessor) {
                holder.load = holder.load.saturating_add(1);
            }
        }
        open
    }

    /// How many assessors have no conflict with a packet.
    pub(super) fn candidates(&self, packet: usize) -> usize {
        self.row(packet).iter().filter(|cell| cell.tie != Tie::Barred).count()
    }

    /// Whether a packet was given to an assessor.
    pub(super) fn has(&self, packet: usize, assessor: usize) -> bool {
        self.cell(packet, assessor).is_some_and(|cell| cell.tie == Tie::Given)
    }

    /// The load of each assessor, in the order of their numbers.
    pub(super) fn loads(&self) -> impl Iterator<Item = u32> {
        self.holders.iter().map(|holder| holder.load)
    }

    /// Gives a packet to one more assessor, so that the whole stays the best possible.
    ///
    /// # Errors
    /// When nobody who can be reached has a place. Nothing has changed then.
    pub(super) fn place(&mut self, packet: usize) -> Result<(), Short> {
        let mut ways = self.first_ways(packet);
        let target = self.walk(&mut ways).ok_or_else(|| self.short(packet, &ways))?;
        let length = ways.get(target).copied().flatten().map_or(0, |way| way.cost);
        for (holder, way) in self.holders.iter_mut().zip(&ways) {
            // The usual sum, less the length of the chain for everyone, which changes no comparison.
            holder.potential += way.map_or(0, |way| (way.cost - length).min(0));
        }
        let mut to = target;
        while let Some((from, handed)) = ways.get(to).copied().flatten().and_then(|way| way.from) {
            self.take(handed, from);
            self.give(handed, to);
            to = from;
        }
        self.give(packet, to);
        if let Some(holder) = self.holders.get_mut(target) {
            holder.load = holder.load.saturating_add(1);
        }
        Ok(())
    }

    /// The ways of one step: from the packet to those who may see it.
    fn first_ways(&self, packet: usize) -> Vec<Option<Way>> {
        let stranger = self.next_stranger(packet);
        let way = |(cell, holder): (&Cell, &Holder)| {
            let cost = cell.cost + if cell.familiar { 0 } else { stranger } - holder.potential;
            (cell.tie == Tie::Open).then_some(Way { cost, steps: 1, from: None, walked: false })
        };
        self.row(packet).iter().zip(&self.holders).map(way).collect()
    }

    /// Walks on to the nearest one by one, and answers who has the least load of those with a place; of several the
    /// one with the cheapest chain.
    fn walk(&mut self, ways: &mut [Option<Way>]) -> Option<usize> {
        // The costs of ways are less the potential of their ends: adding it gives what the chain costs.
        let with_room = self.holders.iter().filter(|holder| holder.has_room());
        let (least, lowest) = with_room.map(|holder| (holder.load, holder.potential)).min().unzip();
        let mut best: Option<(u32, i128, usize)> = None;
        while let Some((here, reached)) = nearest(ways) {
            // Whoever is yet to come is at least as far and ends no cheaper.
            if best.is_some_and(|(load, cost, _)| {
                Some(load) == least && lowest.is_some_and(|lowest| reached.cost + lowest >= cost)
            }) {
                break;
            }
            if let Some(Some(way)) = ways.get_mut(here) {
                way.walked = true;
            }
            let Some(holder) = self.holders.get(here) else { break };
            let (load, potential) = (holder.load, holder.potential);
            let end = (load, reached.cost + potential, here);
            if holder.has_room() && best.is_none_or(|best| end < best) {
                best = Some(end);
            }
            self.find_steps(here);
            let steps = self.holders.get(here).and_then(|holder| holder.steps.as_ref());
            for ((way, step), other) in
                ways.iter_mut().zip(steps.into_iter().flatten()).zip(&self.holders)
            {
                let Some(step) = step else { continue };
                let on = Way {
                    cost: reached.cost + step.cost + potential - other.potential,
                    steps: reached.steps + 1,
                    from: Some((here, step.packet)),
                    walked: false,
                };
                // Of chains that cost the same the one with fewer steps: it never passes a packet twice.
                if way.is_none_or(|way| !way.walked && (on.cost, on.steps) < (way.cost, way.steps))
                {
                    *way = Some(on);
                }
            }
        }
        best.map(|(_, _, assessor)| assessor)
    }

    /// Finds the cheapest packet that an assessor can hand on to each other one, unless it is known.
    fn find_steps(&mut self, from: usize) {
        let Some(holder) = self.holders.get(from).filter(|holder| holder.steps.is_none()) else {
            return;
        };
        let mut steps: Vec<Option<Step>> = vec![None; self.holders.len()];
        for &packet in &holder.given {
            let Some(old) = self.cell(packet, from) else { continue };
            let next = self.next_stranger(packet);
            // One stranger fewer saves what the last one cost.
            let last = next - 2 * self.stranger_cost;
            let (to_familiar, to_stranger) = if old.familiar { (0, next) } else { (-last, 0) };
            for (step, cell) in steps.iter_mut().zip(self.row(packet)) {
                if cell.tie != Tie::Open {
                    continue;
                }
                let cost =
                    cell.cost - old.cost + if cell.familiar { to_familiar } else { to_stranger };
                if step.is_none_or(|known| cost < known.cost) {
                    *step = Some(Step { packet, cost });
                }
            }
        }
        if let Some(holder) = self.holders.get_mut(from) {
            holder.steps = Some(steps);
        }
    }

    fn short(&self, packet: usize, ways: &[Option<Way>]) -> Short {
        let reached =
            || ways.iter().enumerate().filter(|(_, way)| way.is_some()).map(|(place, _)| place);
        let given =
            reached().filter_map(|place| self.holders.get(place)).flat_map(|holder| &holder.given);
        let mut rivals: Vec<usize> = given.copied().filter(|other| *other != packet).collect();
        rivals.sort_unstable();
        rivals.dedup();
        Short { full: reached().collect(), rivals }
    }

    fn give(&mut self, packet: usize, assessor: usize) {
        self.tie(packet, assessor, Tie::Given);
        self.count_stranger(packet, assessor, true);
        if let Some(holder) = self.holders.get_mut(assessor) {
            holder.given.push(packet);
        }
        self.forget_steps(packet);
    }

    fn take(&mut self, packet: usize, assessor: usize) {
        self.forget_steps(packet);
        self.tie(packet, assessor, Tie::Open);
        self.count_stranger(packet, assessor, false);
        if let Some(holder) = self.holders.get_mut(assessor) {
            holder.given.retain(|given| *given != packet);
        }
    }

    /// What all who hold a packet know about handing it on may have changed.
    fn forget_steps(&mut self, packet: usize) {
        let Some(row) = self.cells.get(packet) else { return };
        for (cell, holder) in row.iter().zip(&mut self.holders) {
            if cell.tie == Tie::Given {
                holder.steps = None;
            }
        }
    }

    /// What one more assessor from outside its field costs a packet: 1, 3, 5 … add up to a square.
    fn next_stranger(&self, packet: usize) -> i128 {
        let strangers = self.strangers.get(packet).copied().unwrap_or_default();
        (2 * wide(strangers) + 1) * self.stranger_cost
    }

    fn count_stranger(&mut self, packet: usize, assessor: usize, comes: bool) {
        let familiar = self.cell(packet, assessor).is_none_or(|cell| cell.familiar);
        if let Some(strangers) = self.strangers.get_mut(packet).filter(|_| !familiar) {
            *strangers = if comes { *strangers + 1 } else { strangers.saturating_sub(1) };
        }
    }

    fn tie(&mut self, packet: usize, assessor: usize, tie: Tie) {
        if let Some(cell) = self.cells.get_mut(packet).and_then(|row| row.get_mut(assessor)) {
            cell.tie = tie;
        }
    }

    fn row(&self, packet: usize) -> &[Cell] {
        self.cells.get(packet).map_or(&[], Vec::as_slice)
    }

    fn cell(&self, packet: usize, assessor: usize) -> Option<Cell> {
        self.row(packet).get(assessor).copied()
    }
}

/// The nearest that was not walked to yet.
fn nearest(ways: &[Option<Way>]) -> Option<(usize, Way)> {
    let mut nearest: Option<(usize, Way)> = None;
    for (place, way) in ways.iter().enumerate() {
        let Some(way) = way else { continue };
        let nearer = |(_, known): (_, Way)| (way.cost, way.steps) < (known.cost, known.steps);
        if !way.walked && nearest.is_none_or(nearer) {
            nearest = Some((place, *way));
        }
    }
    nearest
}

fn wide(count: usize) -> i128 {
    // No machine has as many things in memory as would not fit.
    i128::try_from(count).unwrap_or(i128::MAX)
}
