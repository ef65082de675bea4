//! Whole logs in JSON, in all layouts, and damaged ones. The dialects are tested on the samples in
//! `tests/logs`.

use super::ALL;
use crate::input::Options;
use crate::input::whole::{Whole, read_from};
use crate::model::{Protocol, Reason, SourceKind};

fn read_with(text: &str, options: Options) -> Result<Whole, String> {
    let options = Options {
        source_kind: Some(SourceKind::Country),
        ..options
    };
    read_from(text.as_bytes(), "log.json", &options).map_err(|error| error.to_string())
}

fn read(text: &str) -> Result<Whole, String> {
    read_with(text, Options::default())
}

/// The events of a log: seconds, protocol, port, packets, country and host of each.
fn events(log: &Whole) -> Vec<String> {
    let events = log.events.iter().map(|event| {
        let protocol = match event.port.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        let seconds = event.time_ns as f64 / 1e9;
        let country = &log.names.sources[event.source as usize].code;
        let host = &log.names.hosts[event.host as usize];
        format!(
            "{seconds:.3} {protocol}/{} {} {country} {host}",
            event.port.number, event.packets
        )
    });
    events.collect()
}

const ZEEK: [&str; 4] = [
    r#"{"ts":1767312000.25,"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":40000,"id.resp_h":"198.51.100.7","id.resp_p":23,"proto":"tcp","conn_state":"S0","orig_pkts":5}"#,
    r#"{"ts":"2026-01-02T00:00:01.5Z","uid":"C2","id":{"orig_h":"2001:db8::1","orig_p":40001,"resp_h":"2001:db8::2","resp_p":53},"proto":"udp","conn_state":"SF","tags":["a\\","{\"}"]}"#,
    r#"{"ts":1767312002,"uid":"C3","id.orig_h":"192.0.2.1","id.orig_p":8,"id.resp_h":"198.51.100.7","id.resp_p":0,"proto":"icmp","conn_state":"OTH","orig_pkts":1}"#,
    r#"{"ts":1767312003000,"uid":"C4","id.orig_h":"192.0.2.1","id.orig_p":1,"id.resp_h":"198.51.100.7","id.resp_p":"80","proto":"tcp","conn_state":"SF","orig_pkts":2}"#,
];

const EXPECTED: [&str; 3] = [
    "1767312000.250 tcp/23 5 Private 198.51.100.7",
    "1767312001.500 udp/53 1 Private 2001:db8::2",
    "1767312003.000 tcp/80 2 Private 198.51.100.7",
];

/// A text in all the ways in which objects stand in files.
fn layouts(objects: &[&str]) -> Vec<(&'static str, String)> {
    let pretty = |json: &str| {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let array = format!("[{}]", objects.join(","));
    let wrap = |around: fn(&str) -> String| {
        let wrapped: Vec<String> = objects.iter().map(|object| around(object)).collect();
        wrapped.join("\n")
    };
    let text = |object: &str| serde_json::to_string(object).unwrap();
    let texts: Vec<String> = objects
        .iter()
        .map(|object| format!("{{\"message\":{}}}", text(object)))
        .collect();
    vec![
        ("lines", objects.join("\n")),
        ("lines with CR", objects.join("\r\n") + "\r\n\r\n"),
        ("byte order mark", format!("\u{feff}{}", objects.join("\n"))),
        ("glued", objects.concat()),
        ("array", array.clone()),
        ("array of lines", format!("[\n{}\n]\n", objects.join(",\n"))),
        ("pretty array", pretty(&array)),
        (
            "pretty objects",
            objects.iter().map(|object| pretty(object) + "\n").collect(),
        ),
        ("records", format!("{{\"records\":[{}]}}", objects.join(","))),
        (
            "records, pretty",
            pretty(&format!("{{\"took\":5,\"records\":{array},\"next\":null}}")),
        ),
        (
            "records, a line each",
            format!(
                "{{\"records\":[\n{}\n],\n\"a\":{{\"b\":[1]}}\n}}\n",
                objects.join(",\n")
            ),
        ),
        (
            "records in two",
            format!(
                "{{\"records\":[{}]}}\n{{\"n\":1,\"records\":[{}]}}",
                objects[..2].join(","),
                objects[2..].join(",")
            ),
        ),
        (
            "text sequence",
            objects.iter().map(|object| format!("\u{1e}{object}\n")).collect(),
        ),
        (
            "syslog",
            objects
                .iter()
                .map(|object| format!("Jan  2 00:00:00 host zeek[5]: {object}\n"))
                .collect(),
        ),
        (
            "_source",
            wrap(|object| format!("{{\"_index\":\"x\",\"_source\":{object},\"sort\":[1]}}")),
        ),
        (
            "elasticdump",
            wrap(|object| format!("{{\"index\":{{\"_index\":\"x\"}}}}\n{{\"_source\":{object}}}")),
        ),
        (
            "search",
            format!(
                "{{\"took\":1,\"hits\":{{\"total\":{{\"value\":4}},\"hits\":[{}]}}}}",
                wrap(|object| format!("{{\"_source\":{object}}}")).replace('\n', ",")
            ),
        ),
        ("message", texts.join("\n")),
        (
            "docker",
            wrap(|object| {
                format!(
                    "{{\"log\":{},\"stream\":\"stdout\"}}",
                    serde_json::to_string(&format!("{object}\n")).unwrap()
                )
            }),
        ),
        (
            "events",
            format!("{{\"events\":[{}],\"searchedLogStreams\":[]}}", texts.join(",")),
        ),
    ]
}

#[test]
fn objects_are_read_however_they_stand() {
    for (name, text) in layouts(&ZEEK) {
        let log = read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(events(&log), EXPECTED, "{name}");
        assert_eq!((log.rows, log.packets), (4, 9), "{name}");
        assert_eq!(log.other_protocols, [("ICMP".to_owned(), 1)].into(), "{name}");
        assert!(log.warnings.is_empty(), "{name}: {:?}", log.warnings);
        assert!(
            log.formats[0].starts_with("read as Zeek conn.log, JSON: ts, proto, id.resp_p, orig_pkts"),
            "{:?}",
            log.formats
        );
    }
}

#[test]
fn places_are_lines_or_the_number_of_the_object() {
    let lines = |name: &str| {
        let layouts = layouts(&ZEEK);
        let (_, text) = layouts.iter().find(|(known, _)| *known == name).unwrap();
        read(text).unwrap().lines
    };
    assert_eq!(lines("lines"), [1, 2, 4]);
    assert_eq!(lines("array of lines"), [2, 3, 5]);
    assert_eq!(lines("glued"), [1, 2, 4]);
    assert_eq!(lines("pretty array"), [2, 13, 40]);
}

#[test]
fn flows_count_where_the_log_has_them() {
    let alert = r#"{"timestamp":"2026-01-02T00:00:09.000000+0000","flow_id":1,"event_type":"alert","src_ip":"192.0.2.1","src_port":5,"dest_ip":"198.51.100.7","dest_port":22,"proto":"TCP","host":"tap"}"#;
    let other = alert.replace("flow_id\":1", "flow_id\":2");
    let flow = r#"{"timestamp":"2026-01-02T02:01:00.000000+0200","flow_id":1,"event_type":"flow","src_ip":"192.0.2.1","src_port":5,"dest_ip":"198.51.100.7","dest_port":22,"proto":"TCP","flow":{"pkts_toserver":7,"start":"2026-01-02T02:00:00.000000+0200"},"host":"tap"}"#;
    let stats = r#"{"timestamp":"2026-01-02T00:00:09.000000+0000","event_type":"stats","stats":{"uptime":5}}"#;
    let log = read(&[alert, &other, alert, stats, flow].join("\n")).unwrap();
    let first = "1767312009.000 tcp/22 1 Private tap";
    // The flow by the packets that the alert did not tell, and a flow whose own record is in another file.
    assert_eq!(events(&log), [first, first, "1767312000.000 tcp/22 6 Private tap"]);
    assert_eq!((log.rows, log.left_out[&Reason::Repeat].rows), (4, 1));
    let log = read(&[alert, &other, alert, stats].join("\n")).unwrap();
    assert_eq!(events(&log), [first, first]);
    assert_eq!((log.rows, log.left_out[&Reason::Repeat].rows), (3, 1));
    // An alert that is written after its flow has ended, and another flow of the same number.
    let again = flow.replace("\"pkts_toserver\":7", "\"pkts_toserver\":2");
    let log = read(&[flow, alert, &again].join("\n")).unwrap();
    assert_eq!(
        events(&log),
        [
            "1767312000.000 tcp/22 7 Private tap",
            "1767312000.000 tcp/22 2 Private tap"
        ]
    );
    let netflow = r#"{"timestamp":"2026-01-02T00:00:09.000000+0000","flow_id":3,"event_type":"netflow","src_ip":"192.0.2.1","src_port":5,"dest_ip":"198.51.100.7","dest_port":22,"proto":"TCP","netflow":{"pkts":5,"start":"2026-01-02T00:00:00.000000+0000"},"host":"tap"}"#;
    let log = read(&[flow, netflow].join("\n")).unwrap();
    assert_eq!(events(&log)[1], "1767312000.000 tcp/22 5 Private tap");
}

#[test]
fn connections_of_ecs_count_whoever_tells_of_them() {
    let record = |kind: &str, source_port: u16, more: &str| {
        format!(
            r#"{{"@timestamp":"2026-01-02T00:00:00Z","event":{{"kind":"{kind}"}},"network":{{"transport":"tcp"}},"source":{{"ip":"192.0.2.1","port":{source_port}{more}}},"destination":{{"ip":"198.51.100.7","port":22}}"#
        )
    };
    let alert = |source_port| record("alert", source_port, "") + "}";
    let event = |source_port, packets| record("event", source_port, &format!(r#","packets":{packets}"#)) + "}";
    let flow = |packets, last| {
        record("event", 9, &format!(r#","packets":{packets}"#)) + &format!(r#","flow":{{"final":{last}}}}}"#)
    };
    let packets_of = |records: &[String]| {
        let log = read(&records.join("\n")).unwrap();
        let repeats = log.left_out.get(&Reason::Repeat).map_or(0, |left| left.rows);
        let packets: Vec<u64> = log.events.iter().map(|event| event.packets).collect();
        (packets, repeats)
    };
    // Alerts of a connection that nothing else tells of, among others.
    assert_eq!(packets_of(&[event(5, 7), alert(6), alert(6)]), (vec![7, 1], 1));
    // Before and after the connection's event.
    assert_eq!(packets_of(&[alert(5), event(5, 7), alert(5)]), (vec![1, 6], 1));
    // Another connection by the same ports.
    assert_eq!(packets_of(&[event(5, 7), event(5, 2)]), (vec![7, 2], 0));
    // A flow by its growth, and one that still runs when the log ends.
    assert_eq!(
        packets_of(&[flow(3, false), flow(3, false), flow(9, true)]),
        (vec![3, 6], 1)
    );
    assert_eq!(packets_of(&[event(5, 7), flow(3, false)]), (vec![7, 3], 0));
}

#[test]
fn connections_to_t_pot_count_whoever_sees_them() {
    let record = |kind: &str, source: &str, port: u16| {
        format!(
            r#"{{"@timestamp":"2026-01-02T00:00:00Z","type":"{kind}","src_ip":"{source}","src_port":4000,"dest_ip":"10.0.0.5","dest_port":{port},"proto":"TCP","t-pot_hostname":"fox","t-pot_ip_int":"10.0.0.5","t-pot_ip_ext":"198.51.100.7"}}"#
        )
    };
    let log = read(
        &[
            record("Cowrie", "192.0.2.1", 22),
            // Of the same connection, of one that no honeypot tells of, and what T-Pot answers.
            record("Suricata", "192.0.2.1", 22),
            record("Suricata", "192.0.2.1", 9100),
            record("P0f", "192.0.2.1", 9100),
            record("Suricata", "10.0.0.5", 4000),
            record("Fatt", "198.51.100.7", 4000),
        ]
        .join("\n"),
    )
    .unwrap();
    let ports: Vec<u16> = log.events.iter().map(|event| event.port.number).collect();
    assert_eq!((ports, log.left_out[&Reason::Repeat].rows), (vec![22, 9100], 4));
}

#[test]
fn records_of_packets_to_a_client_count_for_the_flow() {
    let alert = r#"{"timestamp":"2026-01-02T00:00:09.000000+0000","flow_id":1,"event_type":"alert","src_ip":"198.51.100.7","src_port":2222,"dest_ip":"192.0.2.1","dest_port":40000,"proto":"TCP","direction":"to_client"}"#;
    let (turned, kept) = (
        "1767312009.000 tcp/2222 1 Private 198.51.100.7",
        "1767312009.000 tcp/40000 1 Private 192.0.2.1",
    );
    let flow =
        r#""flow":{"src_ip":"192.0.2.1","dest_ip":"198.51.100.7","src_port":40000,"dest_port":2222},"direction""#;
    let with_flow = alert.replace("\"direction\"", flow);
    for (record, expected) in [
        (alert.to_owned(), turned),
        (with_flow, turned),
        (alert.replace("to_client", "to_server"), kept),
        // Without a word of it, the port of a server tells.
        (alert.replace("\"to_client\"", "\"\""), kept),
        (
            alert.replace("to_client", "").replace("2222", "22"),
            "1767312009.000 tcp/22 1 Private 198.51.100.7",
        ),
        (
            alert
                .replace("to_client", "")
                .replace("2222", "22")
                .replace("40000", "80"),
            "1767312009.000 tcp/80 1 Private 192.0.2.1",
        ),
    ] {
        assert_eq!(events(&read(&record).unwrap()), [expected], "{record}");
    }
}

#[test]
fn a_damaged_object_costs_itself() {
    let damaged = [
        "{\"ts\":1,\"uid\":\"C9\",\"id.orig_h\":\"192.0.2.1",
        "{\"ts\":1,\"uid\":",
        "{\"ts\":1,\"uid\" \"C9\"}",
        "{\"ts\":1,\"uid\":[[[",
        "{\"ts\":1,",
    ];
    for damaged in damaged {
        let objects = [ZEEK[0], ZEEK[1], ZEEK[2], damaged, ZEEK[3]];
        for text in [objects.join("\n"), objects.concat(), format!("[{}]", objects.join(","))] {
            let log = read(&text).unwrap();
            let unreadable = &log.left_out[&Reason::Unreadable];
            assert_eq!(
                (events(&log).len(), log.rows, unreadable.rows),
                (3, 5, 1),
                "{text}: {log:?}"
            );
            let what = &unreadable.first_rows[0].what;
            assert!(what.contains("expected"), "{what}");
        }
        let options = Options {
            strict: true,
            ..Options::default()
        };
        let error = read_with(&objects.join("\n"), options).unwrap_err();
        assert!(error.starts_with("log.json:4: "), "{error}");
    }
}

#[test]
fn a_log_is_cut_anywhere_without_harm() {
    for (name, text) in layouts(&ZEEK) {
        for end in 0..text.len() {
            if !text.is_char_boundary(end) {
                continue;
            }
            if let Ok(log) = read(&text[..end]) {
                assert!(log.events.len() <= 3, "{name} up to {end}");
                let left: u64 = log.left_out.values().map(|left| left.rows).sum();
                assert_eq!(log.rows, log.events.len() as u64 + left, "{name} up to {end}");
            }
        }
    }
}

#[test]
fn what_is_no_log_of_traffic_says_what_it_is() {
    let error = read("{\"name\":\"x\",\"version\":\"1\"}\n{\"name\":\"y\"}").unwrap_err();
    assert!(
        error.contains("its first object has the keys `name`, `version`; expected a time"),
        "{error}"
    );
    let log = read(&format!("{}\n{{\"a\":1}}\nbad\n{}", ZEEK[0], ZEEK[1])).unwrap();
    let unreadable = &log.left_out[&Reason::Unreadable].first_rows;
    assert!(
        unreadable[0].what.starts_with("object has the key `a`"),
        "{}",
        unreadable[0].what
    );
    assert!(
        unreadable[1].what.starts_with("JSON is damaged at \"bad"),
        "{}",
        unreadable[1].what
    );
    for text in ["", "{", "[", "[]", "{}", "[1,2,3]", "\"a\"", "{\"records\":[1]}"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn depth_and_length_cost_no_more_than_themselves() {
    let deep = format!("{{\"a\":{}{}}}", "[{\"hits\":".repeat(10_000), "}]".repeat(10_000));
    let deep_hits = format!("{}{}", "{\"hits\":".repeat(10_000), "}".repeat(10_000));
    let brackets = "[".repeat(100_000);
    let long = format!("{{\"ts\":1,\"x\":\"{}\"}}", "y".repeat(3 << 20));
    for odd in [&deep, &deep_hits, &brackets, &long] {
        let text = format!("{}\n{odd}\n{}", ZEEK[0], ZEEK[1]);
        assert_eq!(read(&text).unwrap().events.len(), 2);
        let _ = read(odd);
    }
}

#[test]
fn years_beyond_what_fits_are_told() {
    for year in ["0001", "9999"] {
        let text = ZEEK[1].replace("2026", year);
        let log = read(&format!("{}\n{text}", ZEEK[0])).unwrap();
        let what = &log.left_out[&Reason::Unreadable].first_rows[0].what;
        assert!(what.contains("1677-09-22 to 2262-04-10"), "{what}");
    }
}

/// The samples of dialects: rows, events, their packets, replies and repeats. The counts are those of jq, by
/// the filter behind them, which gives events and packets.
const SAMPLES: [(&str, [u64; 5], &str); 31] = [
    // map(select(.["log-status"] == "OK" and .protocol != 1 and .srcport > 1023)) | length, (map(.packets) | add)
    (
        "aws-vpc-json/flows.json",
        [4, 2, 17, 1, 0],
        "1772355600.000 tcp/22 14 Private 172.31.16.21",
    ),
    // [.[].records[] | .. | .flowTuples? // empty | .[] / ","] | map(select(.[8] != "B" or .[7] == "D"))
    //   | length, (map(if .[9] == null or .[9] == "" then 1 else .[9] | tonumber end) | add)
    (
        "azure-nsg/PT1H.json",
        [6, 5, 17, 0, 1],
        "1772355600.000 tcp/3389 1 Private 10.0.0.4",
    ),
    // [.[].records[] | .. | .flowTuples? // empty | .[] / ","] | map(select(.[5] != "1" and .[7] != "B"))
    //   | length, (map([.[9] | tonumber, 1] | max) | add)
    (
        "azure-vnet/PT1H.json",
        [4, 2, 26, 0, 1],
        "1772355601.503 tcp/443 25 Private 198.51.100.10",
    ),
    // map(.id) | unique | length
    (
        "conpot/conpot.json",
        [3, 2, 2, 0, 1],
        "1772355600.120 tcp/502 1 Private 10.0.0.5",
    ),
    // map(select(.eventid == "cowrie.session.connect")) | length
    (
        "cowrie/cowrie.json",
        [2, 2, 2, 0, 0],
        "1772355600.120 tcp/2222 1 Private trap-1",
    ),
    // map(select(.connection.type | . == "accept" or . == "reject")) | length
    (
        "dionaea/dionaea.json",
        [4, 4, 4, 0, 0],
        "1772355600.120 tcp/445 1 Private 10.0.0.5",
    ),
    // length
    (
        "dshield-web/webhoneypot.json",
        [1, 1, 1, 0, 0],
        "1772355600.120 tcp/80 1 Private 198.51.100.10",
    ),
    // [.[].hits.hits[]._source | select(.event.kind != "alert")] | length, (map(.source.packets) | add): each of them
    // is of another connection
    ("ecs/search.json", [4, 3, 18, 0, 1], "1772355600.120 tcp/22 14 CN fw-1"),
    // map(select(.SrcPort > 1023)) | length, (map((.Packets | tonumber) * (.SamplingRate | tonumber)) | add)
    (
        "goflow/flows.json",
        [3, 2, 526, 1, 0],
        "1772355600.000 tcp/22 14 Private 198.51.100.10",
    ),
    // map(select(.proto != "ICMP" and .src_port > 1023)) | length, (map(.packets * ([.sampling_rate, 1] | max)) | add)
    (
        "goflow2/flows.json",
        [4, 2, 1014, 1, 0],
        "1772355600.120 tcp/22 14 Private 198.51.100.10",
    ),
    // [.[][].jsonPayload | select(.reporter == "DEST")] | length, (map(.packets_sent | tonumber) | add)
    (
        "google-vpc/flows.json",
        [5, 3, 22, 1, 1],
        "1772355600.120 tcp/22 14 CN web-1",
    ),
    // length
    (
        "heralding/log_session.json",
        [1, 1, 1, 0, 0],
        "1772355600.120 tcp/110 1 Private 10.0.0.5",
    ),
    // map(.session) | unique | length
    (
        "honeydb/honeydb.json",
        [4, 2, 2, 0, 2],
        "1772355600.000 tcp/6379 1 Private 10.0.0.5",
    ),
    // length
    (
        "honeytrap/attackers.json",
        [2, 2, 2, 0, 0],
        "1772355600.120 tcp/8443 1 Private 10.0.0.5",
    ),
    // map(.["source-port"]) | unique | length
    (
        "honeytrap-go/events.json",
        [3, 2, 2, 0, 1],
        "1772355600.120 tcp/8022 1 Private 10.0.0.5",
    ),
    // map(select(.proto != "icmp")) | length, (map(.count // 1) | add)
    (
        "json-general/events.json",
        [3, 2, 15, 0, 0],
        "1772355600.000 tcp/22 14 CN 198.51.100.10",
    ),
    // length
    (
        "mhn/session.json",
        [3, 3, 3, 0, 0],
        "1772355600.120 tcp/23 1 Private b4aa2efe-c47b",
    ),
    // map(.netflow | select(.l4_src_port != 22)) | length, (map(.in_pkts // .packet_delta_count) | add)
    (
        "netflow-json/flows.json",
        [3, 2, 15, 1, 0],
        "1772355605.000 tcp/22 14 Private 198.51.100.10",
    ),
    // map(select(.["7"] != 3389)) | length, (map(.IN_PKTS // .["2"]) | add)
    (
        "nprobe/flows.json",
        [4, 3, 16, 1, 0],
        "1772355600.000 tcp/22 14 CN 198.51.100.10",
    ),
    // length, (map(.PACKETS) | add)
    (
        "ntopng/flows.json",
        [2, 2, 28, 0, 0],
        "1772355600.000 tcp/22 26 CN 198.51.100.10",
    ),
    // map(select(.dst_port != -1) | [.src_port, if .logtype == 5001 then .local_time else 0 end]) | unique | length
    (
        "opencanary/opencanary.log",
        [6, 4, 4, 0, 2],
        "1772355600.120 tcp/22 1 Private canary-1",
    ),
    // map(select(.port_src != 22)) | length, (map(.packets) | add)
    (
        "pmacct/purge.json",
        [3, 2, 15, 1, 0],
        "1772355600.120 tcp/22 14 CN 198.51.100.10",
    ),
    // map(select(.src_ip != "") | .src_port) | unique | length
    (
        "qeeqbox/honeypots.json",
        [3, 2, 2, 0, 1],
        "1772355600.120 tcp/21 1 Private ",
    ),
    // length, (map(.result.packets // 1 | tonumber) | add)
    (
        "splunk/results.json",
        [2, 2, 15, 0, 0],
        "1772355600.120 tcp/22 14 CN 198.51.100.10",
    ),
    // The sum of packets is that of the flows, (map(select(.event_type == "flow" and .dest_port).flow.pkts_toserver) | add);
    // an alert tells one of a flow of 14, a dns record the one of another
    (
        "suricata/eve.json",
        [6, 4, 16, 0, 1],
        "1772355600.000 tcp/22 1 Private 198.51.100.10",
    ),
    // [.[]._source | select(.type) | [.src_ip, .src_port, .dest_port]] | unique | length
    ("tpot/dump.json", [7, 4, 4, 0, 3], "1772355600.100 tcp/22 1 CN tidyfox"),
    // tshark -r FILE -Y "ip.src == 203.0.113.9 and tcp or ipv6.src == 2001:db8:9::5 and udp" | wc -l, of the capture
    // of which these four were made
    (
        "tshark-json/ek.json",
        [8, 3, 3, 2, 0],
        "1772355600.100 tcp/22 1 Private 198.51.100.10",
    ),
    (
        "tshark-json/ek-fields.json",
        [8, 3, 3, 2, 0],
        "1772355600.100 tcp/22 1 Private 198.51.100.10",
    ),
    (
        "tshark-json/fields.json",
        [8, 3, 3, 2, 0],
        "1772355600.100 tcp/22 1 Private 198.51.100.10",
    ),
    (
        "tshark-json/json.json",
        [8, 3, 3, 2, 0],
        "1772355600.100 tcp/22 1 Private 198.51.100.10",
    ),
    // map(select(.proto != "icmp")) | length, (map(.orig_pkts) | add)
    (
        "zeek-json/conn.log",
        [4, 3, 16, 0, 0],
        "1772355600.000 tcp/22 14 Private 198.51.100.10",
    ),
];

fn sample_text(path: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    std::fs::read_to_string(folder.join(path)).unwrap()
}

#[test]
fn every_dialect_has_a_sample_that_is_read() {
    for (path, expected, first) in SAMPLES {
        let log = read(&sample_text(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let rows = |reason: Reason| log.left_out.get(&reason).map_or(0, |left| left.rows);
        let packets = log.events.iter().map(|event| event.packets).sum();
        let sums = [
            log.rows,
            log.events.len() as u64,
            packets,
            rows(Reason::Reply),
            rows(Reason::Repeat),
        ];
        assert_eq!(sums, expected, "{path}");
        assert_eq!(events(&log)[0], first, "{path}");
        assert_eq!(rows(Reason::Unreadable), 0, "{path}: {:?}", log.left_out);
        let (name, _) = path.split_once('/').unwrap();
        let dialect = ALL.iter().find(|dialect| dialect.about.name == name).unwrap();
        let taken = format!("read as {}: ", dialect.about.title);
        assert!(log.formats[0].starts_with(&taken), "{path}: {:?}", log.formats);
    }
    for dialect in ALL {
        let name = dialect.about.name;
        let has_sample = SAMPLES.iter().any(|(path, ..)| path.starts_with(&format!("{name}/")));
        assert!(has_sample, "{name}");
    }
}

#[test]
fn a_dialect_that_is_asked_for_reads_its_sample_as_it_is_told() {
    for (path, ..) in SAMPLES {
        let text = sample_text(path);
        let options = Options {
            format: Some(path.split_once('/').unwrap().0.to_owned()),
            ..Options::default()
        };
        let asked = read_with(&text, options).unwrap_or_else(|error| panic!("{path}: {error}"));
        let told = read(&text).unwrap();
        assert_eq!(
            (asked.events.as_slice(), asked.rows),
            (told.events.as_slice(), told.rows),
            "{path}"
        );
    }
}

#[test]
fn samples_are_cut_and_changed_without_harm() {
    for (path, ..) in SAMPLES {
        let text = sample_text(path);
        for at in (0..text.len()).step_by(text.len() / 400 + 1) {
            let _ = read_from(&text.as_bytes()[..at], "cut", &Options::default());
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1 << (at % 8);
            if let Ok(log) = read_from(&changed[..], "changed", &Options::default()) {
                let left: u64 = log.left_out.values().map(|left| left.rows).sum();
                assert_eq!(log.rows, log.events.len() as u64 + left, "{path} at {at}");
            }
        }
    }
}

#[test]
fn fields_are_named_outright() {
    let options = |columns: &str| Options {
        columns: columns.parse().unwrap(),
        ..Options::default()
    };
    let text = "{\"at\":1772355600,\"l4\":\"tcp\",\"to\":{\"p\":22},\"from\":{\"c\":\"CN\"},\"port\":1}\n\
                {\"at\":1772355601,\"l4\":\"udp\",\"to.p\":53}\n{\"x\":1}\n";
    let log = read_with(text, options("time=at,protocol=l4,port=to.p,code=from.c")).unwrap();
    assert_eq!(
        events(&log),
        ["1772355600.000 tcp/22 1 CN ", "1772355601.000 udp/53 1 Unknown "]
    );
    assert_eq!((log.rows, log.left_out[&Reason::Unreadable].rows), (3, 1));
    assert_eq!(
        log.left_out[&Reason::Unreadable].first_rows[0].what.split(';').next(),
        Some("`at` is empty")
    );
    let error = read_with(text, options("time=when")).unwrap_err();
    assert!(error.contains("--columns"), "{error}");
    let log = read_with(
        &sample_text("suricata/eve.json"),
        Options {
            format: Some("suricata".to_owned()),
            ..options("time=timestamp")
        },
    );
    assert_eq!(
        events(&log.unwrap())[2],
        "1772355665.000 tcp/22 13 Private 198.51.100.10"
    );
}

/// Lines of Linux' firewall.
fn firewall(port: u16) -> String {
    format!(
        "2026-03-01T09:00:00Z gate kernel: [UFW \"BLOCK\"] IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.10 LEN=60 \
         PROTO=TCP SPT=50123 DPT={port} WINDOW=1024 SYN URGP=0"
    )
}

#[test]
fn lines_of_other_formats_are_taken_out_of_objects() {
    let text = |port: u16| serde_json::to_string(&firewall(port)).unwrap();
    let docker = |port: u16| {
        format!(
            "{{\"log\":{},\"stream\":\"stdout\"}}",
            text(port).replace("\"\"", "\\n\"")
        )
    };
    let lines = format!(
        "{}\n{{\"log\":\"hello\"}}\nbad\n{}\n{{\"x\":1}}\n",
        docker(22),
        docker(23)
    );
    let watch = format!(
        "{{\"events\":[{{\"timestamp\":1,\"message\":{}}},{{\"message\":{}}}],\"next\":null}}",
        text(22),
        text(23)
    );
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&watch).unwrap()).unwrap();
    for (text, places) in [(lines, [1, 4]), (watch, [1, 2]), (pretty, [3, 7])] {
        let log = read(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let ports: Vec<u16> = log.events.iter().map(|event| event.port.number).collect();
        assert_eq!((ports, log.lines.as_slice()), (vec![22, 23], &places[..]), "{text}");
        assert!(log.formats[0].ends_with("` of objects in JSON"), "{:?}", log.formats);
    }
}

#[test]
fn a_line_without_a_time_of_its_own_has_that_of_its_object() {
    let line =
        "[UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.10 LEN=60 PROTO=TCP SPT=50123 DPT=22 SYN URGP=0";
    let head = "Mar  1 09:00:07 gate kernel: ";
    for (text, path) in [
        (
            format!(
                r#"{{"__REALTIME_TIMESTAMP":"1772355600250000","_HOSTNAME":"gate","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"{line}"}}"#
            ),
            "MESSAGE",
        ),
        (
            format!(r#"{{"log":"{line}\n","stream":"stdout","time":"2026-03-01T09:00:00.25Z","hostname":"gate"}}"#),
            "log",
        ),
        (
            format!(
                r#"{{"preview":false,"result":{{"_raw":"{head}{line}","_time":"2026-03-01 09:00:00.250 UTC","host":"other"}}}}"#
            ),
            "result._raw",
        ),
        (
            format!(r#"{{"labels":{{"job":"ufw"}},"line":"{head}{line}","timestamp":"2026-03-01T10:00:00.25+01:00"}}"#),
            "line",
        ),
        (
            format!(
                r#"{{"@timestamp":"2026-03-01T09:00:00.250Z","host":{{"name":"gate"}},"message":"kernel: {line}","log":{{"offset":1}}}}"#
            ),
            "message",
        ),
        (
            format!(
                r#"{{"timestamp":"2026-03-01T09:00:00.25Z","textPayload":"gate kernel: {line}","hostname":"gate"}}"#
            ),
            "textPayload",
        ),
        (
            format!(r#"{{"events":[{{"timestamp":1772355600250,"message":"{head}{line}","eventId":"1"}}]}}"#),
            "message",
        ),
        (
            format!(
                r#"{{"hits":{{"hits":[{{"_source":{{"@timestamp":"2026-03-01T09:00:00.25Z","event":{{"original":"{head}{line}"}}}}}}]}}}}"#
            ),
            "_source.event.original",
        ),
    ] {
        let log = read(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(log.events.len(), 1, "{text}");
        assert_eq!(log.events[0].time_ns, 1_772_355_600_250_000_000, "{text}");
        assert_eq!(log.names.hosts, ["gate"], "{text}");
        assert!(
            log.formats[0].ends_with(&format!(", from `{path}` of objects in JSON")),
            "{:?}",
            log.formats
        );
    }
}

#[test]
fn lines_in_objects_may_be_rows_without_a_header() {
    let row = "2 123456789010 eni-1 203.0.113.9 198.51.100.10 40000 22 6 20 4249 1772355600 1772355660 ACCEPT OK";
    let text = format!("{{\"timestamp\":1772355999000,\"message\":\"{row}\"}}\n").repeat(3);
    let log = read(&text).unwrap();
    assert_eq!(log.events.len(), 3);
    assert_eq!(log.events[0].time_ns, 1_772_355_600_000_000_000);
    assert!(log.formats[0].contains("AWS VPC"), "{:?}", log.formats);
}

#[test]
fn damaged_objects_with_lines_are_told_in_pieces_and_as_a_whole() {
    let good = format!("{{\"log\":{}}}\n", serde_json::to_string(&firewall(22)).unwrap());
    let text = format!("{good}{{\"log\":\"x\n{good}{{}}\n{good}");
    for end in 0..text.len() {
        let Ok(log) = read(&text[..end]) else { continue };
        let left: u64 = log.left_out.values().map(|left| left.rows).sum();
        assert_eq!(log.rows, left + log.events.len() as u64);
        // What is no line of the firewall is told.
        let odd = end > good.len() + 1;
        let told = log.warnings.iter().any(|warning| warning.contains("something else"));
        assert!(!odd || told, "{end}: {:?}", log.warnings);
    }
    assert_eq!(read(&text).unwrap().events.len(), 3);
}

#[test]
fn connections_of_zeek_that_run_on_count_beside_those_that_ended() {
    let record = |ts: u32, path: &str, uid: &str, more: &str| {
        format!(
            "{{\"_path\":\"{path}\",\"ts\":{ts},\"uid\":\"{uid}\",\"id.orig_h\":\"192.0.2.1\",\"id.orig_p\":40000,\
             \"id.resp_h\":\"198.51.100.7\",\"id.resp_p\":53,\"proto\":\"udp\"{more}}}\n"
        )
    };
    let lines = [
        record(2, "dns", "C1", ""),
        record(3, "dns", "C1", ""),
        record(1, "conn", "C1", ",\"conn_state\":\"SF\",\"orig_pkts\":5"),
        record(4, "dns", "C1", ""),
        // Its conn is in another file, or will be.
        record(5, "dns", "C2", ""),
        record(6, "conn", "C3", ",\"conn_state\":\"SF\",\"orig_pkts\":3"),
    ];
    for log in [lines.concat(), lines.concat().replace("\"_path\":\"conn\",", "")] {
        let log = read(&log).unwrap();
        let packets: Vec<u64> = log.events.iter().map(|event| event.packets).collect();
        assert_eq!(packets, [1, 4, 1, 3]);
        assert_eq!(log.left_out[&Reason::Repeat].rows, 2);
    }
}

#[test]
fn objects_with_both_ends_have_replies() {
    let text = "{\"time\":1767312000,\"proto\":\"tcp\",\"src_ip\":\"8.8.8.8\",\"src_port\":50000,\"dst_ip\":\"10.0.0.1\",\"dst_port\":80}\n\
                {\"time\":1767312001,\"proto\":\"tcp\",\"src_ip\":\"10.0.0.1\",\"src_port\":80,\"dst_ip\":\"8.8.8.8\",\"dst_port\":50000}\n";
    let log = read(text).unwrap();
    assert_eq!((log.events.len(), log.events[0].port.number), (1, 80));
    assert_eq!(log.left_out[&Reason::Reply].rows, 1);
    let log = read(&text.replace("src_port", "port_there")).unwrap();
    assert_eq!(log.events.len(), 2);
}
