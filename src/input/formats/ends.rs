//! The ends of conversations as the lines of firewalls write them: an address and a port, in one text.

use crate::input::fields::transport;
use crate::input::record::{Address, Sign, Tie};
use crate::model::Protocol;

/// An address and a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End<'l> {
    pub address: Address<'l>,
    /// The port as it is written; empty where there is none.
    pub port: &'l [u8],
}

impl<'l> End<'l> {
    pub fn of(address: &'l [u8], port: &'l [u8]) -> Self {
        Self {
            address: Address::Text(address).ip().map_or(Address::Text(address), Address::Ip),
            port: number_of(port),
        }
    }

    /// `192.0.2.1/23`, without a port where there is none.
    pub fn by_slash(text: &'l [u8]) -> Self {
        Self::split(text, b'/')
    }

    /// `192.0.2.1:23`, `[2001:db8::1]:23`, without a port where there is none.
    pub fn by_colon(text: &'l [u8]) -> Self {
        if let Some(inner) = text.strip_prefix(b"[")
            && let Some(bracket) = memchr::memchr(b']', inner)
        {
            let port = inner[bracket + 1..].strip_prefix(b":").unwrap_or_default();
            return Self::of(&inner[..bracket], port);
        }
        if memchr::memchr_iter(b':', text).count() == 1 {
            return Self::split(text, b':');
        }
        Self::of(text, b"")
    }

    /// `192.0.2.1(23)`, without a port where there is none.
    pub fn by_bracket(text: &'l [u8]) -> Self {
        let text = text.strip_suffix(b")").unwrap_or(text);
        Self::split(text, b'(')
    }

    /// `192.0.2.1.23`, `2001:db8::1.23`, `host.example.ssh`. Only a name has to be told whether it has a port.
    pub fn by_point(text: &'l [u8], name_has_port: bool) -> Self {
        let whole = Self::of(text, b"");
        if whole.address.ip().is_some() {
            return whole;
        }
        let split = Self::split(text, b'.');
        if name_has_port || split.address.ip().is_some() {
            split
        } else {
            whole
        }
    }

    fn split(text: &'l [u8], by: u8) -> Self {
        match memchr::memrchr(by, text) {
            Some(at) => Self::of(&text[..at], &text[at + 1..]),
            None => Self::of(text, b""),
        }
    }
}

/// The tie of a packet that was sent from one end to another; none for protocols without ports.
#[inline]
pub(super) fn one_way(protocol: &[u8], from: &End<'_>, to: &End<'_>, sign: Sign) -> Tie {
    let protocol = match transport(protocol) {
        Some(Protocol::Tcp) => 6,
        Some(Protocol::Udp) => 17,
        None => return Tie::default(),
    };
    let port = |text: &[u8]| str::from_utf8(text).ok()?.parse::<u16>().ok();
    let (from, to) = ((from.address.ip(), port(from.port)), (to.address.ip(), port(to.port)));
    match (from, to) {
        ((Some(from), Some(from_port)), (Some(to), Some(to_port))) => {
            Tie::one_way(protocol, (from, from_port), (to, to_port), sign)
        }
        _ => Tie::default(),
    }
}

/// What flags of TCP tell of who began.
pub(super) const fn sign(syn: bool, ack: bool) -> Sign {
    match (syn, ack) {
        (true, false) => Sign::Opens,
        (true, true) => Sign::Answers,
        (false, _) => Sign::None,
    }
}

/// The number of a port that is named, as digits; a number, and a name that is not known, as it is.
fn number_of(port: &[u8]) -> &[u8] {
    if port.first().is_none_or(u8::is_ascii_digit) {
        return port;
    }
    let known = SERVICES.iter().find(|(name, _)| name.as_bytes() == port);
    known.map_or(port, |(_, digits)| digits.as_bytes())
}

/// Names that Cisco's devices and programs of Unix write in place of ports.
///
/// Sources: Cisco ASA, "TCP and UDP Ports" of the command reference; Debian's `/etc/services`.
const SERVICES: [(&str, &str); 66] = [
    ("echo", "7"),
    ("discard", "9"),
    ("daytime", "13"),
    ("chargen", "19"),
    ("ftp-data", "20"),
    ("ftp", "21"),
    ("ssh", "22"),
    ("telnet", "23"),
    ("smtp", "25"),
    ("time", "37"),
    ("nameserver", "42"),
    ("whois", "43"),
    ("tacacs", "49"),
    ("domain", "53"),
    ("bootps", "67"),
    ("bootpc", "68"),
    ("tftp", "69"),
    ("gopher", "70"),
    ("finger", "79"),
    ("www", "80"),
    ("http", "80"),
    ("kerberos", "88"),
    ("pop2", "109"),
    ("pop3", "110"),
    ("sunrpc", "111"),
    ("ident", "113"),
    ("auth", "113"),
    ("nntp", "119"),
    ("ntp", "123"),
    ("netbios-ns", "137"),
    ("netbios-dgm", "138"),
    ("netbios-ssn", "139"),
    ("imap2", "143"),
    ("imap4", "143"),
    ("snmp", "161"),
    ("snmptrap", "162"),
    ("snmp-trap", "162"),
    ("xdmcp", "177"),
    ("bgp", "179"),
    ("irc", "194"),
    ("ldap", "389"),
    ("https", "443"),
    ("microsoft-ds", "445"),
    ("isakmp", "500"),
    ("login", "513"),
    ("syslog", "514"),
    ("shell", "514"),
    ("printer", "515"),
    ("route", "520"),
    ("submission", "587"),
    ("ldaps", "636"),
    ("imaps", "993"),
    ("pop3s", "995"),
    ("socks", "1080"),
    ("ms-sql-s", "1433"),
    ("ms-sql-m", "1434"),
    ("sqlnet", "1521"),
    ("h323", "1720"),
    ("pptp", "1723"),
    ("nfs", "2049"),
    ("mysql", "3306"),
    ("sip", "5060"),
    ("aol", "5190"),
    ("mdns", "5353"),
    ("postgresql", "5432"),
    ("http-alt", "8080"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_read_as_they_are_written() {
        let end = |address: &'static str, port: &'static str| End {
            address: Address::Ip(address.parse().unwrap()),
            port: port.as_bytes(),
        };
        for (found, expected) in [
            (End::by_slash(b"192.0.2.1/23"), end("192.0.2.1", "23")),
            (End::by_slash(b"2001:db8::1/www"), end("2001:db8::1", "80")),
            (End::by_slash(b"192.0.2.1"), end("192.0.2.1", "")),
            (End::by_colon(b"192.0.2.1:23"), end("192.0.2.1", "23")),
            (End::by_colon(b"[2001:db8::1]:23"), end("2001:db8::1", "23")),
            (End::by_colon(b"[2001:db8::1]"), end("2001:db8::1", "")),
            (End::by_colon(b"2001:db8::1"), end("2001:db8::1", "")),
            (End::by_bracket(b"192.0.2.1(23)"), end("192.0.2.1", "23")),
            (End::by_bracket(b"192.0.2.1"), end("192.0.2.1", "")),
        ] {
            assert_eq!(found, expected);
        }
        assert_eq!(End::by_slash(b"fw.example/odd").port, b"odd");
    }

    #[test]
    fn packets_of_protocols_with_ports_are_tied() {
        let (from, to) = (End::of(b"192.0.2.1", b"4000"), End::of(b"198.51.100.7", b"80"));
        assert_ne!(one_way(b"tcp", &from, &to, Sign::None).conversation, 0);
        assert_eq!(one_way(b"icmp", &from, &to, Sign::None), Tie::default());
        assert_eq!(one_way(b"tcp", &End::default(), &to, Sign::None), Tie::default());
    }
}
