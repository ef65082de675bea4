//! Paths of logs as clipboards hold them: a line each, as they are or as URIs of files (RFC 8089; lists
//! of them, RFC 2483), which file managers copy.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// The paths in a text, whether or not there is anything at them.
pub fn paths(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(str::trim);
    // Lists of URIs have comments.
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(path)
        .collect()
}

fn path(line: &str) -> PathBuf {
    let Some(uri) = line.strip_prefix("file://") else {
        return line.trim_matches(['"', '\'']).into();
    };
    // Before the path stands the name of this machine.
    let path = uri.find('/').map_or(uri, |at| &uri[at..]);
    percent_decode_str(path).decode_utf8_lossy().into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_uris_are_understood() {
        for (text, expected) in [
            ("logs/a b.csv", &["logs/a b.csv"][..]),
            (" '/tmp/quoted.csv'\n", &["/tmp/quoted.csv"]),
            ("\"quoted.csv\"", &["quoted.csv"]),
            (
                "# copied\r\nfile:///tmp/M%C3%A4rz%20%231.csv\r\nfile://localhost/b.csv\r\n",
                &["/tmp/März #1.csv", "/b.csv"],
            ),
            ("\n \n", &[]),
        ] {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(paths(text), expected, "{text:?}");
        }
    }
}
