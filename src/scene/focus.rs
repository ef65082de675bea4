//! What a picture draws attention to: a country, a port, or the traffic from one to the other.
//! The rest steps back; what belongs to it now stays lit.

use super::Scene;
use crate::log::Bubbles;
use std::ops::Range;

/// What is lit; nothing by default, and then everything is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// A row of the middle column.
    pub row: Option<u32>,
    /// A port slot.
    pub slot: Option<u32>,
}

/// Opacity of what steps back, as a share of its own.
pub const DIM: f32 = 0.22;

impl Focus {
    /// Whether anything steps back.
    #[must_use]
    pub fn is_some(self) -> bool {
        self.row.is_some() || self.slot.is_some()
    }
}

/// Which rows and ports are lit.
#[derive(Debug)]
pub(super) struct Lit {
    /// By row.
    pub rows: Vec<bool>,
    /// By slot.
    pub slots: Vec<bool>,
}

impl Lit {
    /// The focus itself, and at the other end of its flights whatever they leave from or go to.
    pub fn new(scene: &Scene, focus: Focus, alive: Range<usize>) -> Self {
        let mut lit = Self {
            rows: vec![!focus.is_some(); scene.rows.len()],
            slots: vec![!focus.is_some(); scene.log.ports.len()],
        };
        if !focus.is_some() {
            return lit;
        }
        let Bubbles { port, country, .. } = &scene.log.bubbles;
        for index in alive {
            let (row, slot) = (scene.row_of_country[country[index] as usize], port[index]);
            if focus.row.is_none_or(|wanted| wanted == row) && focus.slot.is_none_or(|wanted| wanted == slot) {
                lit.rows[row as usize] = true;
                lit.slots[slot as usize] = true;
            }
        }
        if let Some(row) = focus.row.and_then(|row| lit.rows.get_mut(row as usize)) {
            *row = true;
        }
        if let Some(slot) = focus.slot.and_then(|slot| lit.slots.get_mut(slot as usize)) {
            *slot = true;
        }
        lit
    }

    /// Share of its opacity that a row keeps.
    pub fn row(&self, row: usize) -> f32 {
        if self.rows[row] { 1.0 } else { DIM }
    }

    /// Share of its opacity that a port keeps.
    pub fn slot(&self, slot: usize) -> f32 {
        if self.slots[slot] { 1.0 } else { DIM }
    }
}
