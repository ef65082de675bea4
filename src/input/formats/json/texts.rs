//! Objects that keep lines of another format as text: what journald, Docker, Filebeat, CloudWatch and the like make of a
//! log. The lines are taken out, and read as if they were the log. Where an object tells when and where its line was
//! written, the line gets that as the head of a syslog (RFC 5424): many have none of their own, or lack the year.

use std::io::Write as _;
use std::sync::Arc;

use super::layout::{Layout, Sample, inside};
use super::objects::{Damage, Objects, Taken, Taker};
use super::paths::{Found, Paths};
use super::plans::{TEXTS, WRAPPERS};
use super::scan::Fault;
use crate::input::format::{Begin, Begun, Format, Head, Parsed, Start};
use crate::input::options::Options;
use crate::input::time_reader::TimeReader;
use crate::model::PlaceUnit;

/// Keys of the time, the preferred first. journald's are `_SOURCE_REALTIME_TIMESTAMP`, by the sender's clock, and
/// `__REALTIME_TIMESTAMP` (systemd.journal-fields(7)).
const TIMES: [&str; 8] = [
    "_SOURCE_REALTIME_TIMESTAMP",
    "__REALTIME_TIMESTAMP",
    "@timestamp",
    "timestamp",
    "time",
    "_time",
    "ts",
    "date",
];

/// Keys of the sender.
const HOSTS: [&str; 6] = ["_HOSTNAME", "host.name", "host.hostname", "hostname", "host", "source"];

/// Keys of the program.
const PROGRAMS: [&str; 4] = ["SYSLOG_IDENTIFIER", "process.name", "program", "appname"];

const NS_PER_SEC: i64 = 1_000_000_000;

/// Most bytes of a log in which lines are looked for whose format is known.
const MOST_BYTES: usize = 8 << 20;

/// A log whose objects keep lines.
struct Texts {
    layout: Layout,
    places: Arc<Places>,
    /// How the lines are read.
    inner: Arc<dyn Head>,
}

/// Where in an object everything stands.
struct Places {
    /// The line, then times, hosts and programs.
    paths: Paths,
    /// Whether lines get a head.
    heads: bool,
}

impl Places {
    fn new(wrapper: &str, text: &str, heads: bool) -> Self {
        let all = [text].into_iter().chain(TIMES).chain(HOSTS).chain(PROGRAMS);
        Self {
            paths: Paths::new(all.map(|path| within(wrapper, path))),
            heads,
        }
    }
}

/// A path in a wrapper, which may be none.
fn within(wrapper: &str, path: &str) -> String {
    match wrapper {
        "" => path.to_owned(),
        _ => format!("{wrapper}.{path}"),
    }
}

/// The beginning of a log whose objects keep lines of one of some formats; none where they do not, and what
/// the format says where it cannot be read.
pub(super) fn begin(start: &Start<'_>, sample: &Sample, formats: &[&dyn Format]) -> Option<Begin> {
    let paths: Vec<(&str, &str)> = WRAPPERS
        .iter()
        .flat_map(|wrapper| TEXTS.map(|text| (*wrapper, text)))
        .collect();
    let all = Paths::new(paths.iter().map(|(wrapper, text)| within(wrapper, text)));
    let mut counts = vec![0; paths.len()];
    let mut found = Found::default();
    for object in &sample.objects {
        if found.walk(&all, start.bytes, object.start + 1).is_ok() {
            for (path, count) in counts.iter_mut().enumerate() {
                *count += usize::from(!found.text(start.bytes, path).is_empty());
            }
        }
    }
    // The format asked for is that of the objects.
    let options = Options {
        format: None,
        ..start.options.clone()
    };
    let mut has_texts = false;
    for ((wrapper, text), _) in paths
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| 2 * count >= sample.objects.len().max(1))
    {
        has_texts = true;
        for heads in [true, false] {
            let places = Arc::new(Places::new(wrapper, text, heads));
            let mut lines = Lines::new(&places, false, &options);
            for object in &sample.objects {
                // They were found whole.
                let _ = lines.object(start.bytes, object.start, 0);
            }
            if heads && !lines.has_heads {
                continue;
            }
            let inner = Start {
                options: &options,
                bytes: &lines.buffer,
                last: b"",
                ..*start
            };
            for format in formats {
                match format.begin(&inner) {
                    Begin::Head(begun) => {
                        let texts = Texts {
                            layout: Layout::of(start.bytes, sample),
                            places,
                            inner: begun.head,
                        };
                        let path = within(wrapper, text);
                        return Some(Begin::Head(Begun {
                            head: Arc::new(texts),
                            at: 0,
                            places: 0,
                            taken: format!("{}, from `{path}` of objects in JSON", begun.taken),
                            remarks: begun.remarks,
                        }));
                    }
                    Begin::Refused(error) => return Some(Begin::Refused(error)),
                    Begin::More | Begin::Other(_) => {}
                }
            }
        }
    }
    // What is told of here may come further down.
    (has_texts && !start.whole && start.bytes.len() < MOST_BYTES).then_some(Begin::More)
}

impl Head for Texts {
    fn unit(&self) -> PlaceUnit {
        self.layout.unit
    }

    fn cut(&self, bytes: &[u8], searched: usize) -> Option<usize> {
        self.layout.cut(bytes, searched)
    }

    fn parse(self: Arc<Self>, bytes: &[u8], last: bool, options: &Options) -> Parsed {
        let lines = Lines::new(&self.places, self.layout.envelopes, options);
        let mut objects = Objects::new(&self.layout, lines);
        objects.read(bytes, last);
        let (places, unfinished, lines) = (objects.places, objects.unfinished, objects.taker);
        let Parsed { mut piece, head } = Arc::clone(&self.inner).parse(&lines.buffer, true, options);
        piece.stands_at(self.layout.unit, &lines.stand_at);
        (piece.places, piece.unfinished) = (places, unfinished);
        let changed = head.map(|inner| {
            Arc::new(Self {
                layout: self.layout.clone(),
                places: Arc::clone(&self.places),
                inner,
            }) as Arc<dyn Head>
        });
        Parsed { piece, head: changed }
    }
}

/// Collects the lines of objects.
struct Lines<'p> {
    places: &'p Places,
    envelopes: bool,
    times: TimeReader,
    found: Found,
    /// A line for each object.
    buffer: Vec<u8>,
    /// The place of each line.
    stand_at: Vec<u64>,
    /// Whether a line has a head.
    has_heads: bool,
}

impl<'p> Lines<'p> {
    fn new(places: &'p Places, envelopes: bool, options: &Options) -> Self {
        Self {
            places,
            envelopes,
            times: options.times(),
            found: Found::default(),
            buffer: Vec::new(),
            stand_at: Vec::new(),
            has_heads: false,
        }
    }

    /// Appends a head of RFC 5424 for the line of an object, if that has a time.
    fn push_head(&mut self, bytes: &[u8]) {
        let found = &self.found;
        let first = |first: usize, count: usize| {
            let texts = (first..first + count).map(|path| found.text(bytes, path));
            texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
        };
        let time = first(1, TIMES.len());
        let Ok(time_ns) = self.times.read(time) else { return };
        let (secs, part_ns) = (time_ns.div_euclid(NS_PER_SEC), time_ns.rem_euclid(NS_PER_SEC));
        // With ten digits they are seconds for sure.
        if !(1_000_000_000..10_000_000_000).contains(&secs) {
            return;
        }
        let word = |text: &[u8]| match text {
            [_, ..] if text.iter().all(u8::is_ascii_graphic) => String::from_utf8_lossy(text).into_owned(),
            _ => "-".to_owned(),
        };
        let host = word(first(1 + TIMES.len(), HOSTS.len()));
        let program = word(first(1 + TIMES.len() + HOSTS.len(), PROGRAMS.len()));
        // Nothing fails in memory.
        let _ = write!(self.buffer, "<13>1 {secs}.{part_ns:09} {host} {program} - - - ");
        self.has_heads = true;
    }
}

impl Taker for Lines<'_> {
    fn object(&mut self, bytes: &[u8], start: usize, place: u64) -> Result<Taken, Fault> {
        if self.envelopes
            && let Some(inner) = inside(bytes, start)?
        {
            return Ok(Taken::Envelope(inner));
        }
        let end = self.found.walk(&self.places.paths, bytes, start + 1)?;
        self.stand_at.push(place);
        if self.found.text(bytes, 0).is_empty() {
            // The format of the lines tells of what has no text: it is none of them.
            push_line(&mut self.buffer, &bytes[start..end]);
            return Ok(Taken::Record(end));
        }
        if self.places.heads {
            self.push_head(bytes);
        }
        push_line(&mut self.buffer, self.found.text(bytes, 0));
        Ok(Taken::Record(end))
    }

    fn damage(&mut self, damage: &Damage<'_>) {
        push_line(&mut self.buffer, damage.describe().as_bytes());
        self.stand_at.push(damage.place);
    }

    fn stopped(&self) -> bool {
        false
    }
}

/// Appends a text as one line.
fn push_line(buffer: &mut Vec<u8>, text: &[u8]) {
    let begin = buffer.len();
    buffer.extend_from_slice(text);
    for byte in &mut buffer[begin..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    buffer.push(b'\n');
}
