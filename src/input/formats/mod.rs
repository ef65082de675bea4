//! The formats of logs, a file or a folder each. A new one is a file and a line in one of these lists.

mod argus_text;
mod csv;
mod ends;
mod json;
mod messages;
mod nfcapd;
mod nfdump_text;
#[cfg(feature = "prepared")]
mod parquet;
mod pcap;
mod pcapng;
#[cfg(feature = "prepared")]
pub mod prepared;
mod tables;
mod tcpdump;
mod windows;
mod zeek;

use super::format::{FileFormat, Format};

/// Formats of files that are read in any order, in the order in which they are tried.
pub(super) const OF_FILES: &[&dyn FileFormat] = &[
    #[cfg(feature = "prepared")]
    &prepared::PreparedFormat,
    #[cfg(feature = "prepared")]
    &parquet::ParquetFormat,
];

/// Formats of logs that are read from first to last, in the order in which they are tried: those that are
/// known by what they begin with come before those that are known by their words.
pub(super) const OF_STREAMS: &[&dyn Format] = &[
    &pcap::Pcap,
    &pcapng::Pcapng,
    &nfcapd::Nfcapd,
    &zeek::Zeek,
    &nfdump_text::NfdumpText,
    &argus_text::ArgusText,
    &json::Json,
    &messages::NETFILTER,
    &messages::FILTERLOG,
    &messages::ASA,
    &messages::FTD,
    &messages::IOS,
    &messages::FORTINET,
    &messages::PALO_ALTO,
    &messages::JUNIPER,
    &messages::MIKROTIK,
    &messages::CEF,
    &messages::ENDLESSH,
    &messages::COWRIE_TEXT,
    &windows::Windows,
    &tcpdump::Tcpdump,
    &messages::PAIRS,
    &csv::Csv,
];

#[cfg(test)]
mod tests {
    use super::{OF_FILES, OF_STREAMS};
    use crate::input::whole::read;
    use crate::input::{LogPart, Options};
    use crate::model::Measure;
    use std::path::Path;

    #[test]
    fn measures_are_those_that_samples_have() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
        let files = OF_FILES.iter().map(|format| format.about());
        let mut seen = Vec::new();
        for about in files.chain(OF_STREAMS.iter().flat_map(|format| format.abouts())) {
            let Ok(samples) = folder.join(about.name).read_dir() else {
                continue;
            };
            let samples: Vec<_> = samples.map(|sample| sample.unwrap().path()).collect();
            let has = |measure: Measure| {
                let options = Options {
                    format: Some(about.name.to_owned()),
                    measure: Some(measure),
                    ..Options::default()
                };
                // Not each of them has all.
                let mut samples = samples.iter();
                samples.any(|sample| read(&LogPart::File(sample.clone()), &options).is_ok())
            };
            for measure in Measure::ALL {
                // Bytes are optional in some formats, and not in every sample.
                let listed = about.measures.contains(&measure);
                assert!(!has(measure) || listed, "{}: {measure:?}", about.name);
                assert!(
                    has(measure) || !listed || measure == Measure::Bytes,
                    "{}: {measure:?}",
                    about.name
                );
            }
            seen.push(about.name);
        }
        assert!(seen.len() > 30, "{seen:?}");
    }
}
