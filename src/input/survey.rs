//! What the sources of a log are to be where nobody said: looks at the addresses of its first records.
//!
//! Sources are countries, unless more than half of the records that are drawn come from addresses that are not of the
//! public internet: then they are these addresses, or their networks where there are many.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::conversations::{Conversations, Verdict};
use super::format::Head;
use super::options::Options;
use super::piece::Piece;
use crate::geo::is_private;
use crate::model::SourceKind;
use crate::words::grouped;

/// Number of bytes of a log that are looked at: some thousand records, which are read once more afterwards.
pub(super) const SURVEY_BYTES: usize = 1 << 20;

/// Number of addresses from which on their networks are shown.
const MANY_ADDRESSES: usize = 200;

/// What was found.
pub(super) struct Survey {
    pub source_kind: SourceKind,
    /// Why it is not countries.
    pub remark: Option<String>,
}

/// Looks at the first records of a log, which `bytes` begin with; none where no record can be drawn.
pub(super) fn survey(head: Arc<dyn Head>, bytes: &[u8], whole: bool, options: &Options) -> Option<Survey> {
    let options = Options {
        source_kind: Some(SourceKind::Address),
        strict: false,
        ..options.clone()
    };
    survey_of(&head.parse(bytes, whole, &options).piece, &options)
}

/// Looks at the records of a piece whose sources are addresses; none where no record can be drawn.
pub(super) fn survey_of(piece: &Piece, options: &Options) -> Option<Survey> {
    let mut rows: HashMap<u32, u64> = HashMap::new();
    let mut conversations = Conversations::default();
    let mut ties = piece.ties.iter();
    for event in &piece.events {
        let tie = ties.next().copied().unwrap_or_default();
        let left_out = match conversations.judge(&tie, event.packets) {
            Verdict::Reply => !options.replies,
            Verdict::Repeat => !options.repeats,
            Verdict::Event | Verdict::Beyond(_) => false,
        };
        if !tie.filtered && !left_out {
            *rows.entry(event.source).or_default() += 1;
        }
    }
    let all: u64 = rows.values().sum();
    if all == 0 {
        return None;
    }
    let address = |number: u32| {
        let (_, text) = piece.names.source_text(number);
        str::from_utf8(text).ok()?.parse::<IpAddr>().ok()
    };
    let addresses = rows
        .iter()
        .filter_map(|(number, rows)| Some((address(*number)?, *rows)));
    let addresses: Vec<(IpAddr, u64)> = addresses.collect();
    let private: u64 = addresses
        .iter()
        .filter(|(address, _)| is_private(*address))
        .map(|(_, rows)| rows)
        .sum();
    if 2 * private <= all {
        return Some(Survey {
            source_kind: SourceKind::Country,
            remark: None,
        });
    }
    let (source_kind, shown) = if addresses.len() > MANY_ADDRESSES {
        (SourceKind::Network, "networks of addresses")
    } else {
        (SourceKind::Address, "addresses")
    };
    Some(Survey {
        source_kind,
        remark: Some(format!(
            "sources are {shown} and not countries, since {} of the first {} records come from addresses that are \
             not of the public internet; choose by --group-by",
            grouped(private),
            grouped(all),
        )),
    })
}

#[cfg(test)]
mod tests {
    use crate::input::Options;
    use crate::input::whole::read_from;
    use crate::model::SourceKind;
    use std::fmt::Write as _;

    const HEADER: &str = "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\tproto\n";

    fn kind(addresses: impl Iterator<Item = String>, asked: Option<SourceKind>) -> (SourceKind, Vec<String>, usize) {
        let mut text = HEADER.to_owned();
        for (time, address) in addresses.enumerate() {
            writeln!(text, "{time}\t{address}\t10.0.0.1\t80\ttcp").unwrap();
        }
        let options = Options {
            source_kind: asked,
            ..Options::default()
        };
        let log = read_from(text.as_bytes(), "conn.log", &options).unwrap();
        let names = log.names.sources.iter().map(|country| country.code.clone());
        let remarks = log.warnings.iter().filter(|remark| remark.contains("--group-by"));
        (log.source_kind.clone(), names.collect(), remarks.count())
    }

    #[test]
    fn private_networks_are_shown_by_address() {
        let private = |count: usize| (0..count).map(|index| format!("10.0.{}.{}", index / 9, index % 9 + 1));
        let (found, names, remarks) = kind(private(20), None);
        assert_eq!((found, remarks), (SourceKind::Address, 1));
        assert!(names.contains(&"10.0.1.2".to_owned()));
        let (found, names, _) = kind(private(300), None);
        assert_eq!(found, SourceKind::Network);
        assert!(names.contains(&"10.0.1.0/24".to_owned()));
        let (found, names, remarks) = kind(private(20), Some(SourceKind::Country));
        assert_eq!((found, remarks), (SourceKind::Country, 0));
        assert_eq!(names, ["Unknown", "Private"]);
    }

    #[test]
    fn what_is_not_drawn_has_no_say() {
        // Of 30 connections to a private host, 10 are from the United States and 20 from a private network.
        let mixed = (0..30).map(|index| if index % 3 == 0 { "8.8.8.8" } else { "10.0.0.1" }.to_owned());
        let mut text = HEADER.to_owned();
        for (time, address) in mixed.enumerate() {
            writeln!(text, "{time}\t{address}\t10.0.0.1\t80\ttcp").unwrap();
        }
        let read = |filter: &str, kind: Option<SourceKind>| {
            let options = Options {
                filter: Some(filter.parse().unwrap()),
                source_kind: kind,
                ..Options::default()
            };
            let log = read_from(text.as_bytes(), "conn.log", &options).unwrap();
            (log.source_kind.clone(), log.events.len())
        };
        assert_eq!(read("tcp", None), (SourceKind::Address, 30));
        assert_eq!(read("source.country == US", None), (SourceKind::Country, 10));
        // The country of a source that goes by its address is that of the address.
        for kind in [SourceKind::Address, SourceKind::Network, SourceKind::Asn] {
            let asked = Some(kind.clone());
            assert_eq!(read("country in {US}", asked.clone()), (kind.clone(), 10));
            assert_eq!(read("country == Private", asked), (kind, 20));
        }
    }

    #[test]
    fn half_public_is_shown_by_country() {
        let mixed = (0..20).map(|index| if index % 2 == 0 { "10.0.0.1" } else { "1.1.1.1" }.to_owned());
        let (found, names, _) = kind(mixed, None);
        assert_eq!(found, SourceKind::Country);
        assert!(names.contains(&"Private".to_owned()));
        assert_eq!(names.len(), 3, "{names:?}");
    }
}
