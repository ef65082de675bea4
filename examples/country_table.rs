//! Makes `data/countries.bin`, the built-in table of countries, of any CSV files with ranges of addresses.
//!
//! A line is `first,last,code`, with addresses of IPv4 or IPv6 or both as whole numbers; what stands behind is
//! ignored. Lines with a code that is not two letters, or is `ZZ`, are of no country.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Parser;
use portbloom::geo::{PackError, Range, pack};

/// Makes a table of countries of CSV files with lines `first,last,code`.
#[derive(Parser)]
struct Args {
    /// Name of the ranges' maker.
    #[arg(long)]
    name: String,

    /// Date of the ranges, like 2026-06.
    #[arg(long)]
    date: String,

    /// CSV files with ranges of IPv4, IPv6 or both.
    #[arg(required = true)]
    ranges: Vec<PathBuf>,

    /// The table's file.
    #[arg(short, long)]
    output: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut ranges = Ranges::default();
    for path in &args.ranges {
        let name = path.display().to_string();
        let bytes = fs::read(path).with_context(|| name.clone())?;
        ranges.read(&name, &bytes)?;
    }
    let packed = ranges.pack(&args.name, &args.date)?;
    fs::write(&args.output, &packed).with_context(|| args.output.display().to_string())?;
    println!("{} ranges, {} bytes", ranges.ranges.len(), packed.len());
    Ok(())
}

/// Ranges, and the line of each.
#[derive(Default)]
struct Ranges {
    ranges: Vec<Range>,
    /// Name of each range's file, by index, and its line.
    lines: Vec<(usize, u64)>,
    files: Vec<String>,
}

impl Ranges {
    /// Takes the lines of a file.
    fn read(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.files.push(name.to_owned());
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        for row in rows.records() {
            let row = row.with_context(|| name.to_owned())?;
            let line = row.position().map_or(0, csv::Position::line);
            let range = range_of(&row).with_context(|| format!("{name}:{line}"))?;
            if let Some(range) = range {
                self.ranges.push(range);
                self.lines.push((self.files.len() - 1, line));
            }
        }
        Ok(())
    }

    /// The bytes of the table.
    fn pack(&self, name: &str, date: &str) -> anyhow::Result<Vec<u8>> {
        let at = |index: usize| {
            let (file, line) = self.lines[index];
            format!("{}:{line}", self.files[file])
        };
        pack(name, date, &self.ranges).map_err(|error| match error {
            PackError::Reversed(index) => anyhow::anyhow!("{}: {error}", at(index)),
            PackError::Overlap(index, other) => anyhow::anyhow!("{}: {error}: {}", at(index), at(other)),
            PackError::TooManyCountries => error.into(),
        })
    }
}

/// The range of a row; `None` for one of no country.
fn range_of(row: &csv::StringRecord) -> anyhow::Result<Option<Range>> {
    let (Some(first), Some(last), Some(code)) = (row.get(0), row.get(1), row.get(2)) else {
        bail!("expected first,last,code");
    };
    let [first, last] = addresses(first, last)?;
    let letters: Result<[u8; 2], _> = code.trim().to_ascii_uppercase().as_bytes().try_into();
    let country = letters
        .ok()
        .filter(|code| code.iter().all(u8::is_ascii_uppercase) && code != b"ZZ");
    Ok(country.map(|country| Range { first, last, country }))
}

/// The ends of a range. Whole numbers up to 2^32-1 are addresses of IPv4, larger ones of IPv6.
fn addresses(first: &str, last: &str) -> anyhow::Result<[IpAddr; 2]> {
    let ends = [first.trim(), last.trim()];
    if let [Ok(first), Ok(last)] = ends.map(str::parse::<u128>) {
        let v4 = [first, last].map(|number| u32::try_from(number).map(Ipv4Addr::from));
        return Ok(match v4 {
            [Ok(first), Ok(last)] => [first.into(), last.into()],
            _ => [first, last].map(|number| Ipv6Addr::from(number).into()),
        });
    }
    match ends.map(str::parse::<IpAddr>) {
        [Ok(first), Ok(last)] => Ok([first, last]),
        [Err(_), _] => bail!("\"{}\" is no address", ends[0]),
        _ => bail!("\"{}\" is no address", ends[1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[&str]) -> Result<Vec<u8>, String> {
        let mut ranges = Ranges::default();
        let read = files
            .iter()
            .enumerate()
            .try_for_each(|(index, text)| ranges.read(&format!("{index}.csv"), text.as_bytes()));
        read.and_then(|()| ranges.pack("Somebody's", "2026-06"))
            .map_err(|error| format!("{error:#}"))
    }

    const V4: &str = "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.3.255,CN\n";
    const V6: &str = "2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,DE\n";

    #[test]
    fn the_same_ranges_in_any_form_are_the_same_table() {
        let table = packed(&[V4, V6]).unwrap();
        for files in [
            &[V6, V4][..],
            &[&format!("{V4}{V6}")],
            &[&format!(
                "{V6}\"1.0.1.0\",\"1.0.3.255\",\"cn\",\"China\"\n1.0.0.0,1.0.0.255,AU\n"
            )],
            &["16777216,16777471,AU\n16777472,16778239,CN\n", V6],
            &[
                V4,
                "42540766411282592856903984951653826560,42540766490510755371168322545197776895,DE\n",
            ],
            &[
                V4,
                V6,
                "9.0.0.0,9.0.0.255,ZZ\n9.0.1.0,9.0.1.255,-\n9.0.2.0,9.0.2.255,\n",
            ],
        ] {
            assert_eq!(packed(files).as_ref(), Ok(&table), "{files:?}");
        }
        assert_ne!(packed(&[V4]).unwrap(), table);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_line() {
        for (more, told) in [
            ("2.0.0.9,2.0.0.1,FR\n", "1.csv:1: the last address is before the first"),
            ("2.0.0.9,::1,FR\n", "1.csv:1: the last address is before the first"),
            (
                "2.0.0.0,2.0.0.1,FR\n1.0.2.0,1.0.2.255,CN\n",
                "1.csv:2: the range has addresses in common with another: 0.csv:2",
            ),
            ("2.0.0.0,2.0.0.1,FR\n2.0.0.2\n", "1.csv:2: expected first,last,code"),
            ("2.0.0,2.0.0.1,FR\n", "1.csv:1: \"2.0.0\" is no address"),
            ("2.0.0.0,2.0.0.256,FR\n", "1.csv:1: \"2.0.0.256\" is no address"),
            ("1,2.0.0.1,FR\n", "1.csv:1: \"1\" is no address"),
        ] {
            assert_eq!(packed(&[V4, more]), Err(told.to_owned()));
        }
    }
}
