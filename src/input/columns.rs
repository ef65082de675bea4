//! What the columns of a table mean, or the keys of an object: the names that are usual for each meaning,
//! and those that whoever reads a log gives. Knows no format and no row.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A name of a column longer than this is not a usual one.
const MOST_KEY_BYTES: usize = 48;

/// The name of a column in the form in which names are compared: small letters, and `_` for whatever parts
/// the words of it or stands before them. `Source IP`, `source.ip` and `source-ip` are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    bytes: [u8; MOST_KEY_BYTES],
    length: usize,
}

impl Key {
    /// The key of a name; none for one that is too long. Letters go without their marks: `Ländercode` is `landercode`.
    pub fn of(name: &[u8]) -> Option<Self> {
        let plain = without_marks(name);
        let name = &plain[..];
        let start = name.iter().position(u8::is_ascii_alphanumeric)?;
        let end = name.iter().rposition(u8::is_ascii_alphanumeric)?;
        let name = &name[start..=end];
        let mut bytes = [0; MOST_KEY_BYTES];
        for (to, from) in bytes.get_mut(..name.len())?.iter_mut().zip(name) {
            *to = match from {
                b'.' | b' ' | b'-' | b':' | b'/' => b'_',
                letter => letter.to_ascii_lowercase(),
            };
        }
        Some(Self {
            bytes,
            length: name.len(),
        })
    }
}

/// A name whose letters have no marks, be it in UTF-8 or in Windows' Latin letters.
fn without_marks(name: &[u8]) -> Cow<'_, [u8]> {
    // The letters from U+00C0 on; those that are none, or have no likeness, are left.
    const PLAIN: &[u8; 64] =
        b"AAAAAA\xc6CEEEEIIII\xd0NOOOOO\xd7OUUUUY\xde\xdfaaaaaa\xe6ceeeeiiii\xf0nooooo\xf7ouuuuy\xfey";
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let plain = |byte: u8| PLAIN.get(usize::from(byte.wrapping_sub(0xc0))).copied().unwrap_or(byte);
    let Ok(text) = str::from_utf8(name) else {
        return Cow::Owned(name.iter().map(|byte| plain(*byte)).collect());
    };
    let mut letters = Vec::with_capacity(name.len());
    for letter in text.chars() {
        match u8::try_from(letter) {
            Ok(byte) if plain(byte).is_ascii() => letters.push(plain(byte)),
            _ => letters.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(letters)
}

impl PartialEq<str> for Key {
    fn eq(&self, other: &str) -> bool {
        self.bytes[..self.length] == *other.as_bytes()
    }
}

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    Time,
    Protocol,
    Port,
    Packets,
    Bytes,
    Code,
    Country,
    Host,
    Source,
    SourcePort,
    Destination,
}

impl Meaning {
    pub const ALL: [Self; 11] = [
        Self::Time,
        Self::Protocol,
        Self::Port,
        Self::Packets,
        Self::Bytes,
        Self::Code,
        Self::Country,
        Self::Host,
        Self::Source,
        Self::SourcePort,
        Self::Destination,
    ];

    /// The meanings that a log needs a column for.
    pub const REQUIRED: [Self; 3] = [Self::Time, Self::Protocol, Self::Port];

    /// Its name in `--columns`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Protocol => "protocol",
            Self::Port => "port",
            Self::Packets => "packets",
            Self::Bytes => "bytes",
            Self::Code => "code",
            Self::Country => "country",
            Self::Host => "host",
            Self::Source => "source",
            Self::SourcePort => "source_port",
            Self::Destination => "destination",
        }
    }

    /// The usual names of such a column, as keys: portbloom's own, then those of flows and packets, of firewalls,
    /// honeypots and stores, then those in German, French, Spanish, Italian, Portuguese and Dutch. Earlier ones are
    /// preferred.
    const fn names(self) -> &'static str {
        match self {
            Self::Time => {
                "datetime time timestamp ts date_time time_start start_time starttime start stime sdatetime \
                 flow_start flowstart flow_start_milliseconds flowstartmilliseconds flowstartseconds \
                 timestamp_start first_seen firstseen date_first_seen first first_switched firstswitched \
                 netflow_first_switched time_flow_start_ns timeflowstart time_received timereceived stamp_inserted \
                 frame_time_epoch frame_time_utc frame_time event_start event_created event_time eventtime \
                 generate_time generated_time receive_time local_time utc_time utctime datetime_utc log_time \
                 logtime epoch unix_time unixtime start_timestamp starttimestamp date \
                 zeitstempel zeitpunkt zeit datum_zeit datum_uhrzeit datum uhrzeit startzeit \
                 horodatage horodate date_heure date_et_heure heure marca_de_tiempo fecha_hora fecha_y_hora fecha hora \
                 data_ora data_e_ora orario data_hora data_e_hora tijdstempel tijdstip datum_tijd tijd"
            }
            Self::Protocol => {
                "proto protocol pr pro prot transport network_transport network_iana_number ip_proto ipproto \
                 ip_protocol ipprotocol ip_p l4_proto l4_protocol layer4_protocol transport_protocol \
                 protocolidentifier protocol_identifier netflow_protocol netflow_protocol_identifier proto_name \
                 protocol_name protocol_number connection_protocol jsonpayload_connection_protocol frame_protocols \
                 ws_col_protocol \
                 protokoll protocole protocolo protocollo"
            }
            Self::Port => {
                "dpt dport dst_port port dstport dp dest_port destport destination_port destinationport id_resp_p \
                 ip_dst_port l4_dst_port port_dst dst_pt dstpt destination_transport_port destinationtransportport \
                 netflow_l4_dst_port netflow_destination_transport_port resp_p server_port local_port target_port \
                 dest_port_number connection_dest_port jsonpayload_connection_dest_port tcp_dstport udp_dstport \
                 attack_connection_local_port \
                 zielport ziel_port port_de_destination port_destination port_dest puerto_de_destino \
                 puerto_destino puerto porta_di_destinazione porta_destinazione porta_de_destino porta_destino porta \
                 doelpoort bestemmingspoort poort"
            }
            Self::Packets => {
                "packets count pkts pkt ipkt in_pkts in_packets npackets num_packets num_pkts packet_count \
                 packetcount orig_pkts src_pkts srcpkts spkts source_packets packets_sent pktssent pkts_sent \
                 packet_delta_count packetdeltacount packettotalcount netflow_in_pkts netflow_packet_delta_count \
                 flow_pkts_toserver total_fwd_packets total_fwd_packet tot_fwd_pkts forward_packets \
                 jsonpayload_packets_sent network_packets tot_pkts totpkts total_packets repeat_count hits cnt \
                 pakete paketanzahl anzahl_pakete anzahl paquets nombre_de_paquets paquetes numero_de_paquetes \
                 pacchetti numero_di_pacchetti pacotes numero_de_pacotes pakketten aantal_pakketten aantal"
            }
            Self::Bytes => {
                "bytes octets byts ibyt in_bytes in_octets nbytes num_bytes byte_count bytecount orig_ip_bytes \
                 orig_bytes src_bytes srcbytes sbytes source_bytes bytes_sent bytessent sentbyte sentbytes \
                 octet_delta_count octetdeltacount octettotalcount netflow_in_bytes netflow_octet_delta_count \
                 flow_bytes_toserver totlen_fwd_pkts total_length_of_fwd_packet total_length_of_fwd_packets oct \
                 jsonpayload_bytes_sent network_bytes tot_bytes totbytes total_bytes frame_len ip_len length len size \
                 byte octetos laenge lange groesse grosse longueur taille tamano dimensione tamanho grootte"
            }
            Self::Code => {
                "cc country_code countrycode src_cc scc srccc source_geo_country_iso_code \
                 client_geo_country_iso_code geoip_country_code2 geoip_country_iso_code geoip_country_code \
                 geo_country_code country_iso_code country_code2 country_code3 src_country_code source_country_code \
                 src_countrycode src_geo_country_code orig_cc country_ip_src src_ip_country sco iso_code \
                 landercode laendercode landescode landeskennung code_pays codigo_de_pais codigo_pais codice_paese \
                 codigo_do_pais landcode"
            }
            Self::Country => {
                "country country_name countryname src_country srccountry source_country sourcecountry \
                 source_country_name src_country_name source_geo_country_name client_geo_country_name \
                 geoip_country_name geo_country_name src_location_country src_location source_location \
                 jsonpayload_src_location_country \
                 herkunftsland quellland land pays_source pays pais_de_origen pais_origen paese_di_origine paese \
                 pais_de_origem pais_origem pais"
            }
            Self::Host => {
                "host dst_host sensor sensor_name sensor_id hostname host_name honeypot t_pot_hostname \
                 observer_name observer_hostname agent_name node_id identifier device device_name devname \
                 devicename exporter exporter_ip sampler_address \
                 rechnername rechner hote nom_hote"
            }
            Self::Source => {
                "src src_ip source source_ip srcip src_addr srcaddr sa sip saddr ip_src ipsrc src_ip_addr srcipaddr \
                 source_address sourceaddress sourceip src_address id_orig_h orig_h ipv4_src_addr ipv6_src_addr \
                 source_ipv4_address source_ipv6_address sourceipv4address sourceipv6address netflow_ipv4_src_addr \
                 netflow_source_ipv4_address client_ip remote_ip remote_host remote_addr attacker_ip attackerip \
                 peerip src_host connection_src_ip jsonpayload_connection_src_ip attack_connection_remote_ip \
                 ipv6_src \
                 quell_ip quellip ip_quelle quelladresse quell_adresse quell_ip_adresse quelle adresse_source ip_source \
                 adresse_ip_source direccion_de_origen direccion_origen direccion_ip_origen ip_de_origen ip_origen origen \
                 indirizzo_di_origine indirizzo_sorgente ip_sorgente ip_origine sorgente endereco_de_origem ip_de_origem \
                 ip_origem origem bron_ip bronadres bron_adres bron"
            }
            Self::SourcePort => {
                "spt sport src_port source_port srcport sp sourceport id_orig_p orig_p ip_src_port l4_src_port \
                 port_src src_pt srcpt source_transport_port sourcetransportport netflow_l4_src_port \
                 netflow_source_transport_port client_port remote_port peerport connection_src_port \
                 jsonpayload_connection_src_port tcp_srcport udp_srcport attack_connection_remote_port \
                 quellport quell_port port_source puerto_de_origen puerto_origen \
                 porta_sorgente porta_di_origine porta_origine porta_de_origem porta_origem bronpoort"
            }
            Self::Destination => {
                "dst dst_ip destination destination_ip dstip dst_addr dstaddr da dip daddr ip_dst ipdst dst_ip_addr \
                 dstipaddr dest dest_ip destip destination_address destinationaddress destinationip dst_address \
                 dest_addr id_resp_h resp_h ipv4_dst_addr ipv6_dst_addr destination_ipv4_address \
                 destination_ipv6_address destinationipv4address destinationipv6address netflow_ipv4_dst_addr \
                 netflow_destination_ipv4_address server_ip local_ip local_host connection_dest_ip \
                 jsonpayload_connection_dest_ip attack_connection_local_ip ipv6_dst \
                 ziel_ip zielip ip_ziel zieladresse ziel_adresse ziel_ip_adresse ziel \
                 adresse_de_destination adresse_destination ip_destination adresse_ip_destination direccion_de_destino \
                 direccion_destino direccion_ip_destino ip_de_destino ip_destino destino indirizzo_di_destinazione \
                 indirizzo_destinazione ip_destinazione destinazione endereco_de_destino doel_ip doeladres doel_adres doel \
                 bestemming_ip bestemming"
            }
        }
    }

    /// The usual names of such a column, the preferred ones first.
    pub fn aliases(self) -> impl Iterator<Item = &'static str> {
        self.names().split_ascii_whitespace()
    }

    /// portbloom's own name for such a column.
    pub fn own_name(self) -> &'static str {
        self.aliases().next().unwrap_or_default()
    }

    /// Whether a key is one of the usual names of such a column.
    pub fn is_called(self, key: &Key) -> bool {
        self.aliases().any(|alias| *key == *alias)
    }

    /// The words for it in messages.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Time => "the time",
            Self::Protocol => "the protocol",
            Self::Port => "the destination port",
            Self::Packets => "the number of packets",
            Self::Bytes => "the number of bytes",
            Self::Code => "the country's code",
            Self::Country => "the country's name",
            Self::Host => "the receiving host",
            Self::Source => "the source's address",
            Self::SourcePort => "the source port",
            Self::Destination => "the destination's address",
        }
    }
}

/// The columns of a log as whoever reads it names them: `time=ts,port=dest.port`. Columns of other
/// meanings are found by their usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnNames(Vec<(Meaning, String)>);

impl ColumnNames {
    /// Whether none is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name given for a meaning.
    pub(super) fn get(&self, meaning: Meaning) -> Option<&str> {
        let named = self.0.iter().find(|(known, _)| *known == meaning);
        named.map(|(_, name)| name.as_str())
    }
}

impl FromStr for ColumnNames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut names: Vec<(Meaning, String)> = Vec::new();
        for pair in split_unquoted(text) {
            let (field, name) = pair
                .split_once('=')
                .ok_or_else(|| format!("`{pair}`: expected FIELD=NAME, like time=ts"))?;
            let field = field.trim().to_ascii_lowercase().replace('-', "_");
            let Some(meaning) = Meaning::ALL.into_iter().find(|meaning| meaning.name() == field) else {
                let known = Meaning::ALL.map(Meaning::name).join(", ");
                return Err(format!("there is no field `{field}`; expected one of {known}"));
            };
            let name = name.trim();
            let name = name
                .strip_prefix('"')
                .and_then(|name| name.strip_suffix('"'))
                .unwrap_or(name);
            if name.is_empty() {
                return Err(format!("`{field}=` names no column; expected a name behind the `=`"));
            }
            if names.iter().any(|(known, _)| *known == meaning) {
                return Err(format!("`{field}` is named twice; expected one column"));
            }
            names.push((meaning, name.to_owned()));
        }
        Ok(Self(names))
    }
}

/// Written so that it is read again as the same.
impl fmt::Display for ColumnNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (meaning, name)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let quote = if name.contains(',') || name.trim() != name {
                "\""
            } else {
                ""
            };
            write!(f, "{comma}{}={quote}{name}{quote}", meaning.name())?;
        }
        Ok(())
    }
}

/// The parts of a text between commas that are not in quotes.
fn split_unquoted(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for text in [
            "time=ts,port=dest.port,source=client.ip",
            "time=\"start, UTC\",source_port=4",
            "host=\" sensor\"",
            "country=a=b",
        ] {
            let names: ColumnNames = text.parse().unwrap();
            assert_eq!(names.to_string(), text);
        }
        let names: ColumnNames = "Time= ts , Source-Port=sp".parse().unwrap();
        assert_eq!(names.get(Meaning::Time), Some("ts"));
        assert_eq!(names.get(Meaning::SourcePort), Some("sp"));
        assert_eq!(names.get(Meaning::Port), None);
        assert!(!names.is_empty() && ColumnNames::default().is_empty());
    }

    #[test]
    fn what_names_no_columns_is_told() {
        for (text, what) in [
            ("", "expected FIELD=NAME"),
            ("ts", "expected FIELD=NAME"),
            (
                "when=ts",
                "there is no field `when`; expected one of time, protocol, port",
            ),
            ("time=", "names no column"),
            ("time=a,time=b", "`time` is named twice"),
        ] {
            let error = text.parse::<ColumnNames>().unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn names_are_compared_by_their_words() {
        for name in ["Source IP", "source.ip", "source-ip", "@source_ip", " SOURCE_IP."] {
            assert!(Meaning::Source.is_called(&Key::of(name.as_bytes()).unwrap()), "{name}");
        }
        for name in ["sourceIPs", "ip"] {
            assert!(!Meaning::Source.is_called(&Key::of(name.as_bytes()).unwrap()), "{name}");
        }
        let long = "x".repeat(MOST_KEY_BYTES + 1);
        assert!(
            [&b""[..], b"--", long.as_bytes()]
                .iter()
                .all(|name| Key::of(name).is_none())
        );
    }

    #[test]
    fn names_of_other_languages_are_compared_without_marks() {
        for (name, meaning) in [
            (&b"Zielport"[..], Meaning::Port),
            ("L\u{e4}ndercode".as_bytes(), Meaning::Code),
            (b"L\xe4ndercode", Meaning::Code),
            ("Pa\u{ed}s".as_bytes(), Meaning::Country),
            ("Protocole".as_bytes(), Meaning::Protocol),
            ("Quell-IP".as_bytes(), Meaning::Source),
            ("H\u{f4}te".as_bytes(), Meaning::Host),
            ("Endere\u{e7}o de Destino".as_bytes(), Meaning::Destination),
            ("N\u{fa}mero de Paquetes".as_bytes(), Meaning::Packets),
        ] {
            assert!(meaning.is_called(&Key::of(name).unwrap()), "{}", name.escape_ascii());
        }
        assert!(!Meaning::Time.is_called(&Key::of("\u{6642}\u{9593} a".as_bytes()).unwrap()));
    }

    #[test]
    fn no_name_has_two_meanings() {
        let mut names: Vec<&str> = Meaning::ALL.iter().flat_map(|meaning| meaning.aliases()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        // As keys are, or no column would be found by them.
        assert!(
            names
                .iter()
                .all(|name| Key::of(name.as_bytes()).is_some_and(|key| key == **name))
        );
    }
}
