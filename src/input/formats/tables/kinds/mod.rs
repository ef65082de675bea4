//! The kinds of tables, a file each. A new one is a file and a line in this list.

mod argus;
mod aws_vpc;
mod cicflowmeter;
mod heralding;
mod nfdump;
mod nfdump_pipe;
mod palo_alto;
mod pcapdroid;
mod pmacct;
mod scapy;
mod silk;
mod splunk;
mod tshark;
mod wireshark;
mod yaf;

use super::kind::Kind;

/// The kinds, in the order in which they are tried.
pub(in crate::input::formats) const ALL: &[&Kind] = &[
    &aws_vpc::AWS_VPC,
    &nfdump::NFDUMP,
    &nfdump_pipe::NFDUMP_PIPE,
    &argus::ARGUS,
    &silk::SILK,
    &yaf::YAF,
    &cicflowmeter::CICFLOWMETER,
    &pmacct::PMACCT,
    &tshark::TSHARK,
    &wireshark::WIRESHARK,
    &scapy::SCAPY,
    &pcapdroid::PCAPDROID,
    &palo_alto::PALO_ALTO,
    &heralding::HERALDING,
    &splunk::SPLUNK,
];

#[cfg(test)]
mod tests;
