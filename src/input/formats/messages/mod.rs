//! Logs of lines, most of them by syslog, each line a record of one of several formats: firewalls send
//! theirs to one collector. A log is of the format of which it has a line; lines of its relatives are read
//! as well, and those of anything else are told of.

mod message;
mod netfilter;

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
pub(super) use netfilter::Netfilter;

/// Formats whose lines may stand side by side in one log. Each knows its own by words that the others lack.
const RELATIVES: &[&dyn Lines] = &[&Netfilter];

/// A format of lines as a format of logs.
pub(super) struct Messages<F>(pub F);

impl<F: Lines + Copy + 'static> Format for Messages<F> {
    fn about(&self) -> About {
        self.0.about()
    }

    fn begin(&self, start: &Start<'_>) -> Begin {
        let about = self.0.about();
        let of = |line: &[u8]| {
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
        let mut formats: Vec<&'static dyn Lines> = Vec::with_capacity(RELATIVES.len());
        let own = RELATIVES.iter().filter(|lines| lines.about() == about);
        formats.extend(own);
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
                piece.remarks.push((place, LATE));
            }
            return Line::Change(Self {
                clock,
                formats: Arc::clone(&self.formats),
            });
        }
        Line::Foreign
    }
}
