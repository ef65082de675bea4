//! Files that were given twice, by their path or by their content. Knows no log.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::open::LogPart;

/// Number of bytes that are compared at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// A remark for each file that is another one again: its packets count twice.
pub(super) fn remarks(parts: &[LogPart]) -> Vec<String> {
    let files = parts.iter().filter_map(|part| match part {
        LogPart::File(path) if path.is_file() => Some((path, part.name())),
        _ => None,
    });
    let files: Vec<(&PathBuf, String)> = files.collect();
    let mut remarks = Vec::new();
    let mut paths: HashMap<PathBuf, &str> = HashMap::new();
    let mut lengths: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, (path, name)) in files.iter().enumerate() {
        let (Ok(canonical), Ok(found)) = (path.canonicalize(), fs::metadata(path)) else {
            continue;
        };
        if let Some(other) = paths.insert(canonical, name) {
            remarks.push(format!("{name}: is the same file as {other}; its packets count twice"));
            continue;
        }
        let others = lengths.entry(found.len()).or_default();
        let same = others.iter().find(|other| same_content(path, files[**other].0));
        if let (Some(other), 1..) = (same, found.len()) {
            remarks.push(format!(
                "{name}: holds the same bytes as {}; its packets count twice",
                files[*other].1
            ));
        }
        others.push(index);
    }
    remarks
}

/// Whether two files of one length hold the same; false where one cannot be read.
fn same_content(one: &Path, other: &Path) -> bool {
    let same = || -> io::Result<bool> {
        let (mut one, mut other) = (File::open(one)?, File::open(other)?);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        loop {
            ours.clear();
            theirs.clear();
            (&mut one).take(CHUNK_BYTES as u64).read_to_end(&mut ours)?;
            (&mut other).take(CHUNK_BYTES as u64).read_to_end(&mut theirs)?;
            if ours != theirs {
                return Ok(false);
            }
            if ours.is_empty() {
                return Ok(true);
            }
        }
    };
    same().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_given_twice_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            LogPart::File(path)
        };
        let parts = [
            write("a", "one"),
            write("b", "two"),
            write("c", "one"),
            write("empty", ""),
            write("empty too", ""),
            LogPart::File(folder.path().join(".").join("b")),
            LogPart::File(folder.path().join("missing")),
            LogPart::Sample,
        ];
        let remarks = remarks(&parts);
        assert_eq!(remarks.len(), 2, "{remarks:?}");
        assert!(
            remarks[0].contains("c: holds the same bytes as ") && remarks[0].ends_with("a; its packets count twice")
        );
        assert!(remarks[1].contains("b: is the same file as "));
    }
}
