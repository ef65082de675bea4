//! Planes of the reference picture, and predictions from between their samples
//! (ITU-T H.264 (08/2021), 8.4.2.2).

use wide::{i16x8, i32x8, u8x16};

/// A motion vector in quarters of a luma sample, right and down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mv {
    pub x: i16,
    pub y: i16,
}

impl Mv {
    /// The nearest of whole samples.
    pub fn rounded(self) -> Self {
        Self {
            x: (self.x + 2) & !3,
            y: (self.y + 2) & !3,
        }
    }
}

/// Number of samples that filters read at once.
pub(super) const READ: usize = 40;

/// A square of samples.
pub(super) type Square<const N: usize> = [[u8; N]; N];

/// One plane, in whole macroblocks.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    pub stride: usize,
    pub samples: Vec<u8>,
}

impl Plane {
    /// `width` and `height` in samples.
    pub fn new([width, height]: [usize; 2]) -> Self {
        Self {
            stride: width,
            // More samples behind the last, since filters read `READ` at once.
            samples: vec![0; width * height + READ],
        }
    }

    /// Takes over a plane of at most this size, `stride` samples from row to row.
    pub fn fill(&mut self, from: &[u8], stride: usize, [width, height]: [usize; 2]) {
        let rows = self.samples.chunks_exact_mut(self.stride);
        for (row, to) in rows.enumerate() {
            let from = &from[row.min(height - 1) * stride..][..width];
            to[..width].copy_from_slice(from);
            to[width..].fill(from[width - 1]);
        }
    }

    /// The square whose top left sample this is.
    pub fn square<const N: usize>(&self, [x, y]: [usize; 2]) -> Square<N> {
        let mut square = [[0; N]; N];
        let rows = self.samples[y * self.stride + x..].chunks(self.stride);
        for (to, from) in square.iter_mut().zip(rows) {
            to.copy_from_slice(&from[..N]);
        }
        square
    }

    /// Puts a square there.
    pub fn put<const N: usize>(&mut self, [x, y]: [usize; 2], square: &Square<N>) {
        let to = &mut self.samples[y * self.stride + x..];
        for (row, samples) in square.iter().enumerate() {
            to[row * self.stride..][..N].copy_from_slice(samples);
        }
    }

    /// Luma `mv` away from `at`: whole samples, or between them by 8.4.2.2.1. Two samples to the left and
    /// above, and three to the right and below, must be there.
    pub fn luma<const N: usize>(&self, at: [usize; 2], mv: Mv) -> Square<N> {
        let whole = |at: usize, by: i16| at.wrapping_add_signed(isize::from(by >> 2));
        let [x, y] = [whole(at[0], mv.x), whole(at[1], mv.y)];
        match (mv.x & 3, mv.y & 3) {
            (0, 0) => self.square([x, y]),
            (fx, 0) if fx != 2 => mean(self.square([x + usize::from(fx == 3), y]), self.across([x, y])),
            (_, 0) => self.across([x, y]),
            (0, fy) if fy != 2 => mean(self.square([x, y + usize::from(fy == 3)]), self.down([x, y])),
            (0, _) => self.down([x, y]),
            (2, 2) => self.both([x, y]),
            (2, fy) => mean(self.across([x, y + usize::from(fy == 3)]), self.both([x, y])),
            (fx, 2) => mean(self.down([x + usize::from(fx == 3), y]), self.both([x, y])),
            (fx, fy) => mean(
                self.across([x, y + usize::from(fy == 3)]),
                self.down([x + usize::from(fx == 3), y]),
            ),
        }
    }

    /// The `READ` samples from here on.
    pub fn from(&self, [x, y]: [usize; 2]) -> &[u8; READ] {
        self.samples[y * self.stride + x..]
            .first_chunk()
            .expect("samples behind the last")
    }

    /// Half a sample to the right, `b`.
    fn across<const N: usize>(&self, [x, y]: [usize; 2]) -> Square<N> {
        let mut square = [[0; N]; N];
        for (row, to) in square.iter_mut().enumerate() {
            let from = self.from([x - 2, y + row]);
            for (at, to) in to.as_chunks_mut().0.iter_mut().enumerate() {
                *to = half(across(from, 8 * at));
            }
        }
        square
    }

    /// Half a sample down, `h`.
    fn down<const N: usize>(&self, [x, y]: [usize; 2]) -> Square<N> {
        let mut square = [[0; N]; N];
        for (row, to) in square.iter_mut().enumerate() {
            let from = six(|tap| self.from([x, y + row + tap - 2]));
            for (at, to) in to.as_chunks_mut().0.iter_mut().enumerate() {
                *to = half(down(from, 8 * at));
            }
        }
        square
    }

    /// Half a sample to the right and down, `j`.
    fn both<const N: usize>(&self, [x, y]: [usize; 2]) -> Square<N> {
        let mut square = [[0; N]; N];
        // Rows from two above to three below.
        let mut sums = [[i16x8::ZERO; 2]; 21];
        for (row, sums) in sums[..N + 5].iter_mut().enumerate() {
            let from = self.from([x - 2, y + row - 2]);
            for (at, sum) in sums[..N / 8].iter_mut().enumerate() {
                *sum = across(from, 8 * at);
            }
        }
        for (row, to) in square.iter_mut().enumerate() {
            for (at, to) in to.as_chunks_mut().0.iter_mut().enumerate() {
                *to = centre(six(|tap| sums[row + tap][at]));
            }
        }
        square
    }

    /// Chroma for a luma vector: eighths of a sample (8.4.2.2.2). One sample to the right and below must
    /// be there where the vector is not whole.
    pub fn chroma<const N: usize>(&self, at: [usize; 2], mv: Mv) -> Square<N> {
        let whole = |at: usize, by: i16| at.wrapping_add_signed(isize::from(by >> 3));
        let [x, y] = [whole(at[0], mv.x), whole(at[1], mv.y)];
        let [fx, fy] = [(mv.x & 7) as u16, (mv.y & 7) as u16];
        if (fx, fy) == (0, 0) {
            return self.square([x, y]);
        }
        let mut square = [[0; N]; N];
        let from = &self.samples[y * self.stride + x..];
        let (right, down) = (usize::from(fx != 0), if fy == 0 { 0 } else { self.stride });
        let weights = [(8 - fx) * (8 - fy), fx * (8 - fy), (8 - fx) * fy, fx * fy];
        for (row, to) in square.iter_mut().enumerate() {
            let above = &from[row * self.stride..][..N + right];
            let below = &from[row * self.stride + down..][..N + right];
            let (a, b, c, d) = (&above[..N], &above[right..], &below[..N], &below[right..]);
            for (at, to) in to.iter_mut().enumerate() {
                let [a, b, c, d] = [a[at], b[at], c[at], d[at]].map(u16::from);
                let sum = weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d;
                *to = ((sum + 32) >> 6) as u8;
            }
        }
        square
    }
}

/// The six values that a filter takes; `array::map` would be a call.
#[inline(always)]
pub(super) fn six<T>(each: impl Fn(usize) -> T) -> [T; 6] {
    [each(0), each(1), each(2), each(3), each(4), each(5)]
}

/// Eight samples from there on.
#[inline(always)]
fn eight(row: &[u8; READ], at: usize) -> i16x8 {
    let sixteen = row[at..].first_chunk::<16>().expect("eight samples and eight more");
    i16x8::from_u8x16_low(u8x16::from(*sixteen))
}

/// The six-tap filter of 8.4.2.2.1: within 16 bits for samples of 8.
#[inline(always)]
fn taps([a, b, c, d, e, f]: [i16x8; 6]) -> i16x8 {
    (a + f) - (b + e) * 5 + (c + d) * 20
}

/// The filter along a row.
#[inline(always)]
pub(super) fn across(row: &[u8; READ], at: usize) -> i16x8 {
    taps(six(|tap| eight(row, at + tap)))
}

/// The filter down six rows.
#[inline(always)]
pub(super) fn down(rows: [&[u8; READ]; 6], at: usize) -> i16x8 {
    taps(six(|tap| eight(rows[tap], at)))
}

/// Samples of sums along one axis, `b` and `h`.
#[inline(always)]
pub(super) fn half(sums: i16x8) -> [u8; 8] {
    narrow((sums + 16) >> 5)
}

/// Samples of sums along one axis, filtered along the other: `j`.
#[inline(always)]
pub(super) fn centre([a, b, c, d, e, f]: [i16x8; 6]) -> [u8; 8] {
    // Sums of two are within 16 bits.
    let [outer, middle, inner] = [a + f, b + e, c + d].map(i32x8::from_i16x8);
    let five = (inner << 2) - middle;
    let sums = outer + five + (five << 2);
    narrow(i16x8::from_i32x8_saturate((sums + i32x8::splat(512)) >> 10))
}

/// Values cut to 0 to 255.
#[inline(always)]
fn narrow(values: i16x8) -> [u8; 8] {
    let bytes = u8x16::narrow_i16x8(values, values).to_array();
    let (low, _) = bytes.as_chunks::<8>();
    low[0]
}

fn mean<const N: usize>(mut a: Square<N>, b: Square<N>) -> Square<N> {
    for (a, b) in a.iter_mut().zip(b) {
        for (a, b) in a.iter_mut().zip(b) {
            *a = ((u16::from(*a) + u16::from(b) + 1) >> 1) as u8;
        }
    }
    a
}
