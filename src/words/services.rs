//! Services by port, in a word each: the kept table behind the small print beside hot labels.
//!
//! Owns the names. Most ports have no entry, and need none.
//!
//! Source: IANA, "Service Name and Transport Protocol Port Number Registry",
//! <https://www.iana.org/assignments/service-names-port-numbers>. Where engineers say something else
//! than the registry, the table says what they say (`smb` for `microsoft-ds`, `rdp` for
//! `ms-wbt-server`), and where a port is known for what runs on it unregistered, that (`redis`, `adb`).

use crate::model::Port;
use crate::model::Protocol::{self, Tcp, Udp};

/// The service that a port is known for, in at most 12 characters of ASCII:
/// TCP 1433 is `ms-sql`. A name is a convention: it does not say what the packets held.
#[must_use]
pub fn service_name(port: Port) -> Option<&'static str> {
    SERVICES
        .binary_search_by_key(&port, |&(protocol, number, _)| Port { protocol, number })
        .ok()
        .map(|index| SERVICES[index].2)
}

/// A port with its service: `TCP 1433 ms-sql`.
#[must_use]
pub fn port_text(port: Port) -> String {
    let service = service_name(port).map_or_else(String::new, |name| format!(" {name}"));
    format!("{} {}{service}", port.protocol, port.number)
}

/// The ports of the service of a name, in any case: `dns` has UDP 53 and TCP 53.
pub fn ports_of_service(name: &str) -> impl Iterator<Item = Port> {
    let named = SERVICES
        .iter()
        .filter(move |(.., service)| service.eq_ignore_ascii_case(name));
    named.map(|&(protocol, number, _)| Port { protocol, number })
}

/// The names of all services, some of them several times.
pub fn service_names() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|(.., name)| *name)
}

/// Protocol, port and name, in the order of [`Port`].
const SERVICES: [(Protocol, u16, &str); 221] = [
    (Udp, 7, "echo"),
    (Udp, 9, "discard"),
    (Udp, 13, "daytime"),
    (Udp, 17, "qotd"),
    (Udp, 19, "chargen"),
    (Udp, 37, "time"),
    (Udp, 53, "dns"),
    (Udp, 67, "dhcp"),
    (Udp, 68, "dhcp"),
    (Udp, 69, "tftp"),
    (Udp, 88, "kerberos"),
    (Udp, 111, "rpcbind"),
    (Udp, 123, "ntp"),
    (Udp, 135, "ms-rpc"),
    (Udp, 137, "netbios-ns"),
    (Udp, 138, "netbios-dgm"),
    (Udp, 161, "snmp"),
    (Udp, 162, "snmp-trap"),
    (Udp, 177, "xdmcp"),
    (Udp, 389, "cldap"),
    (Udp, 427, "slp"),
    (Udp, 443, "quic"),
    (Udp, 500, "isakmp"),
    (Udp, 514, "syslog"),
    (Udp, 520, "rip"),
    (Udp, 546, "dhcpv6"),
    (Udp, 547, "dhcpv6"),
    (Udp, 623, "ipmi"),
    (Udp, 853, "dns-quic"),
    (Udp, 1194, "openvpn"),
    (Udp, 1434, "ms-sql-m"),
    (Udp, 1645, "radius"),
    (Udp, 1646, "radius-acct"),
    (Udp, 1701, "l2tp"),
    (Udp, 1812, "radius"),
    (Udp, 1813, "radius-acct"),
    (Udp, 1900, "ssdp"),
    (Udp, 2049, "nfs"),
    (Udp, 2055, "netflow"),
    (Udp, 2123, "gtp-c"),
    (Udp, 2152, "gtp-u"),
    (Udp, 3283, "apple-rd"),
    (Udp, 3389, "rdp"),
    (Udp, 3478, "stun"),
    (Udp, 3544, "teredo"),
    (Udp, 3702, "wsd"),
    (Udp, 4500, "ipsec-nat"),
    (Udp, 4789, "vxlan"),
    (Udp, 5004, "rtp"),
    (Udp, 5060, "sip"),
    (Udp, 5061, "sips"),
    (Udp, 5093, "sentinel"),
    (Udp, 5351, "nat-pmp"),
    (Udp, 5353, "mdns"),
    (Udp, 5355, "llmnr"),
    (Udp, 5632, "pcanywhere"),
    (Udp, 5683, "coap"),
    (Udp, 6343, "sflow"),
    (Udp, 6881, "bittorrent"),
    (Udp, 10001, "ubiquiti"),
    (Udp, 11211, "memcached"),
    (Udp, 17185, "vxworks"),
    (Udp, 19132, "minecraft"),
    (Udp, 27015, "steam"),
    (Udp, 27960, "quake"),
    (Udp, 31337, "back-orifice"),
    (Udp, 33434, "traceroute"),
    (Udp, 37810, "dahua"),
    (Udp, 41641, "tailscale"),
    (Udp, 47808, "bacnet"),
    (Udp, 51820, "wireguard"),
    (Udp, 64738, "mumble"),
    (Tcp, 7, "echo"),
    (Tcp, 9, "discard"),
    (Tcp, 13, "daytime"),
    (Tcp, 19, "chargen"),
    (Tcp, 20, "ftp-data"),
    (Tcp, 21, "ftp"),
    (Tcp, 22, "ssh"),
    (Tcp, 23, "telnet"),
    (Tcp, 25, "smtp"),
    (Tcp, 37, "time"),
    (Tcp, 43, "whois"),
    (Tcp, 49, "tacacs"),
    (Tcp, 53, "dns"),
    (Tcp, 70, "gopher"),
    (Tcp, 79, "finger"),
    (Tcp, 80, "http"),
    (Tcp, 88, "kerberos"),
    (Tcp, 102, "s7comm"),
    (Tcp, 110, "pop3"),
    (Tcp, 111, "rpcbind"),
    (Tcp, 113, "ident"),
    (Tcp, 119, "nntp"),
    (Tcp, 135, "ms-rpc"),
    (Tcp, 139, "netbios"),
    (Tcp, 143, "imap"),
    (Tcp, 179, "bgp"),
    (Tcp, 389, "ldap"),
    (Tcp, 443, "https"),
    (Tcp, 445, "smb"),
    (Tcp, 465, "smtps"),
    (Tcp, 502, "modbus"),
    (Tcp, 512, "rexec"),
    (Tcp, 513, "rlogin"),
    (Tcp, 514, "rsh"),
    (Tcp, 515, "lpd"),
    (Tcp, 548, "afp"),
    (Tcp, 554, "rtsp"),
    (Tcp, 587, "submission"),
    (Tcp, 593, "rpc-http"),
    (Tcp, 631, "ipp"),
    (Tcp, 636, "ldaps"),
    (Tcp, 853, "dns-tls"),
    (Tcp, 873, "rsync"),
    (Tcp, 989, "ftps-data"),
    (Tcp, 990, "ftps"),
    (Tcp, 993, "imaps"),
    (Tcp, 995, "pop3s"),
    (Tcp, 1080, "socks"),
    (Tcp, 1194, "openvpn"),
    (Tcp, 1433, "ms-sql"),
    (Tcp, 1434, "ms-sql-m"),
    (Tcp, 1521, "oracle"),
    (Tcp, 1720, "h323"),
    (Tcp, 1723, "pptp"),
    (Tcp, 1883, "mqtt"),
    (Tcp, 1935, "rtmp"),
    (Tcp, 2049, "nfs"),
    (Tcp, 2082, "cpanel"),
    (Tcp, 2083, "cpanel-tls"),
    (Tcp, 2181, "zookeeper"),
    (Tcp, 2222, "ssh-alt"),
    (Tcp, 2323, "telnet-alt"),
    (Tcp, 2375, "docker"),
    (Tcp, 2376, "docker-tls"),
    (Tcp, 2379, "etcd"),
    (Tcp, 2404, "iec-104"),
    (Tcp, 2967, "symantec"),
    (Tcp, 3128, "squid"),
    (Tcp, 3260, "iscsi"),
    (Tcp, 3268, "ldap-gc"),
    (Tcp, 3306, "mysql"),
    (Tcp, 3389, "rdp"),
    (Tcp, 3690, "svn"),
    (Tcp, 4369, "epmd"),
    (Tcp, 4444, "metasploit"),
    (Tcp, 4786, "cisco-si"),
    (Tcp, 4899, "radmin"),
    (Tcp, 5000, "upnp"),
    (Tcp, 5038, "asterisk"),
    (Tcp, 5060, "sip"),
    (Tcp, 5061, "sips"),
    (Tcp, 5222, "xmpp"),
    (Tcp, 5269, "xmpp-server"),
    (Tcp, 5357, "wsd"),
    (Tcp, 5432, "postgres"),
    (Tcp, 5555, "adb"),
    (Tcp, 5601, "kibana"),
    (Tcp, 5631, "pcanywhere"),
    (Tcp, 5666, "nrpe"),
    (Tcp, 5672, "amqp"),
    (Tcp, 5800, "vnc-http"),
    (Tcp, 5900, "vnc"),
    (Tcp, 5901, "vnc-1"),
    (Tcp, 5902, "vnc-2"),
    (Tcp, 5938, "teamviewer"),
    (Tcp, 5984, "couchdb"),
    (Tcp, 5985, "winrm"),
    (Tcp, 5986, "winrm-tls"),
    (Tcp, 6000, "x11"),
    (Tcp, 6379, "redis"),
    (Tcp, 6443, "kubernetes"),
    (Tcp, 6666, "irc"),
    (Tcp, 6667, "irc"),
    (Tcp, 6668, "irc"),
    (Tcp, 6669, "irc"),
    (Tcp, 6697, "ircs"),
    (Tcp, 6881, "bittorrent"),
    (Tcp, 7001, "weblogic"),
    (Tcp, 7547, "tr-069"),
    (Tcp, 8000, "http-alt"),
    (Tcp, 8008, "http-alt"),
    (Tcp, 8009, "ajp"),
    (Tcp, 8080, "http-alt"),
    (Tcp, 8081, "http-alt"),
    (Tcp, 8086, "influxdb"),
    (Tcp, 8088, "http-alt"),
    (Tcp, 8118, "privoxy"),
    (Tcp, 8291, "winbox"),
    (Tcp, 8333, "bitcoin"),
    (Tcp, 8443, "https-alt"),
    (Tcp, 8728, "mikrotik"),
    (Tcp, 8883, "mqtts"),
    (Tcp, 8888, "http-alt"),
    (Tcp, 9000, "php-fpm"),
    (Tcp, 9001, "tor-or"),
    (Tcp, 9042, "cassandra"),
    (Tcp, 9050, "tor-socks"),
    (Tcp, 9090, "http-alt"),
    (Tcp, 9092, "kafka"),
    (Tcp, 9100, "jetdirect"),
    (Tcp, 9200, "elastic"),
    (Tcp, 9300, "elastic-node"),
    (Tcp, 9418, "git"),
    (Tcp, 9443, "https-alt"),
    (Tcp, 10000, "webmin"),
    (Tcp, 10050, "zabbix-agent"),
    (Tcp, 10051, "zabbix"),
    (Tcp, 10250, "kubelet"),
    (Tcp, 11211, "memcached"),
    (Tcp, 12345, "netbus"),
    (Tcp, 15672, "rabbitmq"),
    (Tcp, 20000, "dnp3"),
    (Tcp, 25565, "minecraft"),
    (Tcp, 27017, "mongodb"),
    (Tcp, 37777, "dahua"),
    (Tcp, 44818, "ethernet-ip"),
    (Tcp, 50000, "db2"),
    (Tcp, 50070, "hdfs"),
    (Tcp, 54321, "back-orifice"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name(protocol: Protocol, number: u16) -> Option<&'static str> {
        service_name(Port { protocol, number })
    }

    #[test]
    fn the_table_is_sorted_by_unique_ports() {
        assert!(SERVICES.is_sorted_by_key(|&(protocol, number, _)| Port { protocol, number }));
        assert!(
            SERVICES
                .windows(2)
                .all(|pair| (pair[0].0, pair[0].1) != (pair[1].0, pair[1].1))
        );
        for (protocol, number, service) in SERVICES {
            assert_eq!(name(protocol, number), Some(service));
        }
    }

    #[test]
    fn names_fit_beside_a_label() {
        let longest = SERVICES.iter().map(|(.., name)| name.len()).max();
        assert_eq!(longest, Some(12));
        for (.., name) in SERVICES {
            assert!(name.len() >= 2, "{name}");
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(name.bytes().all(plain), "{name}");
        }
    }

    #[test]
    fn the_ports_of_the_sample_have_names() {
        for (number, service) in [
            (22, "ssh"),
            (23, "telnet"),
            (80, "http"),
            (135, "ms-rpc"),
            (139, "netbios"),
            (445, "smb"),
            (1433, "ms-sql"),
            (1723, "pptp"),
            (3128, "squid"),
            (3306, "mysql"),
            (3389, "rdp"),
            (4899, "radmin"),
            (5432, "postgres"),
            (5631, "pcanywhere"),
            (5900, "vnc"),
            (6379, "redis"),
            (6667, "irc"),
            (8080, "http-alt"),
            (9200, "elastic"),
            (25565, "minecraft"),
            (27017, "mongodb"),
        ] {
            assert_eq!(name(Tcp, number), Some(service));
        }
        for (number, service) in [
            (19, "chargen"),
            (53, "dns"),
            (67, "dhcp"),
            (68, "dhcp"),
            (69, "tftp"),
            (123, "ntp"),
            (161, "snmp"),
            (500, "isakmp"),
            (514, "syslog"),
            (623, "ipmi"),
            (1434, "ms-sql-m"),
            (1900, "ssdp"),
            (3544, "teredo"),
            (4500, "ipsec-nat"),
            (5060, "sip"),
            (5353, "mdns"),
            (11211, "memcached"),
            (51820, "wireguard"),
        ] {
            assert_eq!(name(Udp, number), Some(service));
        }
    }

    #[test]
    fn a_name_has_all_its_ports() {
        let ports = |name: &str| -> Vec<_> {
            let ports = ports_of_service(name).map(|port| (port.protocol, port.number));
            ports.collect()
        };
        assert_eq!(ports("dns"), [(Udp, 53), (Tcp, 53)]);
        assert_eq!(ports("SSH"), [(Tcp, 22)]);
        assert!(ports("shh").is_empty());
    }

    #[test]
    fn no_service_is_called_like_a_country() {
        for name in service_names() {
            assert_eq!(crate::words::country_code(name), None, "{name}");
        }
    }

    #[test]
    fn protocols_are_told_apart() {
        assert_eq!((name(Tcp, 514), name(Udp, 514)), (Some("rsh"), Some("syslog")));
        assert_eq!((name(Tcp, 443), name(Udp, 443)), (Some("https"), Some("quic")));
        assert_eq!((name(Tcp, 51820), name(Udp, 80)), (None, None));
        // The flood of July 2013 went to a port whose registered name, drwcs, nobody says.
        assert_eq!(name(Udp, 2193), None);
        assert_eq!((name(Tcp, 0), name(Udp, 65535)), (None, None));
    }
}
