//! Packets that are wrong, and packets made by another library.

use super::*;
use etherparse::PacketBuilder;
use proptest::prelude::*;

const ETHERNET: u16 = 1;

fn read(bytes: &[u8], inner: bool) -> Packet {
    Packet::read(Link::of(ETHERNET, false).unwrap(), bytes, inner)
}

#[test]
fn a_packet_of_nothing_is_cut() {
    for number in 0..=300 {
        if let Some(link) = Link::of(number, false) {
            assert_eq!(Packet::read(link, b"", true).carries, Carries::Cut, "{number}");
        }
    }
}

#[test]
fn what_is_malformed_is_named() {
    let mut packet = Vec::new();
    let builder = PacketBuilder::ethernet2([1; 6], [2; 6]).ipv4([192, 0, 2, 1], [192, 0, 2, 2], 9);
    builder.udp(1000, 53).write(&mut packet, b"query").unwrap();
    assert!(matches!(read(&packet, false).carries, Carries::Ports { .. }));
    let malformed = Carries::named("malformed IP");
    for (at, value) in [(14, 0x55), (14, 0x44), (14, 0x00), (17, 19)] {
        let mut packet = packet.clone();
        (packet[16], packet[at]) = (0, value);
        assert_eq!(read(&packet, false).carries, malformed, "{at} {value}");
    }
    // A length of 0 is that of a packet that was captured before the card filled it in.
    (packet[16], packet[17]) = (0, 0);
    assert!(matches!(read(&packet, false).carries, Carries::Ports { .. }));
}

proptest! {
    #[test]
    fn packets_are_those_that_another_library_made(
        v6 in any::<bool>(), tcp in any::<bool>(), vlan in any::<bool>(), from in any::<u16>(), to in any::<u16>(),
        source in any::<u128>(), destination in any::<u128>(), flags in 0_u8..4, kept in 0_usize..120,
    ) {
        use etherparse::{IpHeaders, IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, TcpHeader, VlanId};
        let (source6, destination6) = (source | 1 << 100, destination | 1 << 100);
        let (source4, destination4) = (source as u32, destination as u32);
        let number = if tcp { IpNumber::TCP } else { IpNumber::UDP };
        let ip = if v6 {
            let header = Ipv6Header {
                traffic_class: 0,
                flow_label: Ipv6FlowLabel::ZERO,
                payload_length: 0,
                next_header: number,
                hop_limit: 9,
                source: source6.to_be_bytes(),
                destination: destination6.to_be_bytes(),
            };
            IpHeaders::Ipv6(header, Default::default())
        } else {
            let header = Ipv4Header::new(0, 9, number, source4.to_be_bytes(), destination4.to_be_bytes()).unwrap();
            IpHeaders::Ipv4(header, Default::default())
        };
        let ethernet = PacketBuilder::ethernet2([1; 6], [2; 6]);
        let mut packet = Vec::new();
        let segment = TcpHeader { syn: flags & 1 > 0, ack: flags & 2 > 0, ..TcpHeader::new(from, to, 7, 8) };
        match (vlan, tcp) {
            (true, true) => ethernet.single_vlan(VlanId::ZERO).ip(ip).tcp_header(segment).write(&mut packet, b"payload"),
            (true, false) => ethernet.single_vlan(VlanId::ZERO).ip(ip).udp(from, to).write(&mut packet, b"payload"),
            (false, true) => ethernet.ip(ip).tcp_header(segment).write(&mut packet, b"payload"),
            (false, false) => ethernet.ip(ip).udp(from, to).write(&mut packet, b"payload"),
        }.unwrap();
        let header = 14 + if vlan { 4 } else { 0 } + if v6 { 40 } else { 20 };
        let whole = read(&packet, false);
        let addresses = if v6 {
            (Ipv6Addr::from(source6).into(), Ipv6Addr::from(destination6).into())
        } else {
            (Ipv4Addr::from(source4).into(), Ipv4Addr::from(destination4).into())
        };
        prop_assert_eq!(whole.addresses, Some(addresses));
        let protocol = if tcp { Protocol::Tcp } else { Protocol::Udp };
        let sign = match (tcp, flags) {
            (true, 1) => Sign::Opens,
            (true, 3) => Sign::Answers,
            _ => Sign::None,
        };
        let carries = Carries::Ports { from, to: Port { protocol, number: to }, sign };
        prop_assert_eq!(&whole.carries, &carries);
        // As much as was captured.
        let kept = kept.min(packet.len());
        let part = read(&packet[..kept], false);
        if kept < header + 4 {
            prop_assert_eq!(part.carries, Carries::Cut);
        } else if kept > header + 13 || !tcp {
            prop_assert_eq!(part, whole);
        }
    }

    #[test]
    fn no_bytes_panic(link in 0_u16..300, bytes in prop::collection::vec(any::<u8>(), 0..200), inner in any::<bool>()) {
        if let Some(link) = Link::of(link, inner) {
            Packet::read(link, &bytes, inner).record(0, 0);
        }
    }
}
