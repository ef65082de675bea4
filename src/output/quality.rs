//! The meaning of `--quality`.

/// `--quality` when nothing is said: QP 22, on which no difference is seen in motion.
pub const DEFAULT_QUALITY: u8 = 70;

/// The quantiser of a `--quality` of 0 to 100: `12 + (100 - quality) / 3`, rounded: 100 is QP 12
/// (the encoder's least), 70 is 22, 40 is 32, 0 is 45. Six steps of QP double the step size
/// (ITU-T H.264, 8.5.9), so 18 steps of quality halve or double the coarseness.
#[must_use]
pub fn qp(quality: u8) -> u8 {
    12 + (100 - quality.min(100) + 1) / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_is_monotonic_and_70_is_qp_22() {
        assert_eq!([100, 70, 40, 0].map(qp), [12, 22, 32, 45]);
        assert_eq!(qp(DEFAULT_QUALITY), 22);
        for quality in 1..=100 {
            let (better, worse) = (qp(quality), qp(quality - 1));
            assert!(better == worse || better + 1 == worse, "at {quality}");
        }
    }
}
