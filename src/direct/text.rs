//! The sentences that findings are told in: facts, in 66 letters at most.

use super::finding::Finding;
use crate::model::{Measure, PRIVATE, Port, Source, SourceKind};
use crate::plan::Kind;
use crate::words::{
    capital, counted, grouped, in_sentence, measured, plural, printable_line, round_duration, service_name, spoken_name,
};

/// A source that the log does not name, where it is no country.
const UNKNOWN: &str = "an unknown source";
/// Letters of a sentence.
const MOST_LETTERS: usize = 66;

/// What sentences speak of beside a finding.
pub(super) struct Told<'a> {
    pub measure: Measure,
    pub source_kind: &'a SourceKind,
    /// Its host in a few letters.
    pub host: Option<&'a str>,
    /// Hosts of the log; 0 where it names none.
    pub all_hosts: u64,
    /// What is usual in place of its number.
    pub usual: u64,
    /// Whether its numbers are exact.
    pub exact: bool,
    /// Whether it was found in bubbles, which do not know when their last packets came.
    pub of_bubbles: bool,
}

/// The sentence of a finding, and what it is in a few words.
pub(super) fn write(finding: &Finding, told: &Told<'_>) -> (String, String) {
    let lasts = round_duration(finding.until_ns.abs_diff(finding.at_ns));
    // What begins with the first packet of a bubble and ends with that of another lasts longer than that; a silence
    // begins later.
    let lasts = match finding.kind {
        Kind::Flood if told.of_bubbles => format!("{lasts} or more"),
        Kind::Silence if told.of_bubbles => format!("about {lasts}"),
        _ => lasts,
    };
    let about = if told.exact { "" } else { "about " };
    let from = finding.source.as_ref().map(|source| source_name(source, told));
    let from = from.as_deref().unwrap_or_default();
    // A country has a capital also where it has an article; other sources are written as they are.
    let first = match told.source_kind {
        SourceKind::Country => capital(from),
        _ if from == UNKNOWN => capital(from),
        _ => from.to_owned(),
    };
    let (service, port) = (finding.port.map(service_text), finding.port.map(port_number));
    let (service, port) = (service.unwrap_or_default(), port.unwrap_or_default());
    let on = match (told.host, finding.hosts) {
        (Some(host), _) => format!(" on {host}"),
        (None, Some(hosts)) if told.all_hosts > 0 && hosts > 1 => format!(" on {}", counted(hosts, "host")),
        _ => String::new(),
    };
    let of_hosts = finding
        .hosts
        .map(|hosts| format!("{about}{} of {}", grouped(hosts), counted(told.all_hosts, "host")));
    let of_hosts = of_hosts.unwrap_or_default();
    let packets = finding.packets.map(|packets| measured(packets, told.measure));
    let packets = packets.unwrap_or_default();
    let (sentences, title) = match finding.kind {
        Kind::Flood => (
            vec![
                format!("{first} floods {service}{on}: {packets} in {lasts}"),
                format!("{first} floods {port}{on}: {packets} in {lasts}"),
                format!("{first} floods {port}{on}: {packets}"),
                format!("{first} floods {port}: {packets}"),
            ],
            format!("Flood from {from} to {port}"),
        ),
        Kind::Scan => {
            let ports = finding.ports.map_or_else(String::new, |ports| counted(ports, "port"));
            let what = match (finding.port, finding.ports) {
                (Some(_), _) => of_hosts.clone(),
                (None, _) => format!("{about}{ports}{on}"),
            };
            let over = if finding.port.is_some() {
                format!(" for {service}")
            } else {
                String::new()
            };
            (
                vec![
                    format!("A scan from {from}{over}: {what} in {lasts}"),
                    format!("A scan from {from}{over}: {what}"),
                    format!("A scan from {from}: {what}"),
                ],
                format!("Scan from {from}"),
            )
        }
        Kind::Sweep => (
            vec![
                format!("A sweep from {from} for {service}: {of_hosts} in {lasts}"),
                format!("A sweep from {from} for {port}: {of_hosts} in {lasts}"),
                format!("A sweep from {from} for {port}: {of_hosts}"),
            ],
            format!("Sweep from {from} for {port}"),
        ),
        Kind::Worm => {
            let count = finding.sources.unwrap_or(0);
            let sources = format!("{about}{}", source_count(count, told.source_kind));
            let usually = match told.usual {
                0 => String::new(),
                usual => format!(", usually {}", grouped(usual)),
            };
            (
                vec![
                    format!("Possibly a worm: {service} from {sources}{usually}"),
                    format!("Possibly a worm: {port} from {sources}{usually}"),
                    format!("Possibly a worm: {port} from {sources}"),
                ],
                format!("{port} from {sources}"),
            )
        }
        Kind::Silence => match told.host {
            Some(host) => (
                vec![format!("No more packets to {host}"), "A host falls silent".to_owned()],
                format!("No more packets to {host}"),
            ),
            None => {
                let several = plural(told.measure.noun());
                let nothing = format!("No {several} for {lasts}");
                (vec![nothing.clone()], nothing)
            }
        },
        Kind::First | Kind::Note => {
            let several = plural(told.measure.noun());
            let who = if finding.port.is_some() {
                format!("to {service}")
            } else {
                format!("from {from}")
            };
            let first = format!("The first {several} {who}");
            (vec![format!("{first}: {packets} from here on"), first.clone()], first)
        }
    };
    let fits = |sentence: &&String| sentence.chars().count() <= MOST_LETTERS;
    let shortest = sentences.last().map_or("", String::as_str);
    let text = sentences.iter().find(fits).map_or_else(|| cut(shortest), Clone::clone);
    (text, cut(&title))
}

/// The first letters of a text that fit.
fn cut(text: &str) -> String {
    if text.chars().count() <= MOST_LETTERS {
        return text.to_owned();
    }
    text.chars().take(MOST_LETTERS - 1).chain(['…']).collect()
}

/// `2 countries`; a column's name has no plural.
fn source_count(count: u64, kind: &SourceKind) -> String {
    match kind {
        SourceKind::Column(_) => counted(count, "source"),
        kind => counted(count, kind.noun()),
    }
}

/// A source in a sentence.
fn source_name(source: &Source, told: &Told<'_>) -> String {
    match (source.code.as_str(), told.source_kind) {
        ("Unknown", SourceKind::Country) => "an unknown country".to_owned(),
        ("Unknown", _) => UNKNOWN.to_owned(),
        (PRIVATE, SourceKind::Country) => "a private address".to_owned(),
        (_, SourceKind::Country) => printable_line(&in_sentence(spoken_name(source))).into_owned(),
        _ => printable_line(spoken_name(source)).into_owned(),
    }
}

/// `TCP 1433 (ms-sql)`.
fn service_text(port: Port) -> String {
    let service = service_name(port).map_or_else(String::new, |service| format!(" ({service})"));
    format!("{}{service}", port_number(port))
}

/// `TCP 1433`.
fn port_number(port: Port) -> String {
    format!("{} {}", port.protocol, port.number)
}
