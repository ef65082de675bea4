//! Times as numbers, whose size tells their unit. Texts are left to `input/time.rs`.

/// Nanoseconds since 1970 of a number that is too large for seconds: by its digits before the point it is
/// of milliseconds (12 to 14), microseconds (15 to 17) or nanoseconds (18 and 19). `None` for all else.
#[inline]
pub(super) fn large_epoch_ns(text: &[u8]) -> Option<i64> {
    if text.len() < 12 || !text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return None;
    }
    let point = memchr::memchr(b'.', text).unwrap_or(text.len());
    let (whole, fraction) = (&text[..point], text.get(point + 1..).unwrap_or_default());
    let power = match whole.len() {
        12..=14 => 6,
        15..=17 => 3,
        18..=19 => 0,
        _ => return None,
    };
    // What is behind the last digit of a nanosecond is cut off.
    let digits = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(power);
    let number = whole.iter().copied().chain(digits);
    number.into_iter().try_fold(0_i64, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_tells_the_unit() {
        for (text, expected) in [
            ("1767312000123", Some(1_767_312_000_123_000_000)),
            ("1767312000123.25", Some(1_767_312_000_123_250_000)),
            ("1767312000123456", Some(1_767_312_000_123_456_000)),
            ("1767312000123456789", Some(1_767_312_000_123_456_789)),
            ("1767312000123456789.9", Some(1_767_312_000_123_456_789)),
            ("946684800000", Some(946_684_800_000_000_000)),
            ("9999999999999999999", None),
            ("17673120001234567890", None),
            ("1767312000123.4.5", None),
            ("1767312000", None),
            ("1767312000.250", None),
            ("2026-01-02T00:00:00Z", None),
        ] {
            assert_eq!(large_epoch_ns(text.as_bytes()), expected, "{text}");
        }
    }
}
