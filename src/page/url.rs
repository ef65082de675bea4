//! Names of files in URLs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the letters, digits and signs that mean themselves wherever they stand (RFC 3986, 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name as a part of a URL's path.
#[must_use]
pub fn url_path(name: &str) -> String {
    utf8_percent_encode(name, ESCAPED).to_string()
}
