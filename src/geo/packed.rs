//! Countries of addresses in a small file: written by `examples/country_table.rs`, and the form of the built-in table.
//!
//! Addresses of IPv4 are told apart by their first 24 bits, those of IPv6 by their first 48; a cell is what shares
//! them. Where a cell has several countries, it counts for the one with most of its addresses.
//!
//! The file is compressed by zstd. Its content: the lines `portbloom countries 1`, name, date, and the countries'
//! codes without anything between them; then twice, for IPv4 and for IPv6, the number of runs of cells with one
//! country, the length of each in cells, and the country of each as a byte: 0 for none, n for the n-th code. Numbers
//! are LEB128. Runs stand side by side from the first cell on.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use thiserror::Error;

use super::pages::Pages;
use super::runs::Runs;

/// First line of the content.
const MAGIC: &str = "portbloom countries 1";

/// Bits of an address of IPv4 and of one of IPv6 that are told.
const TOLD_BITS: [u32; 2] = [24, 48];

/// Addresses with one country, from the first up to and with the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First address.
    pub first: IpAddr,
    /// Last address.
    pub last: IpAddr,
    /// ISO 3166-1 alpha-2 code in capitals.
    pub country: [u8; 2],
}

/// The reason why ranges make no table. Ranges are told by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PackError {
    /// The last address is before the first, or of the other kind.
    #[error("the last address is before the first")]
    Reversed(usize),
    /// Two ranges have addresses in common.
    #[error("the range has addresses in common with another")]
    Overlap(usize, usize),
    /// More countries than a byte can tell.
    #[error("more than 255 countries")]
    TooManyCountries,
}

/// Packs ranges in any order.
///
/// # Errors
/// The first range that cannot be taken.
pub fn pack(name: &str, date: &str, ranges: &[Range]) -> Result<Vec<u8>, PackError> {
    let codes: Vec<[u8; 2]> = ranges
        .iter()
        .map(|range| range.country)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if codes.len() > 255 {
        return Err(PackError::TooManyCountries);
    }
    let mut content = format!("{MAGIC}\n{}\n{}\n", one_line(name), one_line(date)).into_bytes();
    content.extend(codes.as_flattened());
    content.push(b'\n');
    let spans = sorted_spans(ranges)?;
    for (spans, bits) in spans.iter().zip([32 - TOLD_BITS[0], 128 - TOLD_BITS[1]]) {
        let runs = runs_of(spans, bits);
        push_number(&mut content, runs.len() as u64);
        for (length, _) in &runs {
            push_number(&mut content, *length);
        }
        content.extend(runs.iter().map(|(_, country)| match country {
            Some(code) => codes.partition_point(|before| before < code) as u8 + 1,
            None => 0,
        }));
    }
    Ok(zstd::encode_all(content.as_slice(), 22).expect("memory takes bytes"))
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// A range in numbers.
struct Span {
    first: u128,
    last: u128,
    country: [u8; 2],
    /// Index of the range.
    index: usize,
}

/// The ranges of IPv4 and of IPv6, each in order and without addresses in common.
fn sorted_spans(ranges: &[Range]) -> Result<[Vec<Span>; 2], PackError> {
    let mut spans = [Vec::new(), Vec::new()];
    for (index, range) in ranges.iter().enumerate() {
        let (kind, first, last) = match (range.first, range.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => (0, u32::from(first).into(), u32::from(last).into()),
            (IpAddr::V6(first), IpAddr::V6(last)) => (1, first.into(), last.into()),
            _ => return Err(PackError::Reversed(index)),
        };
        if last < first {
            return Err(PackError::Reversed(index));
        }
        spans[kind].push(Span {
            first,
            last,
            country: range.country,
            index,
        });
    }
    for spans in &mut spans {
        spans.sort_by_key(|span| (span.first, span.index));
        for pair in spans.windows(2) {
            if pair[1].first <= pair[0].last {
                return Err(PackError::Overlap(pair[1].index, pair[0].index));
            }
        }
    }
    Ok(spans)
}

/// Cells as runs, side by side from the first cell on: their lengths and countries. A cell has `bits` bits that are
/// not told.
fn runs_of(spans: &[Span], bits: u32) -> Vec<(u64, Option<[u8; 2]>)> {
    let mut runs = Cells::default();
    let mut shared: Option<Shared> = None;
    for span in spans {
        let mut first = span.first;
        while first <= span.last {
            let cell = (first >> bits) as u64;
            let cell_last = first | ((1 << bits) - 1);
            let starts_cell = first & ((1 << bits) - 1) == 0;
            if starts_cell && cell_last <= span.last {
                // As many whole cells as there are.
                let behind = ((span.last >> bits) as u64) + u64::from(span.last & ((1 << bits) - 1) == (1 << bits) - 1);
                runs.close(&mut shared);
                runs.add(cell, behind, span.country);
                first = u128::from(behind) << bits;
                continue;
            }
            let last = cell_last.min(span.last);
            if shared.as_ref().is_some_and(|open| open.cell != cell) {
                runs.close(&mut shared);
            }
            let open = shared.get_or_insert_with(|| Shared {
                cell,
                addresses: BTreeMap::new(),
            });
            *open.addresses.entry(span.country).or_default() += last - first + 1;
            let Some(next) = last.checked_add(1) else { break };
            first = next;
        }
    }
    runs.close(&mut shared);
    runs.runs
}

/// A cell that has several ranges.
struct Shared {
    cell: u64,
    /// Number of its addresses in each country.
    addresses: BTreeMap<[u8; 2], u128>,
}

/// Cells that become runs.
#[derive(Default)]
struct Cells {
    runs: Vec<(u64, Option<[u8; 2]>)>,
    /// The first cell behind the runs.
    behind: u64,
}

impl Cells {
    /// Adds cells from `first` up to `behind`; those between the runs so far and them have no country.
    fn add(&mut self, first: u64, behind: u64, country: [u8; 2]) {
        for (end, country) in [(first, None), (behind, Some(country))] {
            let length = end - self.behind;
            self.behind = end;
            match self.runs.last_mut() {
                _ if length == 0 => {}
                Some((before, same)) if *same == country => *before += length,
                _ => self.runs.push((length, country)),
            }
        }
    }

    /// Adds a cell with several ranges, as one of the country with most addresses; among equals, the first by code.
    fn close(&mut self, shared: &mut Option<Shared>) {
        let Some(Shared { cell, addresses }) = shared.take() else {
            return;
        };
        let most = addresses
            .into_iter()
            .max_by_key(|&(country, count)| (count, Reverse(country)));
        if let Some((country, _)) = most {
            self.add(cell, cell + 1, country);
        }
    }
}

/// LEB128.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// A table in memory.
pub struct PackedTable {
    /// The source of the table.
    pub name: String,
    /// Its date, like `2026-06`.
    pub date: String,
    codes: Vec<[u8; 2]>,
    v4: Pages,
    v6: Runs,
}

impl PackedTable {
    /// Unpacks a file. `None` where it is none.
    #[must_use]
    pub fn unpack(file: &[u8]) -> Option<Self> {
        let content = zstd::decode_all(file).ok()?;
        let mut rest = content.as_slice();
        if line(&mut rest)? != MAGIC.as_bytes() {
            return None;
        }
        let name = String::from_utf8(line(&mut rest)?.to_vec()).ok()?;
        let date = String::from_utf8(line(&mut rest)?.to_vec()).ok()?;
        let (codes, odd) = line(&mut rest)?.as_chunks::<2>();
        let table = Self {
            name,
            date,
            codes: codes.to_vec(),
            v4: Pages::new(runs(&mut rest, codes.len())?)?,
            v6: Runs::new(runs(&mut rest, codes.len())?)?,
        };
        let letters = codes.as_flattened().iter().all(u8::is_ascii_uppercase);
        (letters && odd.is_empty() && rest.is_empty()).then_some(table)
    }

    /// The country of an address: its ISO 3166-1 alpha-2 code.
    #[inline]
    #[must_use]
    pub fn country(&self, address: IpAddr) -> Option<[u8; 2]> {
        let index = match address {
            IpAddr::V4(address) => self.v4.country(address.into()),
            IpAddr::V6(address) => {
                let bits = (u128::from(address) >> 80) as u64;
                self.v6.country((bits >> 32) as u16, bits as u32)
            }
        };
        self.codes.get(usize::from(index).checked_sub(1)?).copied()
    }

    /// Bytes of memory that the table takes.
    #[cfg(test)]
    pub fn heap_bytes(&self) -> usize {
        self.v4.heap_bytes() + self.v6.heap_bytes()
    }
}

/// The bytes up to the next line feed, which is taken too.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = &rest[..end];
    *rest = &rest[end + 1..];
    Some(line)
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The runs of one kind of address, of `countries` countries at most: their lengths and countries.
fn runs<'r>(rest: &mut &'r [u8], countries: usize) -> Option<impl Iterator<Item = (u64, u8)> + use<'r>> {
    let count = usize::try_from(number(rest)?).ok()?;
    // Each run takes at least two bytes, so a count that lies is found before memory is taken for it.
    if count > rest.len() / 2 {
        return None;
    }
    let lengths: Vec<u64> = (0..count).map(|_| number(rest)).collect::<Option<_>>()?;
    let (indices, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    if indices.iter().any(|index| usize::from(*index) > countries) {
        return None;
    }
    Some(lengths.into_iter().zip(indices.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: &str, last: &str, country: &str) -> Range {
        Range {
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
            country: country.as_bytes().try_into().unwrap(),
        }
    }

    fn country(table: &PackedTable, address: &str) -> String {
        let code = table.country(address.parse().unwrap());
        String::from_utf8(code.map_or_else(Vec::new, Vec::from)).unwrap()
    }

    /// Ranges whose edges are those of cells and others.
    fn ranges() -> Vec<Range> {
        vec![
            range("1.0.0.0", "1.0.0.255", "AU"),
            range("1.0.1.0", "1.0.3.255", "CN"),
            range("1.0.4.0", "1.0.4.99", "AU"),
            range("1.0.4.100", "1.0.4.200", "CN"),
            range("1.0.4.201", "1.0.4.255", "AU"),
            range("1.0.5.128", "1.2.3.127", "FR"),
            range("1.2.3.128", "1.2.3.255", "DE"),
            range("255.255.255.0", "255.255.255.255", "JP"),
            range("2001:db8::", "2001:db8:0:ffff:ffff:ffff:ffff:ffff", "US"),
            range("2001:db8:1:8000::", "2001:dff:ffff:ffff:ffff:ffff:ffff:ffff", "SE"),
            range("ffff:ffff:ffff:ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "NZ"),
        ]
    }

    #[test]
    fn ranges_are_found_again() {
        let file = pack("Somebody's", "2026-06", &ranges()).unwrap();
        let table = PackedTable::unpack(&file).unwrap();
        assert_eq!((table.name.as_str(), table.date.as_str()), ("Somebody's", "2026-06"));
        for (address, code) in [
            ("0.255.255.255", ""),
            ("1.0.0.0", "AU"),
            ("1.0.0.255", "AU"),
            ("1.0.1.0", "CN"),
            ("1.0.3.255", "CN"),
            // 155 addresses of two ranges against 101 of one.
            ("1.0.4.150", "AU"),
            // Half of it is of no country.
            ("1.0.5.0", "FR"),
            ("1.1.0.0", "FR"),
            ("1.2.2.255", "FR"),
            // As many of the one as of the other.
            ("1.2.3.0", "DE"),
            ("1.2.4.0", ""),
            ("255.255.254.255", ""),
            ("255.255.255.255", "JP"),
            ("2001:db7:ffff::", ""),
            ("2001:db8::1", "US"),
            ("2001:db8:1::", "SE"),
            ("2001:dff:ffff:ffff::", "SE"),
            ("2001:e00::", ""),
            ("ffff:ffff:ffff::", "NZ"),
            ("ffff:ffff:fffe::", ""),
        ] {
            assert_eq!(country(&table, address), code, "{address}");
        }
    }

    #[test]
    fn the_order_of_ranges_changes_nothing() {
        let mut ranges = ranges();
        let file = pack("a", "b", &ranges).unwrap();
        ranges.reverse();
        assert_eq!(pack("a", "b", &ranges).unwrap(), file);
        ranges.swap(0, 4);
        assert_eq!(pack("a", "b", &ranges).unwrap(), file);
        ranges[0].country = *b"ZA";
        assert_ne!(pack("a", "b", &ranges).unwrap(), file);
    }

    #[test]
    fn ranges_that_cannot_be_are_told_by_their_index() {
        let with = |more: Range| {
            let mut ranges = ranges();
            ranges.push(more);
            pack("", "", &ranges)
        };
        let (reversed, mixed) = (range("9.9.9.9", "9.9.9.8", "US"), range("9.9.9.9", "::9", "US"));
        assert_eq!(with(reversed), Err(PackError::Reversed(11)));
        assert_eq!(with(mixed), Err(PackError::Reversed(11)));
        // A range that holds the first and the second one comes after the first by their starts.
        assert_eq!(with(range("1.0.0.0", "1.0.1.0", "AU")), Err(PackError::Overlap(11, 0)));
        assert_eq!(with(range("0.0.0.0", "1.0.0.0", "AU")), Err(PackError::Overlap(0, 11)));
        assert_eq!(
            with(range("1.2.3.255", "1.2.3.255", "DE")),
            Err(PackError::Overlap(11, 6))
        );
        assert_eq!(
            with(range("2001:db8::", "2001:db8::", "US")),
            Err(PackError::Overlap(11, 8))
        );
        let letters = || b'A'..=b'Z';
        let many: Vec<Range> = letters()
            .flat_map(|first| letters().map(move |second| [first, second]))
            .take(256)
            .zip(0_u32..)
            .map(|(country, number)| Range {
                first: IpAddr::V4((number << 8).into()),
                last: IpAddr::V4((number << 8).into()),
                country,
            })
            .collect();
        assert_eq!(pack("", "", &many), Err(PackError::TooManyCountries));
        let table = PackedTable::unpack(&pack("", "", &many[..255]).unwrap()).unwrap();
        assert_eq!(country(&table, "0.0.254.0"), "JU");
    }

    #[test]
    fn no_cut_and_no_changed_byte_of_the_content_does_harm() {
        let content = zstd::decode_all(pack("a", "b", &ranges()).unwrap().as_slice()).unwrap();
        let unpack = |content: &[u8]| PackedTable::unpack(&zstd::encode_all(content, 1).unwrap());
        assert!(unpack(&content).is_some());
        assert!(PackedTable::unpack(&content).is_none(), "without compression");
        for at in 0..content.len() {
            assert!(unpack(&content[..at]).is_none(), "cut at {at}");
            for flip in [1, 0x80, 0xff] {
                let mut changed = content.clone();
                changed[at] ^= flip;
                if let Some(table) = unpack(&changed) {
                    for address in ["0.0.0.0", "1.0.4.1", "255.255.255.255", "::", "2001:db8::", "ffff::"] {
                        country(&table, address);
                    }
                }
            }
        }
        let longer = [content.as_slice(), b"\0"].concat();
        assert!(unpack(&longer).is_none(), "more behind the end");
    }

    #[test]
    fn the_built_in_table_is_small_in_memory() {
        let table = PackedTable::unpack(include_bytes!("../../data/countries.bin")).unwrap();
        let bytes = table.heap_bytes();
        assert!((3_000_000..6_000_000).contains(&bytes), "{bytes} bytes");
    }
}
