//! What is lit in a picture: of a part of the traffic, the rows and ports that have some; with a focus on a source, a
//! port, a gate, or the traffic from one to the other, these, with the bubbles in flight, and the places that they
//! leave, pass and go to. Everything else steps back.

/// The source row, the port and the gate that are lit. By default none is set, and everything is lit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// A row of the middle column.
    pub row: Option<u32>,
    /// The slot of an end.
    pub slot: Option<u32>,
    /// A gate, by its number.
    pub gate: Option<u32>,
    /// Which flights to hosts are lit, where both ports and hosts are in view.
    pub hosts: LitHosts,
}

/// The flights to hosts that are lit, of those from the row that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LitHosts {
    /// Those to the slot that is lit: none, where that is a port's.
    #[default]
    InSlot,
    /// All of them.
    All,
    /// Those to a slot of their own.
    To(u32),
}

/// Share of its opacity that something keeps when it steps back.
pub const DIM: f32 = 0.22;

impl Focus {
    /// Whether anything steps back.
    #[must_use]
    pub fn is_some(self) -> bool {
        self.row.is_some() || self.slot.is_some() || self.gate.is_some() || self.host_slot().is_some()
    }

    /// The slot to which flights to hosts are lit; `None` for all.
    #[must_use]
    pub fn host_slot(self) -> Option<u32> {
        match self.hosts {
            LitHosts::InSlot => self.slot,
            LitHosts::All => None,
            LitHosts::To(slot) => Some(slot),
        }
    }

    /// Share of its opacity that a bubble keeps, where it keeps `dim` when it steps back; `light` in
    /// `shaders/motion.wgsl`.
    pub(super) fn light(self, flight: Flight, dim: f32) -> f32 {
        if self.takes(flight) { 1.0 } else { dim }
    }

    /// Whether a flight is lit.
    fn takes(self, flight: Flight) -> bool {
        let is = |wanted: Option<u32>, found: u32| wanted.is_none_or(|wanted| wanted == found);
        let to = if flight.is_to_host { self.host_slot() } else { self.slot };
        // What flies to a host that is lit by itself passes no gate.
        let by_itself = flight.is_to_host && self.hosts != LitHosts::InSlot;
        is(self.row, flight.row) && is(to, flight.slot) && (by_itself || is(self.gate, flight.gate))
    }
}

/// The places of a flight: the row that it leaves, the slot that it goes to, and the gate that it passes, 0 where there
/// are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub row: u32,
    pub slot: u32,
    pub gate: u32,
    pub is_to_host: bool,
}

/// The rows, ports and gates that are lit.
#[derive(Clone, Debug)]
pub(super) struct Lit {
    /// Whether each row, each slot and each gate is lit; `None` where everything is.
    some: Option<[Vec<bool>; 3]>,
    /// Share of its opacity that what steps back keeps.
    dim: f32,
}

impl Lit {
    /// Lights the focus, and the places of its flights. There are `[rows, slots, gates]`; what steps back keeps `dim`
    /// of its opacity.
    pub fn new(counts: [usize; 3], focus: Focus, dim: f32, flights: impl Iterator<Item = Flight>) -> Self {
        if !focus.is_some() {
            return Self::everything();
        }
        let mut lit = Self::places(counts, flights.filter(|flight| focus.takes(*flight)));
        let wanted = [(0, focus.row), (1, focus.slot), (1, focus.host_slot()), (2, focus.gate)];
        for (kind, wanted) in wanted {
            let lit = lit.some.as_mut().and_then(|lit| lit[kind].get_mut(wanted? as usize));
            if let Some(lit) = lit {
                *lit = true;
            }
        }
        Self { dim, ..lit }
    }

    /// Lights everything.
    pub fn everything() -> Self {
        Self { some: None, dim: DIM }
    }

    /// Lights the places of flights. There are `[rows, slots, gates]`.
    pub fn places(counts: [usize; 3], flights: impl Iterator<Item = Flight>) -> Self {
        let [mut rows, mut slots, mut gates] = counts.map(|count| vec![false; count]);
        for flight in flights {
            rows[flight.row as usize] = true;
            slots[flight.slot as usize] = true;
            if let Some(lit) = gates.get_mut(flight.gate as usize) {
                *lit = true;
            }
        }
        Self {
            some: Some([rows, slots, gates]),
            dim: DIM,
        }
    }

    /// Share of its opacity that a row keeps.
    pub fn row(&self, row: usize) -> f32 {
        self.share(0, row)
    }

    /// Share of its opacity that a port keeps.
    pub fn slot(&self, slot: usize) -> f32 {
        self.share(1, slot)
    }

    /// Share of its opacity that a gate keeps.
    pub fn gate(&self, number: usize) -> f32 {
        self.share(2, number)
    }

    /// Share of their opacity that ports keep that are too many to be told apart.
    pub fn crowd(&self) -> f32 {
        if self.is_everything() { 1.0 } else { self.dim }
    }

    /// Whether nothing steps back.
    pub fn is_everything(&self) -> bool {
        self.some.is_none()
    }

    fn share(&self, kind: usize, index: usize) -> f32 {
        match &self.some {
            Some(lit) if !lit[kind][index] => self.dim,
            _ => 1.0,
        }
    }
}
