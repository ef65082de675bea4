//! What is lit in a picture: of a part of the traffic, the rows and ports that have some; with a focus on a source, a
//! port, or the traffic from one to the other, these, with the bubbles in flight, and the places that they leave and
//! go to. Everything else steps back.

/// The source row and the port that are lit. By default neither is set, and everything is lit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// A row of the middle column.
    pub row: Option<u32>,
    /// A port slot.
    pub slot: Option<u32>,
}

/// Share of its opacity that something keeps when it steps back.
pub const DIM: f32 = 0.22;

impl Focus {
    /// Whether anything steps back.
    #[must_use]
    pub fn is_some(self) -> bool {
        self.row.is_some() || self.slot.is_some()
    }

    /// Share of its opacity that a bubble from a row to a port keeps; `light` in `shaders/bubble.wgsl`.
    pub(super) fn light(self, row: usize, slot: usize) -> f32 {
        let is = |wanted: Option<u32>, found: usize| wanted.is_none_or(|wanted| wanted as usize == found);
        if is(self.row, row) && is(self.slot, slot) {
            1.0
        } else {
            DIM
        }
    }
}

/// The rows and ports that are lit.
#[derive(Clone, Debug)]
pub(super) struct Lit {
    /// Whether each row and each slot is lit; `None` where everything is.
    some: Option<[Vec<bool>; 2]>,
}

impl Lit {
    /// Lights the focus, and the rows and ports at the other end of its flights: the row and the slot of each of
    /// `flights`. There are `[rows, slots]`.
    pub fn new([rows, slots]: [usize; 2], focus: Focus, flights: impl Iterator<Item = (u32, u32)>) -> Self {
        if !focus.is_some() {
            return Self { some: None };
        }
        let (mut rows, mut slots) = (vec![false; rows], vec![false; slots]);
        for (lit, wanted) in [(&mut rows, focus.row), (&mut slots, focus.slot)] {
            if let Some(lit) = wanted.and_then(|wanted| lit.get_mut(wanted as usize)) {
                *lit = true;
            }
        }
        for (row, slot) in flights {
            if focus.row.is_none_or(|wanted| wanted == row) && focus.slot.is_none_or(|wanted| wanted == slot) {
                rows[row as usize] = true;
                slots[slot as usize] = true;
            }
        }
        Self {
            some: Some([rows, slots]),
        }
    }

    /// Lights everything.
    pub fn everything() -> Self {
        Self { some: None }
    }

    /// Lights the ends of flights: the row and the slot of each. There are `[rows, slots]`.
    pub fn ends([rows, slots]: [usize; 2], flights: impl Iterator<Item = (u32, u32)>) -> Self {
        let (mut rows, mut slots) = (vec![false; rows], vec![false; slots]);
        for (row, slot) in flights {
            rows[row as usize] = true;
            slots[slot as usize] = true;
        }
        Self {
            some: Some([rows, slots]),
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

    /// Share of their opacity that ports keep that are too many to be told apart.
    pub fn crowd(&self) -> f32 {
        if self.is_everything() { 1.0 } else { DIM }
    }

    /// Whether nothing steps back.
    pub fn is_everything(&self) -> bool {
        self.some.is_none()
    }

    fn share(&self, kind: usize, index: usize) -> f32 {
        match &self.some {
            Some(lit) if !lit[kind][index] => DIM,
            _ => 1.0,
        }
    }
}
