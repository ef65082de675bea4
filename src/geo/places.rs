//! Where tables of addresses usually are, as their makers' programs and Debian's packages put them there.

use std::fs;
use std::path::{Path, PathBuf};

use super::mmdb::Wanted;

/// Folders, those with the newer tables first: `geoipupdate` writes to `/var/lib/GeoIP` on Debian and to
/// `/usr/share/GeoIP` elsewhere.
const FOLDERS: [&str; 3] = ["/var/lib/GeoIP", "/usr/share/GeoIP", "/usr/local/share/GeoIP"];

/// Beginnings of the names of files ending in `.mmdb`, in the order in which they are preferred: those made for what
/// is wanted alone before the larger ones, and the sold before the free.
const COUNTRIES: [&str; 6] = [
    "GeoIP2-Country",
    "GeoLite2-Country",
    "dbip-country",
    "GeoIP2-City",
    "GeoLite2-City",
    "dbip-city",
];

/// As [`COUNTRIES`].
const ASNS: [&str; 4] = ["GeoIP2-ISP", "GeoLite2-ASN", "dbip-asn", "dbip-isp"];

/// The tables in the usual places that may hold what is wanted, the best first.
pub fn usual(wanted: Wanted) -> Vec<PathBuf> {
    among(FOLDERS.map(Path::new).as_slice(), wanted)
}

/// The tables in these folders. Of several with one beginning, as `dbip-country-lite-2026-06.mmdb` and another month's,
/// the last by name is the first.
fn among(folders: &[&Path], wanted: Wanted) -> Vec<PathBuf> {
    let beginnings = match wanted {
        Wanted::Countries => &COUNTRIES[..],
        Wanted::Asns => &ASNS[..],
    };
    let mut found = Vec::new();
    for folder in folders {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let Some(name) = name.filter(|name| name.ends_with(".mmdb")) else {
                continue;
            };
            if let Some(rank) = beginnings.iter().position(|beginning| name.starts_with(beginning)) {
                found.push((rank, name, path));
            }
        }
    }
    // Stable, so that of equal names those of the first folder come first.
    found.sort_by(|(rank, name, _), (other_rank, other_name, _)| rank.cmp(other_rank).then(other_name.cmp(name)));
    found.into_iter().map(|(_, _, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_table_comes_first() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        for (folder, name) in [
            (0, "GeoLite2-City.mmdb"),
            (0, "GeoLite2-ASN.mmdb"),
            (0, "GeoIP.dat"),
            (0, "dbip-country-lite-2026-05.mmdb"),
            (0, "dbip-country-lite-2026-06.mmdb"),
            (1, "GeoLite2-Country.mmdb"),
            (1, "GeoLite2-City.mmdb"),
            (1, "dbip-asn-lite-2026-06.mmdb"),
            (1, "GeoLite2-Country.mmdb.gz"),
        ] {
            fs::write(folders[folder].path().join(name), "").unwrap();
        }
        let missing = Path::new("/missing/GeoIP");
        let places = [missing, folders[0].path(), folders[1].path()];
        let found = |wanted| {
            let paths = among(&places, wanted);
            let told = paths.iter().map(|path| {
                let folder = usize::from(path.starts_with(folders[1].path()));
                (folder, path.file_name().unwrap().to_str().unwrap().to_owned())
            });
            told.collect::<Vec<_>>()
        };
        let expected = |names: &[(usize, &str)]| {
            let owned = names.iter().map(|(folder, name)| (*folder, (*name).to_owned()));
            owned.collect::<Vec<_>>()
        };
        assert_eq!(
            found(Wanted::Countries),
            expected(&[
                (1, "GeoLite2-Country.mmdb"),
                (0, "dbip-country-lite-2026-06.mmdb"),
                (0, "dbip-country-lite-2026-05.mmdb"),
                (0, "GeoLite2-City.mmdb"),
                (1, "GeoLite2-City.mmdb"),
            ])
        );
        assert_eq!(
            found(Wanted::Asns),
            expected(&[(0, "GeoLite2-ASN.mmdb"), (1, "dbip-asn-lite-2026-06.mmdb")])
        );
    }
}
