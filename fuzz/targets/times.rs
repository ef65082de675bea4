//! Times as logs and options have them: what is read is read again as it is printed.

use portbloom::input::parse_time_ns;

use super::kind_of;

/// Parses the bytes as a time.
pub fn run(data: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(data);
    match parse_time_ns(&text) {
        Ok(time_ns) => {
            let printed =
                jiff::Timestamp::from_nanosecond(i128::from(time_ns)).expect("64 bits are within jiff's span");
            assert_eq!(parse_time_ns(&printed.to_string()), Ok(time_ns), "{text:?}");
            // One kind for each pattern of digits and signs.
            let pattern = text.chars().map(|c| if c.is_ascii_digit() { '_' } else { c });
            kind_of(&pattern.collect::<String>())
        }
        Err(error) => kind_of(&error.to_string()),
    }
}
