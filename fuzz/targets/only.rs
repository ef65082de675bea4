//! `--only`: what is understood is understood the same as it is displayed.

use portbloom::scene::Only;

use super::kind_of;

/// Parses the bytes as a part of the traffic.
pub fn run(data: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(data);
    match text.parse::<Only>() {
        Ok(only) => {
            let shown = only.to_string();
            assert_eq!(shown.parse::<Only>().as_ref(), Ok(&only), "{text:?} as {shown:?}");
            let _ = only.spoken();
            kind_of(&format!("{only:?}"))
        }
        Err(error) => kind_of(&error.to_string()),
    }
}
