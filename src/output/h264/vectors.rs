//! Vectors of a picture's macroblocks, and the ones that they are coded against
//! (ITU-T H.264 (08/2021), 8.4.1).

use super::plane::Mv;

/// The picture that a vector leads into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reference {
    /// The one before.
    #[default]
    Before,
    /// The segment's first.
    First,
}

/// The place that the samples of a block come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Motion {
    pub mv: Mv,
    pub reference: Reference,
}

impl Motion {
    /// From the same place in the segment's first picture.
    pub const FIRST: Self = Self {
        mv: Mv { x: 0, y: 0 },
        reference: Reference::First,
    };
}

/// Motion of the four quarters of each macroblock, in this picture and the one before.
pub(super) struct Vectors {
    /// Macroblocks across and down.
    size: [usize; 2],
    now: Vec<[Motion; 4]>,
    before: Vec<[Motion; 4]>,
}

/// Motion to the left, above, and above to the right (or left); `None` outside of the picture or not coded
/// yet.
pub(super) type Neighbours = [Option<Motion>; 3];

impl Vectors {
    /// Everything at rest.
    pub fn new(size: [usize; 2]) -> Self {
        let still = vec![[Motion::default(); 4]; size[0] * size[1]];
        Self {
            size,
            now: still.clone(),
            before: still,
        }
    }

    /// Goes on to the next picture, in which everything is at rest so far.
    pub fn next_picture(&mut self) {
        std::mem::swap(&mut self.now, &mut self.before);
        self.now.fill([Motion::default(); 4]);
    }

    /// Sets a macroblock's.
    pub fn set(&mut self, [x, y]: [usize; 2], motion: [Motion; 4]) {
        self.now[y * self.size[0] + x] = motion;
    }

    fn at(&self, [x, y]: [usize; 2], by: [isize; 2]) -> Option<usize> {
        let x = x.checked_add_signed(by[0]).filter(|x| *x < self.size[0])?;
        let y = y.checked_add_signed(by[1]).filter(|y| *y < self.size[1])?;
        Some(y * self.size[0] + x)
    }

    /// The vector of a macroblock's first quarter in the picture before.
    pub fn before(&self, at: [usize; 2], by: [isize; 2]) -> Option<Mv> {
        Some(self.before[self.at(at, by)?][0].mv)
    }

    /// Motion of a quarter of the macroblock that is `by` macroblocks away.
    pub fn quarter(&self, at: [usize; 2], by: [isize; 2], quarter: usize) -> Option<Motion> {
        Some(self.now[self.at(at, by)?][quarter])
    }

    /// Of a whole macroblock.
    pub fn neighbours(&self, at: [usize; 2]) -> Neighbours {
        [
            self.quarter(at, [-1, 0], 1),
            self.quarter(at, [0, -1], 2),
            self.quarter(at, [1, -1], 2).or_else(|| self.quarter(at, [-1, -1], 3)),
        ]
    }

    /// Of a macroblock's quarter; those before it are in `motion` (6.4.11.7).
    pub fn neighbours_of_quarter(&self, at: [usize; 2], motion: &[Motion; 4], quarter: usize) -> Neighbours {
        let own = |quarter: usize| Some(motion[quarter]);
        match quarter {
            0 => [
                self.quarter(at, [-1, 0], 1),
                self.quarter(at, [0, -1], 2),
                self.quarter(at, [0, -1], 3),
            ],
            1 => [
                own(0),
                self.quarter(at, [0, -1], 3),
                self.quarter(at, [1, -1], 2).or_else(|| self.quarter(at, [0, -1], 2)),
            ],
            2 => [self.quarter(at, [-1, 0], 3), own(0), own(1)],
            _ => [own(2), own(1), own(0)],
        }
    }
}

/// The vector that one into `reference` is coded against (8.4.1.3): that of the only neighbour, or of the only
/// one that leads into `reference`, else the median.
pub(super) fn predicted(neighbours: Neighbours, reference: Reference) -> Mv {
    if let [Some(only), None, None] = neighbours {
        return only.mv;
    }
    let mut same = neighbours
        .iter()
        .flatten()
        .filter(|motion| motion.reference == reference);
    if let (Some(only), None) = (same.next(), same.next()) {
        return only.mv;
    }
    let [a, b, c] = neighbours.map(|motion| motion.unwrap_or_default().mv);
    let middle = |a: i16, b: i16, c: i16| a.max(b).min(a.min(b).max(c));
    Mv {
        x: middle(a.x, b.x, c.x),
        y: middle(a.y, b.y, c.y),
    }
}

/// The vector of a macroblock that is skipped (8.4.1.1), always into the picture before.
pub(super) fn skipped(neighbours: Neighbours) -> Mv {
    let still = Some(Motion::default());
    match neighbours {
        [None, ..] | [_, None, _] => Mv::default(),
        [left, above, _] if left == still || above == still => Mv::default(),
        _ => predicted(neighbours, Reference::Before),
    }
}
