//! The dialects of JSON, a file each. A new one is a file and a line in this list.

mod aws;
mod azure;
mod conpot;
mod cowrie;
mod dionaea;
mod dshield;
mod ecs;
mod eve;
mod general;
mod goflow;
mod google;
mod heralding;
mod honeydb;
mod honeytrap;
mod mhn;
mod netflow;
mod ntop;
mod opencanary;
mod pmacct;
mod qeeqbox;
mod splunk;
mod tpot;
mod tshark;
mod zeek;

use super::dialect::Dialect;
pub(super) use general::GENERAL;

/// All dialects, in the order in which they are tried: an object is of the first whose marks it has.
pub(super) const ALL: &[&Dialect] = &[
    &tpot::TPOT,
    &eve::EVE,
    &zeek::ZEEK,
    &google::GOOGLE,
    &azure::NSG,
    &azure::VNET,
    &aws::AWS,
    &goflow::GOFLOW2,
    &goflow::GOFLOW,
    &pmacct::PMACCT,
    &ntop::NPROBE,
    &ntop::NTOPNG,
    &netflow::NETFLOW,
    &tshark::TSHARK,
    &cowrie::COWRIE,
    &dionaea::DIONAEA,
    &mhn::MHN,
    &opencanary::OPENCANARY,
    &honeytrap::HONEYTRAP,
    &honeytrap::HONEYTRAP_GO,
    &heralding::HERALDING,
    &conpot::CONPOT,
    &honeydb::HONEYDB,
    &qeeqbox::QEEQBOX,
    &dshield::DSHIELD,
    &ecs::ECS,
    &splunk::SPLUNK,
    &GENERAL,
];
