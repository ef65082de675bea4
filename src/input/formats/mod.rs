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
