//! People whose rosters are listed together, and what they may do.

use std::sync::Arc;

use crate::bound::lagrangian::Lagrangian;
use crate::bound::roster::Offer;

/// What the people of a unit may do together.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Position and person, sorted.
    pub(super) held: Vec<(u32, u32)>,
    /// Own cost and that between the people of the unit, scaled.
    pub(super) cost: i64,
    /// Links to companions outside the unit whose events happen.
    pub(super) links: Vec<u32>,
    /// How far that less its prices was above the least at the point where it was listed.
    pub(super) slack: i64,
}

impl Column {
    /// Cost less prices, at what is offered.
    pub(super) fn reduced(&self, offer: Offer<'_>) -> i64 {
        let paid: i64 = self.held.iter().map(|held| offer.prices[held.0 as usize]).sum();
        let linked: i64 = self.links.iter().map(|&link| offer.companion[link as usize]).sum();
        self.cost + linked - paid
    }
}

/// People whose rosters depend on each other by more than the positions; mostly one.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) people: Vec<u32>,
    /// The companions' nights within the unit.
    pub(super) couplings: Vec<usize>,
    /// Whether the columns are all that a plan below the limit can hold.
    pub(super) complete: bool,
    pub(super) columns: Arc<Vec<Column>>,
    /// Those that are left, in order.
    pub(super) alive: Vec<u32>,
}

impl Unit {
    pub(super) fn new(
        people: Vec<u32>,
        couplings: Vec<usize>,
        complete: bool,
        mut columns: Vec<Column>,
    ) -> Self {
        columns.sort_by(|a, b| a.slack.cmp(&b.slack).then_with(|| a.held.cmp(&b.held)));
        let alive = (0..columns.len() as u32).collect();
        Self { people, couplings, complete, columns: Arc::new(columns), alive }
    }

    /// Nobody, for whom there is nothing to choose: what is left where another unit has taken the people in.
    pub(super) fn nobody() -> Self {
        let column = Column { held: Vec::new(), cost: 0, links: Vec::new(), slack: 0 };
        Self::new(Vec::new(), Vec::new(), true, vec![column])
    }

    /// The columns that are left, with their numbers.
    pub(super) fn alive(&self) -> impl Iterator<Item = (u32, &Column)> {
        self.alive.iter().map(|&at| (at, &self.columns[at as usize]))
    }

    /// The only column that is left, where one is.
    pub(super) fn settled(&self) -> Option<&Column> {
        match self.alive[..] {
            [at] if self.complete => Some(&self.columns[at as usize]),
            _ => None,
        }
    }

    /// Keeps only such columns.
    pub(super) fn retain(&mut self, keep: impl Fn(u32) -> bool) {
        self.alive.retain(|&column| keep(column));
        // Whoever had too many rosters to list has one that is chosen now, or is left as they are.
        self.complete |= self.alive.len() == 1;
    }

    /// The least of the columns at the point looked at.
    pub(super) fn least(&self, lagrangian: &Lagrangian) -> i64 {
        let offer = lagrangian.offer();
        self.alive().map(|(_, column)| column.reduced(offer)).min().unwrap_or(i64::MAX / 8)
    }

    /// The number of such a column, which is added if it is new.
    pub(super) fn add(&mut self, column: Column) -> u32 {
        if let Some(at) = self.columns.iter().position(|known| known.held == column.held) {
            return at as u32;
        }
        let columns = Arc::make_mut(&mut self.columns);
        columns.push(column);
        self.alive.push(columns.len() as u32 - 1);
        columns.len() as u32 - 1
    }
}
