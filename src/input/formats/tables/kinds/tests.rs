//! Tables of programs, read as a whole. Those in `tests/logs` were printed by the programs themselves, of one capture
//! made by scapy: 13 packets, of which `tshark -r` shows 4 from a client to TCP 22 and 2 back, 1 to UDP 53 and 1 back,
//! 1 each to TCP 443 (IPv6), TCP 23 and UDP 1900, and 2 of ICMP.

use crate::input::Options;
use crate::input::whole::{Whole, read_from};
use crate::model::Protocol::{self, Tcp, Udp};
use crate::model::{Reason, SourceKind};

fn read_by(text: &[u8], options: &Options) -> Whole {
    read_from(text, "log", options).unwrap()
}

/// By countries: by default, sources whose addresses are mostly private go by these, and so do those of examples.
fn read(text: &str) -> Whole {
    let options = Options {
        source_kind: Some(SourceKind::Country),
        ..Options::default()
    };
    read_by(text.as_bytes(), &options)
}

/// Protocol, port and packets of every event, by port.
fn events(log: &Whole) -> Vec<(Protocol, u16, u64)> {
    let events = log.events.iter();
    let mut events: Vec<_> = events
        .map(|event| (event.port.protocol, event.port.number, event.packets))
        .collect();
    events.sort_unstable_by_key(|event| (event.1, event.2));
    events
}

fn rows(log: &Whole, reason: Reason) -> u64 {
    log.left_out.get(&reason).map_or(0, |left| left.rows)
}

fn secs(log: &Whole) -> Vec<i64> {
    let mut secs: Vec<i64> = log.events.iter().map(|event| event.time_ns / 1_000_000_000).collect();
    secs.sort_unstable();
    secs
}

/// 2013-07-24T09:40:05Z, by `date -u`.
const FIRST: i64 = 1_374_658_805;

#[test]
fn flows_of_one_capture_are_the_same_from_every_program() {
    let flows = [(Tcp, 22, 4), (Tcp, 23, 1), (Udp, 53, 1), (Tcp, 443, 1), (Udp, 1900, 1)];
    for (text, title, replies) in [
        (
            &include_bytes!("../../../../../tests/logs/nfdump/csv.csv")[..],
            "CSV of nfdump",
            2,
        ),
        (
            include_bytes!("../../../../../tests/logs/nfdump/pipe.txt"),
            "nfdump -o pipe",
            2,
        ),
        (
            include_bytes!("../../../../../tests/logs/argus/ra.csv"),
            "Argus, as ra -c , prints it",
            0,
        ),
    ] {
        let log = read_by(text, &Options::default());
        assert_eq!(events(&log), flows, "{title}");
        assert_eq!(
            (rows(&log, Reason::Reply), rows(&log, Reason::Unreadable)),
            (replies, 0),
            "{title}"
        );
        assert!(
            log.formats[0].starts_with(&format!("read as {title}: ")),
            "{:?}",
            log.formats
        );
        assert_eq!(log.names.hosts, ["198.51.100.7", "2001:db8::7"], "{title}");
        if replies == 2 {
            assert_eq!(secs(&log), [0, 1, 3, 4, 5].map(|offset| FIRST + offset), "{title}");
            assert_eq!(rows(&log, Reason::NoPort), 2);
            let all = Options {
                replies: true,
                ..Options::default()
            };
            assert_eq!(read_by(text, &all).events.len(), 7);
        }
    }
}

#[test]
fn packets_of_one_capture_are_the_same_from_every_program() {
    let tshark = include_bytes!("../../../../../tests/logs/tshark/fields.tsv");
    let log = read_by(tshark, &Options::default());
    let packets = [
        (Tcp, 22, 1),
        (Tcp, 22, 1),
        (Tcp, 22, 1),
        (Tcp, 22, 1),
        (Tcp, 23, 1),
        (Udp, 53, 1),
        (Tcp, 443, 1),
        (Udp, 1900, 1),
    ];
    assert_eq!(events(&log), packets);
    assert_eq!(
        (rows(&log, Reason::Reply), rows(&log, Reason::NoPort), log.rows),
        (3, 2, 13)
    );
    assert_eq!(log.other_protocols, [("ICMP".to_owned(), 2)].into());
    assert_eq!(log.events[0].time_ns, FIRST * 1_000_000_000 + 250_000_000);
    // The list has no ports of packets whose contents it shows: one to 22, and both of DNS.
    let list = include_bytes!("../../../../../tests/logs/wireshark/list.csv");
    let log = read_by(list, &Options::default());
    let shown = [
        (Tcp, 22, 1),
        (Tcp, 22, 1),
        (Tcp, 22, 1),
        (Tcp, 23, 1),
        (Tcp, 443, 1),
        (Udp, 1900, 1),
    ];
    assert_eq!(events(&log), shown);
    assert_eq!(
        (rows(&log, Reason::Reply), rows(&log, Reason::NoPort), log.rows),
        (2, 5, 13)
    );
}

#[test]
fn a_list_of_packets_without_dates_says_what_to_do() {
    let list = "\"No.\",\"Time\",\"Source\",\"Destination\",\"Protocol\",\"Length\",\"Info\"\n\
        \"1\",\"0.000000\",\"192.0.2.9\",\"198.51.100.7\",\"TCP\",\"54\",\"40000 > 22 [SYN] Seq=0\"\n";
    let error = read_from(list.as_bytes(), "list.csv", &Options::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("times count from the first packet; export it with dates"),
        "{error}"
    );
}

#[test]
fn aws_with_and_without_a_header_and_without_data() {
    let rows_of = "2 123456789010 eni-1 203.0.113.5 10.0.0.2 51000 22 6 20 4249 1374658805 1374658865 ACCEPT OK\n\
        2 123456789010 eni-1 10.0.0.2 203.0.113.5 22 51000 6 18 4000 1374658806 1374658865 ACCEPT OK\n\
        2 123456789010 eni-1 203.0.113.5 10.0.0.2 0 0 1 4 336 1374658807 1374658865 REJECT OK\n\
        2 123456789010 eni-1 - - - - - - - 1374658810 1374658870 - NODATA\n\
        2 123456789010 eni-1 - - - - - - - 1374658810 1374658870 - SKIPDATA\n";
    let header = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n";
    for text in [
        rows_of.to_owned(),
        format!("{header}{rows_of}"),
        format!("{header}{rows_of}{header}{rows_of}"),
    ] {
        let log = read(&text);
        let times = if text.matches("eni-1").count() > 5 { 2 } else { 1 };
        assert_eq!(events(&log), vec![(Tcp, 22, 20); times]);
        let left = [
            Reason::Reply,
            Reason::NoPort,
            Reason::NothingMeasured,
            Reason::Unreadable,
        ]
        .map(|reason| rows(&log, reason));
        assert_eq!(left, [times as u64, times as u64, 2 * times as u64, 0]);
        assert!(
            log.formats[0].starts_with("read as AWS VPC flow logs: `start` is the time"),
            "{:?}",
            log.formats
        );
    }
    // As CloudWatch exports them.
    let exported: String = rows_of
        .lines()
        .map(|row| format!("2026-03-01T09:00:00.000Z {row}\n"))
        .collect();
    let log = read(&exported);
    assert_eq!((events(&log), log.rows), (vec![(Tcp, 22, 20)], 5));
    assert_eq!(log.events[0].time_ns, 1_374_658_805_000_000_000);
    // Any order; behind NAT the packet's own addresses are the ends; a SYN with ACK says who answers.
    let custom = "dstport start log-status srcport protocol srcaddr pkt-srcaddr dstaddr packets tcp-flags\n\
        40000 1374658805 OK 50000 6 10.0.0.9 198.51.100.9 10.0.0.2 3 18\n";
    let log = read(custom);
    assert_eq!((log.events.len(), rows(&log, Reason::Reply)), (0, 1));
}

#[test]
fn rwcut_yafscii_and_pmacct() {
    let silk = "            sIP|            dIP|sPort|dPort|pro|   packets|     bytes|   flags|                  sTime| duration|sen|\n\
        \x20   203.0.113.5|   198.51.100.7|51000|   23|  6|         3|       120| S      |2013/07/24T09:40:05.250|    0.000| S0|\n\
        \x20  198.51.100.7|    203.0.113.5|   23|51000|  6|         3|       120|  R A   |2013/07/24T09:40:06.250|    0.000| S0|\n\
        \x20   203.0.113.5|   198.51.100.7|    0| 2048|  1|         1|        84|        |2013/07/24T09:40:07.250|    0.000| S0|\n";
    let log = read(silk);
    assert_eq!(events(&log), [(Tcp, 23, 3)]);
    assert_eq!((rows(&log, Reason::Reply), rows(&log, Reason::NoPort)), (1, 1));
    assert_eq!(secs(&log), [FIRST]);

    let yaf = "2013-07-24 09:40:05.250|2013-07-24 09:40:06.250|   1.000|   0.010|  6|                             192.0.2.9|40000|\
        \x20                         198.51.100.7|   22|       S|     APR|      AS|      AF|00000001|00000009|000|000|       4|     171|       2|      80|    |\n";
    let log = read(yaf);
    assert_eq!((events(&log), secs(&log)), (vec![(Tcp, 22, 4)], vec![FIRST]));
    let header = "start-time|end-time|duration|rtt|proto|sip|sp|dip|dp|iflags|uflags|riflags|ruflags|isn|risn|tag|rtag|pkt|oct|rpkt|roct|end-reason\n";
    assert_eq!(events(&read(&format!("{header}{yaf}"))), [(Tcp, 22, 4)]);

    let pmacct = "SRC_IP,DST_IP,SRC_PORT,DST_PORT,PROTOCOL,TIMESTAMP_START,PACKETS,BYTES\n\
        192.0.2.9,198.51.100.7,40000,22,tcp,2013-07-24 09:40:05.25,4,171\n\
        198.51.100.7,192.0.2.9,22,40000,tcp,2013-07-24 09:40:05.26,2,80\n";
    let log = read(pmacct);
    assert_eq!((events(&log), rows(&log, Reason::Reply)), (vec![(Tcp, 22, 4)], 1));
}

#[test]
fn conversations_of_cicflowmeter_pcapdroid_and_palo_alto() {
    let cic = "Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp, Flow Duration, Total Fwd Packets, Total Backward Packets\n\
        a,192.0.2.9,40000,198.51.100.7,22,6,24/07/2013 09:40:05,50000,4,2\n\
        b,192.0.2.9,40000,198.51.100.7,53,17,03/08/2013 09:40:05,50000,1,1\n";
    let log = read(cic);
    assert_eq!(events(&log), [(Tcp, 22, 4), (Udp, 53, 1)]);
    assert_eq!(secs(&log), [FIRST, FIRST + 10 * 86_400]);
    assert!(
        log.warnings.iter().any(|warning| warning.contains("day/month/year")),
        "{:?}",
        log.warnings
    );

    let pcapdroid = "IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd,FirstSeen,LastSeen\n\
        6,10.215.173.1,40000,198.51.100.7,443,10123,\"Web, the\",TLS,Closed,example.org,171,80,4,2,2013-07-24T09:40:05.250+0000,2013-07-24T09:40:06.000+0000\n\
        17,10.215.173.1,40000,198.51.100.7,53,10123,Web,DNS,Closed,example.org,171,80,1,1,1374658805250,1374658806000\n";
    let log = read(pcapdroid);
    assert_eq!(
        (events(&log), secs(&log)),
        (vec![(Udp, 53, 1), (Tcp, 443, 4)], vec![FIRST, FIRST])
    );

    let palo = "Domain,Receive Time,Type,Threat/Content Type,Generate Time,Source address,Destination address,Session ID,Repeat Count,Source Port,Destination Port,IP Protocol,Action,Bytes,Packets,Source Country,Device Name\n\
        1,2013/07/24 09:40:09,TRAFFIC,start,2013/07/24 09:40:05,203.0.113.5,198.51.100.7,77,1,51000,23,tcp,allow,60,1,Germany,fw1\n\
        1,2013/07/24 09:40:19,TRAFFIC,end,2013/07/24 09:40:15,203.0.113.5,198.51.100.7,77,1,51000,23,tcp,allow,600,9,Germany,fw1\n\
        1,2013/07/24 09:40:19,TRAFFIC,end,2013/07/24 09:40:15,10.0.0.5,198.51.100.7,78,1,51000,80,tcp,allow,600,9,10.0.0.0-10.255.255.255,fw1\n";
    let log = read(palo);
    assert_eq!(
        (events(&log), rows(&log, Reason::Repeat)),
        (vec![(Tcp, 23, 1), (Tcp, 23, 8), (Tcp, 80, 9)], 0)
    );
    assert_eq!(log.names.sources[1].code, "DE");
    assert_eq!(log.names.hosts, ["fw1"]);
}

#[test]
fn honeypots_and_stores() {
    let heralding = "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password\n\
        2013-07-24 09:40:05.250000,a1,s1,203.0.113.5,51000,198.51.100.7,22,ssh,root,\"x,1\"\n\
        2013-07-24 09:40:06.250000,a2,s1,203.0.113.5,51000,198.51.100.7,22,ssh,root,y\n\
        2013-07-24 09:40:07.250000,a3,s2,203.0.113.5,51001,198.51.100.7,5900,vnc,,\n";
    let log = read(heralding);
    assert_eq!(
        (events(&log), rows(&log, Reason::Repeat)),
        (vec![(Tcp, 22, 1), (Tcp, 5900, 1)], 1)
    );

    let splunk = "_time,_raw,src_ip,dest_ip,dest_port,transport,packets,Country,host\n\
        \"2013-07-24T11:40:05.000+0200\",\"Jul 24 09:40:05 fw x\",203.0.113.5,198.51.100.7,\"23\n2323\",\"tcp\ntcp\",3,Germany,fw1\n";
    let log = read(splunk);
    assert_eq!((events(&log), secs(&log)), (vec![(Tcp, 23, 3)], vec![FIRST]));
    assert_eq!(
        (log.names.sources[1].code.as_str(), &log.names.hosts[0][..]),
        ("DE", "fw1")
    );

    let kibana = "\"@timestamp\",\"source.ip\",\"source.geo.country_iso_code\",\"destination.ip\",\"destination.port\",\"network.transport\",\"observer.name\",\"source.packets\"\n\
        \"Jul 24, 2013 @ 09:40:05.250\",\"203.0.113.5\",DE,\"198.51.100.7\",\"5,900\",tcp,sensor1,\"1,200\"\n\
        \"Jul 24, 2013 @ 09:40:06.250\",\"203.0.113.5\",-,\"198.51.100.7\",-,tcp,sensor1,-\n";
    let log = read(kibana);
    assert_eq!((events(&log), secs(&log)), (vec![(Tcp, 5900, 1200)], vec![FIRST]));
    assert_eq!(
        (rows(&log, Reason::NoPort), log.names.hosts[0].as_str()),
        (1, "sensor1")
    );

    let scapy = "version,ihl,tos,len,id,flags,frag,ttl,proto,chksum,src,dst,options,time,sport,dport,seq,ack,dataofs,reserved,flags,window,chksum,urgptr,options\n\
        4,5,0,40,1,,0,64,6,31785,192.0.2.9,198.51.100.7,[],1374658805.25,40000,22,1,0,5,0,S,8192,1,0,[]\n\
        4,5,0,40,1,,0,64,6,31785,198.51.100.7,192.0.2.9,[],1374658805.26,22,40000,9,2,5,0,SA,8192,1,0,[]\n";
    let log = read(scapy);
    assert_eq!((events(&log), rows(&log, Reason::Reply)), (vec![(Tcp, 22, 1)], 1));
}

#[test]
fn a_kind_may_be_asked_for() {
    let asked = |format: &str| Options {
        format: Some(format.to_owned()),
        ..Options::default()
    };
    let text = b"time,proto,dport,src,sport,dst\n1374658805,6,40000,198.51.100.7,22,192.0.2.9\n";
    // Of conversations, which go back to nobody; and of packets one way, as any table with both ends is.
    let log = read_by(text, &asked("cicflowmeter"));
    assert_eq!((log.events.len(), rows(&log, Reason::Reply)), (1, 0));
    for options in [asked("scapy"), Options::default()] {
        let log = read_by(text, &options);
        assert_eq!((log.events.len(), rows(&log, Reason::Reply)), (0, 1));
    }
}

#[test]
fn every_prefix_of_a_table_is_read_or_refused() {
    for text in [
        &include_bytes!("../../../../../tests/logs/nfdump/csv.csv")[..],
        include_bytes!("../../../../../tests/logs/nfdump/pipe.txt"),
        include_bytes!("../../../../../tests/logs/argus/ra.csv"),
        include_bytes!("../../../../../tests/logs/tshark/fields.tsv"),
        include_bytes!("../../../../../tests/logs/wireshark/list.csv"),
    ] {
        // Every byte of the first lines, and some of the others.
        for end in (0..text.len()).filter(|end| *end < 900 || end % 7 == 0) {
            if let Ok(log) = read_from(&text[..end], "log", &Options::default()) {
                let left: u64 = log.left_out.values().map(|left| left.rows).sum();
                assert_eq!(log.rows, left + log.events.len() as u64);
            }
        }
    }
}
