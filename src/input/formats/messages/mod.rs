//! Logs of lines, most of them by syslog, each line a record of one of several formats: firewalls send
//! theirs to one collector. A log is of the format of which it has a line; lines of its relatives are read
//! as well, and those of anything else are told of.

mod asa;
mod cef;
mod filterlog;
mod fortinet;
mod ftd;
mod honeypots;
mod ios;
mod juniper;
mod keyed;
mod message;
mod mikrotik;
mod netfilter;
mod palo_alto;

use std::sync::Arc;

use crate::input::clock::{Clock, LATE};
use crate::input::error::InputError;
use crate::input::fields::Fault;
use crate::input::format::{About, Begin, Begun, Format, Start};
use crate::input::lines::{Line, LineReader, Lines as LinesHead};
use crate::input::piece::Piece;
use crate::input::stamp::Stamp;
use crate::input::syslog::Message;
use message::{Lines, Packets, Said};

/// Formats whose lines may stand side by side in one log. Each knows its own by words that the others lack.
const RELATIVES: &[&dyn Lines] = &[
    &netfilter::Netfilter,
    &filterlog::Filterlog,
    &asa::Asa,
    &ftd::Ftd,
    &ios::Ios,
    &fortinet::Fortinet,
    &palo_alto::PaloAlto,
    &juniper::Juniper,
    &mikrotik::Mikrotik,
    &cef::Cef,
    &honeypots::Endlessh,
    &honeypots::CowrieText,
];

// The formats, as they are listed.
pub(super) const NETFILTER: Messages = Messages(&netfilter::Netfilter);
pub(super) const FILTERLOG: Messages = Messages(&filterlog::Filterlog);
pub(super) const ASA: Messages = Messages(&asa::Asa);
pub(super) const FTD: Messages = Messages(&ftd::Ftd);
pub(super) const IOS: Messages = Messages(&ios::Ios);
pub(super) const FORTINET: Messages = Messages(&fortinet::Fortinet);
pub(super) const PALO_ALTO: Messages = Messages(&palo_alto::PaloAlto);
pub(super) const JUNIPER: Messages = Messages(&juniper::Juniper);
pub(super) const MIKROTIK: Messages = Messages(&mikrotik::Mikrotik);
pub(super) const CEF: Messages = Messages(&cef::Cef);
pub(super) const ENDLESSH: Messages = Messages(&honeypots::Endlessh);
pub(super) const COWRIE_TEXT: Messages = Messages(&honeypots::CowrieText);
pub(super) const PAIRS: Messages = Messages(&keyed::Keyed);

/// Most bytes of a syslog in which a line of a format is looked for: a machine's firewall may say nothing for a day.
const MOST_BYTES: usize = 8 << 20;

/// Number of lines that a syslog is told by.
const SYSLOG_LINES: usize = 50;

/// Whether most of the first lines of a text begin with a time and a host, as those of a syslog do.
fn is_syslog(bytes: &[u8]) -> bool {
    let of_syslog = lines(bytes).take(SYSLOG_LINES).map(|line| {
        let message = Message::of(line);
        usize::from(message.stamp != Stamp::None && !message.host.is_empty())
    });
    let (count, found) = of_syslog.fold((0, 0), |(count, found), is_one| (count + 1, found + is_one));
    count > 0 && 2 * found > count
}

/// A format of lines as a format of logs.
pub(super) struct Messages(&'static dyn Lines);

impl Format for Messages {
    fn about(&self) -> About {
        self.0.about()
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let about = self.0.about();
        let of = |line: &[u8]| {
            // A row of a table, or an object, may hold such a line in one of its cells.
            if matches!(line, [b'"' | b'{', ..]) {
                return None;
            }
            let message = Message::of(line);
            let mut packets = Packets::default();
            match (self.0.read(&message, &mut packets), packets.stamp) {
                (Said::Nothing, _) => None,
                (Said::Other | Said::Unreadable(_), _) => Some(Stamp::None),
                (Said::Packets, Stamp::None) => Some(message.stamp),
                (Said::Packets, stamp) => Some(stamp),
            }
        };
        // The last line may be cut off.
        let bytes = match memchr::memrchr(b'\n', start.bytes) {
            Some(newline) if !start.whole => &start.bytes[..newline],
            _ => start.bytes,
        };
        let mut found = lines(bytes).filter_map(of).peekable();
        if found.peek().is_none() && start.options.format.is_none() {
            if !start.whole && bytes.len() < MOST_BYTES && is_syslog(bytes) {
                return Begin::More;
            }
            return Begin::Other(InputError::OtherFormat {
                name: start.name.to_owned(),
                format: about.name,
                what: "none of its first lines is of that format".to_owned(),
            });
        }
        let is_time = |stamp: &Stamp| *stamp != Stamp::None;
        let first = found.find(is_time).unwrap_or_default();
        let last = lines(start.last)
            .filter_map(of)
            .filter(is_time)
            .last()
            .unwrap_or_default();
        let (clock, remark) = Clock::new(start, first, last);
        let mut formats = vec![self.0];
        if start.options.format.is_none() {
            formats.extend(RELATIVES.iter().filter(|lines| lines.about() != about));
        }
        Begin::Head(Begun {
            head: Arc::new(LinesHead(Arc::new(Reader {
                formats: formats.into(),
                clock,
            }))),
            at: 0,
            places: 0,
            taken: format!("read as {}: {}", about.title, self.0.fields()),
            remarks: remark.into_iter().collect(),
        })
    }
}

/// The lines of a text that are not blank.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines
        .map(|line| line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line))
        .filter(|line| !line.is_empty())
}

/// Reads the lines of a log.
#[derive(Clone)]
struct Reader {
    /// Formats that they may be of, in the order in which they are tried.
    formats: Arc<[&'static dyn Lines]>,
    clock: Clock,
}

impl LineReader for Reader {
    fn read(&self, line: &[u8], place: u64, piece: &mut Piece) -> Line<Self> {
        let message = Message::of(line);
        let mut packets = Packets::default();
        for format in &*self.formats {
            match format.read(&message, &mut packets) {
                Said::Nothing => continue,
                Said::Other => return Line::Other,
                Said::Unreadable(what) => return Line::Unreadable(what),
                Said::Packets => {}
            }
            let Packets { mut fields, mut stamp } = packets;
            if stamp == Stamp::None {
                (stamp, fields.time) = (message.stamp, message.time);
            }
            let read = match self.clock.read(stamp) {
                Ok(read) => read,
                Err(error) => return Line::Unreadable(Fault::Time(error).describe("time", &fields)),
            };
            fields.time_ns = Some(read.time_ns);
            if let Err(fault) = piece.add(place, &fields, |field| format.name_of(field)) {
                return Line::Unreadable(fault.describe(format.name_of(fault.field()), &fields));
            }
            let Some(clock) = read.moved else { return Line::Record };
            if self.clock.is_first_late(&clock) {
                piece.remark(place, LATE);
            }
            return Line::Change(Self {
                clock,
                formats: Arc::clone(&self.formats),
            });
        }
        Line::Foreign
    }
}

#[cfg(test)]
mod tests;
