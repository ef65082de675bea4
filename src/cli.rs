//! The command line as it is typed: clap structs and the parsers of their values.
//! Known to `main` and `settings` alone; what values mean together is decided there.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::geo::CountryChoice;
use crate::input::{ColumnNames, Filter, TimeFormat, Zone, parse_time_ns};
use crate::model::{MAX_UNIT, Measure, SourceKind};
use crate::plan::{Factor, MOST_SECS};
use crate::scene::{Only, View};
use crate::synth::{MAX_EVENTS, MAX_HOSTS};
use crate::timeline::Fps;
use crate::words::{printable_line, utc};

/// Country rows by default.
pub const DEFAULT_COUNTRIES: u16 = 44;
/// Country rows by default of pictures for small screens.
pub const SHORT_COUNTRIES: u16 = 20;
/// Size of a picture by default, in pixels.
pub const DEFAULT_SIZE_PX: [u32; 2] = [1920, 1080];

/// Told below the commands: the licence of the built-in table of countries asks for it.
const ATTRIBUTION: &str = "Countries of addresses come from DB-IP Lite (IP Geolocation by DB-IP, https://db-ip.com, \
                           CC BY 4.0), unless --geoip names another table.";

/// Turns a log of network packets into a film.
#[derive(Debug, Parser)]
#[command(version, about, after_help = ATTRIBUTION, arg_required_else_help = true)]
pub struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

/// A command with its options.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a film of a log.
    Render(RenderArgs),
    /// Put the parts of a film together, which `render --shard` or `render --frames` made: without encoding again.
    Join(JoinArgs),
    /// Make a picture of one frame, and the data behind it.
    Frame(FrameArgs),
    /// Watch the film of a log in a window, in real time; seek in it, and point at things to ask what they are.
    Preview(PreviewArgs),
    /// Describe a log, without making a film.
    Profile(ProfileArgs),
    /// Find what is worth telling in a log: floods, scans, sweeps, worms, silences, firsts. With -o, write a plan of it,
    /// which `render --plan` makes a film of.
    Direct(DirectArgs),
    /// Store the bubbles of a log in a file that opens faster than the log.
    #[cfg(feature = "prepared")]
    Prepare(PrepareArgs),
    /// Make up a log: floods, scans, day and night.
    Synth(SynthArgs),
    /// List the formats of logs that can be read, and what of each is counted.
    Formats(FormatsArgs),
    /// List the graphics adapters that `--adapter` can name.
    Adapters(AdaptersArgs),
}

impl Cli {
    /// The command that the program was started with. Where its words are wrong or ask for help, ends the program
    /// with the message for that.
    #[must_use]
    pub fn from_program() -> Self {
        let words: Vec<OsString> = std::env::args_os().collect();
        Self::try_parse_from(&words).unwrap_or_else(|error| {
            // The message has the words as they are, which a terminal might obey.
            let shown = words
                .iter()
                .map(|word| printable_line(&word.to_string_lossy()).into_owned());
            Self::try_parse_from(shown).err().unwrap_or(error).exit()
        })
    }

    /// The command that words mean, the program's name being the first.
    ///
    /// # Errors
    /// The message for the terminal that says what is wrong with them.
    pub fn command_of<W: Into<OsString> + Clone>(words: impl IntoIterator<Item = W>) -> Result<Command, String> {
        let cli = Self::try_parse_from(words).map_err(|error| error.to_string())?;
        Ok(cli.command)
    }
}

/// Options of `render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// The log to show, and how.
    #[command(flatten)]
    pub scene: SceneArgs,

    /// Lay the film out as that of another log, or of more of the same: with its countries, ports and unit, and the
    /// scale of its bars. So the films of two weeks can stand side by side.
    #[arg(long, value_name = "LOG")]
    pub layout_of: Option<PathBuf>,

    /// The film's file: `film.mp4`, `film.y4m`, `frames/%05d.png`, or `-` for Y4M on standard
    /// output. A file appears when it is whole.
    #[arg(short, long, value_name = "FILE", required_unless_present = "sink")]
    pub output: Option<PathBuf>,

    /// Draw and read back, and throw the pictures away: the speed of the renderer alone.
    #[arg(long, value_enum, conflicts_with = "output")]
    pub sink: Option<SinkKind>,

    /// The encoder: the built-in one for H.264, or an installed ffmpeg.
    #[arg(long, value_enum, default_value_t = EncoderKind::Builtin)]
    pub encoder: EncoderKind,

    /// ffmpeg's encoder: libx264, libsvtav1, h264_nvenc, prores_ks ... Default: the usual one for the kind
    /// of file.
    #[arg(long, value_name = "NAME")]
    pub codec: Option<String>,

    /// More options for ffmpeg, separated by blanks: "-preset veryfast".
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub encoder_args: Option<String>,

    /// Constant quality, 0 (small) to 100 (large).
    #[arg(long, value_name = "0..100", default_value_t = crate::output::quality::DEFAULT_QUALITY, value_parser = parse_quality)]
    pub quality: u8,

    /// Make a part of the film: A..B for the frames A to B-1, A.. for all from A on, ..B for all before B.
    /// Each frame is the same as in the whole film.
    #[arg(long, value_name = "A..B", value_parser = parse_frames)]
    pub frames: Option<FrameRange>,

    /// Make one of N parts of the film, as long as the others or nearly so: 1/4, 2/4, 3/4 or 4/4. `portbloom join` puts
    /// them together, and the film is that of one run, to the last bit.
    #[arg(long, value_name = "I/N", value_parser = parse_shard, conflicts_with = "frames")]
    pub shard: Option<Shard>,

    /// Make a film of this length at most, of the strongest events alone: those of --plan, or what is found in the log.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub highlights: Option<i64>,

    /// Number of threads that draw and encode side by side; the film is the same for any number. Default:
    /// the number of cores. A 4K film takes about 110 MB of memory and 210 MB more for each thread; with a
    /// GPU 270 MB and 230 MB more for each.
    #[arg(long, value_name = "N", value_parser = parse_jobs)]
    pub jobs: Option<u16>,

    /// Print the time of each stage after the film, and which stage was the bottleneck.
    #[arg(long)]
    pub timings: bool,

    /// The files beside the film.
    #[command(flatten)]
    pub beside: BesideArgs,

    /// Write a trace of all threads and the GPU, to be opened in Perfetto or chrome://tracing.
    #[arg(long, value_name = "FILE.json", value_parser = parse_written)]
    pub trace: Option<PathBuf>,

    /// Write a report of the film as JSON: title, options, rows, packets, times.
    #[arg(long, value_name = "FILE.json", value_parser = parse_written)]
    pub report: Option<PathBuf>,
}

/// Options of `join`.
#[derive(Debug, Args)]
pub struct JoinArgs {
    /// The parts, in any order: MP4, Y4M, or numbered pictures, like shard-1/%05d.png.
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<PathBuf>,

    /// The film's file, of the same kind: film.mp4, film.y4m, or frames/%05d.png. It appears when it is whole.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// The reports of the parts, in any order, of which --report makes one.
    #[arg(long, value_name = "FILE.json", num_args = 1.., requires = "report")]
    pub reports: Vec<PathBuf>,

    /// Write a report of the film as JSON, made of those of its parts.
    #[arg(long, value_name = "FILE.json", value_parser = parse_written, requires = "reports")]
    pub report: Option<PathBuf>,

    /// Replace files that exist.
    #[arg(long)]
    pub force: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Files beside a film.
#[derive(Debug, Args)]
pub struct BesideArgs {
    /// Write the film's captions beside it for players, too: film.vtt, film.srt or both.
    #[arg(long, value_name = "vtt,srt", value_enum, value_delimiter = ',')]
    pub subtitles: Vec<Subtitles>,

    /// Write a picture that stands for the film: the strongest event of the plan at its height, with its caption, or
    /// the busiest frame.
    #[arg(long, value_name = "FILE.png")]
    pub poster: Option<PathBuf>,

    /// Write a page that shows the film with its events, what the log holds and what was left out, to be opened by any
    /// browser: for a film of a kind that browsers play.
    #[arg(long, value_name = "FILE.html")]
    pub page: Option<PathBuf>,

    /// Put the film into the page, so that it is one file to share.
    #[arg(long, requires = "page")]
    pub embed: bool,
}

/// Kinds of files that hold captions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Subtitles {
    /// WebVTT, for browsers.
    Vtt,
    /// SubRip, for all players.
    Srt,
}

impl Subtitles {
    /// The ending of such a file's name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Vtt => "vtt",
            Self::Srt => "srt",
        }
    }
}

/// Options of `frame`.
#[derive(Debug, Args)]
pub struct FrameArgs {
    /// The log to show, and how.
    #[command(flatten)]
    pub scene: SceneArgs,

    /// Lay the picture out as that of another log, or of more of the same: with its countries, ports and unit, and
    /// the scale of its bars. So the pictures of two weeks can stand side by side.
    #[arg(long, value_name = "LOG")]
    pub layout_of: Option<PathBuf>,

    /// The moment of data time to show: the frame nearest to it. A time of day alone, like 04:00, is the first such
    /// moment of the film. Without this and --frame, it is the busiest: most packets are in flight, and the largest
    /// bubble of them is half-way.
    #[arg(long, value_name = "TIME", value_parser = parse_at, conflicts_with = "frame")]
    pub at: Option<At>,

    /// The number of the frame to show, from 0.
    #[arg(long, value_name = "K")]
    pub frame: Option<u64>,

    /// The picture's file.
    #[arg(short, long, value_name = "FILE.png")]
    pub output: PathBuf,

    /// Dots per inch of the picture, for print: a figure of 3840 pixels is 325 mm wide at 300. It is written into
    /// the file and changes no pixel.
    #[arg(long, value_name = "N", value_parser = parse_dpi)]
    pub dpi: Option<u16>,

    /// Write the scene behind the picture as JSON: every bubble, port and country in pixels.
    #[arg(long, value_name = "FILE.json", value_parser = parse_written)]
    pub json: Option<PathBuf>,
}

/// Options of `preview`.
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// The log to show, and how. `--size` is that of the films and pictures made from the window.
    #[command(flatten)]
    pub scene: SceneArgs,

    /// Lay the picture out as that of another log, or of more of the same: with its countries, ports and unit, and
    /// the scale of its bars. So the windows of two weeks can stand side by side.
    #[arg(long, value_name = "LOG")]
    pub layout_of: Option<PathBuf>,

    /// Size of the window at first, in pixels.
    #[arg(long, value_name = "SIZE", default_value = "720p", value_parser = parse_size)]
    pub window: [u32; 2],

    /// Begin at this moment of data time, or at the first of this time of day, like 04:00.
    #[arg(long, value_name = "TIME", value_parser = parse_at, conflicts_with = "frame")]
    pub at: Option<At>,

    /// Begin at this frame of the film.
    #[arg(long, value_name = "K")]
    pub frame: Option<u64>,

    /// Begin paused.
    #[arg(long)]
    pub paused: bool,

    /// Begin full screen.
    #[arg(long)]
    pub full_screen: bool,

    /// Show frame rate, frame times and the number of bubbles alive.
    #[arg(long)]
    pub fps_overlay: bool,

    /// Write a report of the session as JSON when the window closes: pictures shown, frame times,
    /// and where it ended.
    #[arg(long, value_name = "FILE.json", value_parser = parse_written)]
    pub report: Option<PathBuf>,
}

/// Options of `profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// Logs as `render` takes them. Default: the built-in sample.
    #[arg(value_name = "LOG")]
    pub logs: Vec<PathBuf>,

    /// How the logs are read.
    #[command(flatten)]
    pub reading: ReadArgs,

    /// Print JSON for programs in place of text for people.
    #[arg(long)]
    pub json: bool,

    /// Show no progress.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Options of `direct`.
#[derive(Debug, Args)]
pub struct DirectArgs {
    /// Logs as `render` takes them. Default: the built-in sample.
    #[arg(value_name = "LOG")]
    pub logs: Vec<PathBuf>,

    /// The plan's file, in JSON: captions, chapters, slow motion, a card at the end; to be edited and given to
    /// `render --plan`. Without it, what was found is listed.
    #[arg(short, long, value_name = "FILE.json", value_parser = parse_written)]
    pub output: Option<PathBuf>,

    /// The film's clock: what is seen for long ranks before what is over at once.
    #[command(flatten)]
    pub times: TimeArgs,

    /// How the logs are read.
    #[command(flatten)]
    pub reading: ReadArgs,

    /// Print the list as JSON for programs in place of text for people.
    #[arg(long, conflicts_with = "output")]
    pub json: bool,

    /// Replace a file that exists.
    #[arg(long)]
    pub force: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Options of `prepare`.
#[cfg(feature = "prepared")]
#[derive(Debug, Args)]
pub struct PrepareArgs {
    /// Logs as `render` takes them. Default: the built-in sample.
    #[arg(value_name = "LOG")]
    pub logs: Vec<PathBuf>,

    /// The prepared log's file, in Parquet: every command takes it where it takes a log.
    #[arg(short, long, value_name = "FILE.bloom")]
    pub output: PathBuf,

    /// Data time of a bubble, which is the packets of one country to one port in that time; films of the
    /// prepared log have this bin or a multiple of it. Default: the bin of the log's film.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub bin: Option<i64>,

    /// Packets that make a bubble as large as a single one in a log of few, in films of the prepared log that name
    /// no unit themselves: `auto`, or a number, as `render` takes it. Default: that of a prepared log that has one,
    /// else `auto`.
    #[arg(long, value_name = "N", value_parser = parse_unit, allow_negative_numbers = true)]
    pub unit: Option<UnitChoice>,

    /// Tell the packets to each host apart, so that pictures of hosts can be made of the prepared log, too.
    #[arg(long)]
    pub by_host: bool,

    /// How the logs are read.
    #[command(flatten)]
    pub reading: ReadArgs,

    /// Replace a file that exists.
    #[arg(long)]
    pub force: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Options of `synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// Rows of the log: 1000000, 500k, 100M.
    #[arg(long, value_name = "N", default_value = "1M", value_parser = parse_count)]
    pub events: u64,

    /// The same seed makes the same log, on every machine.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,

    /// Hosts that packets go to: up to 48 with names, more with addresses in networks, a fifth of them IPv6. Some
    /// sources sweep over all of them. Nine without sweeps by default.
    #[arg(long, value_name = "N", value_parser = parse_hosts)]
    pub hosts: Option<u32>,

    /// First moment of the log, UTC.
    #[arg(long, value_name = "TIME", default_value = "2026-01-01", value_parser = parse_time)]
    pub start: i64,

    /// Length of the log: 28d, 6h, 5m.
    #[arg(long, value_name = "DURATION", default_value = "28d", value_parser = parse_duration)]
    pub span: i64,

    /// The log's file, gzipped if it ends in .gz, by zstd if in .zst; or `-` for standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Replace a file that exists.
    #[arg(long)]
    pub force: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Options of `formats`.
#[derive(Debug, Args)]
pub struct FormatsArgs {
    /// Print JSON for programs in place of text for people.
    #[arg(long)]
    pub json: bool,
}

/// Options of `adapters`.
#[derive(Debug, Args)]
pub struct AdaptersArgs {
    /// Print JSON for programs in place of a line each.
    #[arg(long)]
    pub json: bool,
}

/// Options of every command that reads a log.
#[derive(Debug, Args)]
#[command(next_help_heading = "How logs are read")]
pub struct ReadArgs {
    /// The format of the logs, as `portbloom formats` lists them. Default: told by their content.
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,

    /// The sources in the middle of the picture: auto, country, asn (the operator's network), network (/24, or
    /// /64 of IPv6), address, or column:NAME. `auto` is country, unless most addresses are private.
    #[arg(long, value_name = "WHAT", default_value = "auto", value_parser = parse_group_by)]
    pub group_by: GroupBy,

    /// What is counted, and what the area of a bubble is proportional to: packets, bytes or records. Default: packets,
    /// and records where the log has no packets.
    #[arg(long, value_name = "WHAT", value_parser = parse_measure)]
    pub measure: Option<Measure>,

    /// The table that countries of addresses are looked up in, where the log names none: a file in MaxMind's
    /// form (.mmdb), `builtin` (DB-IP Lite), or `none`. Default: a table in a usual place, such as
    /// /usr/share/GeoIP, else the built-in one.
    #[arg(long, value_name = "FILE", value_parser = parse_geoip)]
    pub geoip: Option<CountryChoice>,

    /// The table of autonomous systems, in MaxMind's form (.mmdb). Default: one in a usual place.
    #[arg(long, value_name = "FILE.mmdb")]
    pub asn: Option<PathBuf>,

    /// Read only records of which this is true, in the style of Wireshark's display filters: `udp and port in
    /// {1..1023, 8080} and source.country != US and host == 10.0.0.0/8 and packets > 10`. Fields are tcp, udp,
    /// port, packets, time, source, source.country and host. (--only shows a part of what is read, and leaves
    /// the place of the rest empty.)
    #[arg(long = "where", value_name = "FILTER")]
    pub filter: Option<Filter>,

    /// Columns of a table, or keys of JSON (with dots for nested ones), for fields whose names are not the
    /// usual ones: time=ts,port=dest.port. The fields are time, protocol, port, packets, code, country, host,
    /// source, source_port and destination. A number stands for the column of that number, the first being 1;
    /// time=day+clock for a date and a time in two columns of a table of text.
    #[arg(long, value_name = "FIELD=NAME,...")]
    pub columns: Option<ColumnNames>,

    /// How times are written, as strptime takes it: %d/%m/%Y %H:%M:%S. Default: any usual notation.
    #[arg(long, value_name = "FORMAT")]
    pub time_format: Option<TimeFormat>,

    /// The zone of times that name none: Europe/Berlin, +02:00. Default: UTC, or what the format has.
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub timezone: Option<Zone>,

    /// Show the packets that a tunnel carries in place of the tunnel's own.
    #[arg(long)]
    pub inner: bool,

    /// Show replies, too: what goes back to whoever began a conversation.
    #[arg(long)]
    pub replies: bool,

    /// Show repeats, too: records that tell again of a connection that another told of.
    #[arg(long)]
    pub repeats: bool,

    /// Stop at the first row that cannot be read.
    #[arg(long)]
    pub strict: bool,
}

/// The clock of a film, as far as it is asked for.
#[derive(Debug, Args)]
pub struct TimeArgs {
    /// Frames a second: 25, 59.94, 30000/1001.
    #[arg(long, value_name = "RATE", default_value = "25", value_parser = parse_fps)]
    pub fps: Fps,

    /// First moment of the log to show, UTC: `2013-07-24`, `2013-07-24T09:40`. Default: its first row,
    /// rounded down to a whole bin.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub start: Option<i64>,

    /// First moment after those to show, UTC. Default: the last row, rounded up to a whole bin.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub end: Option<i64>,

    /// Data time of a bubble, which is the packets of one country to one port in that time: 5m, 1h30m,
    /// 100ms. Default: the shortest round time whose film lasts six minutes or less.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub bin: Option<i64>,

    /// Data time in a second of film: 125m, 2h. Default: 25 bins.
    #[arg(long, value_name = "DURATION", value_parser = parse_pace, conflicts_with = "duration")]
    pub pace: Option<i64>,

    /// Length of the film without the last bubbles' travel, in place of a pace: 60s, 5m. With a travel of
    /// 2.8 s, 60s makes a film of 62.8 s.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub duration: Option<i64>,

    /// Film time that a bubble flies.
    #[arg(long, value_name = "DURATION", default_value = "2.8s", value_parser = parse_duration)]
    pub travel: i64,
}

/// Options of every command that shows a log.
#[derive(Debug, Args)]
pub struct SceneArgs {
    /// Captures, flow records, logs of firewalls and honeypots, tables, JSON or prepared logs, plain or
    /// compressed, read as one log: `portbloom formats` lists them. A folder or a tar archive stands for the
    /// files in it, a quoted 'logs/*.gz' for all that match it, `-` for standard input. Default: a built-in
    /// sample, nine honeypots in July 2013.
    #[arg(value_name = "LOG")]
    pub logs: Vec<PathBuf>,

    /// Size of the picture: 720p, 1080p, 1440p, 4k or `WxH`. Default: 1080p, or that of --for.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub size: Option<[u32; 2]>,

    /// A picture for a small screen, with larger texts and fewer countries: square (1080x1080), vertical (1080x1920) or
    /// landscape (1920x1080).
    #[arg(long = "for", value_enum, value_name = "SHAPE")]
    pub short: Option<Short>,

    /// The film's clock.
    #[command(flatten)]
    pub times: TimeArgs,

    /// Number of countries that have a row of their own; the others are pooled as `Other`. Default: 44, and 20 with
    /// --for.
    #[arg(long, value_name = "N", value_parser = parse_countries)]
    pub countries: Option<u16>,

    /// Title of the film. Default: the log's name.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// Show only a part of the traffic, and leave the place of the rest empty: countries by code or name
    /// (CN, "South Korea", Other, Unknown), ports (tcp/1433, ssh, tcp/6000-6100, udp), or both (CN:ssh);
    /// each may be a list (CN,RU:tcp/22,23).
    #[arg(long, value_name = "TRAFFIC")]
    pub only: Option<Only>,

    /// Packets that make a bubble as large as a single one in a log of few: 1, 500, 10k, 2M. A film of many packets
    /// needs more of them for a bubble, to be seen through; `auto` is the least of 1, 2, 5, 10 and so on that does.
    /// Default: that of a prepared log that has one, else `auto`.
    #[arg(long, value_name = "N", value_parser = parse_unit, allow_negative_numbers = true)]
    pub unit: Option<UnitChoice>,

    /// The ends of flights: ports, hosts, or ports,hosts for both, each in a panel of its own.
    #[arg(long, value_name = "ENDS", default_value = "ports", value_parser = parse_view)]
    pub view: View,

    /// Show the hosts, too: on their way to ports bubbles pass the host that they are sent to.
    #[arg(long)]
    pub hosts: bool,

    /// The background: dark, light (paper), white, or none. `none` is transparent, for outputs that can hold that: PNG,
    /// and ffmpeg's prores_ks, libvpx-vp9, ffv1, qtrle, png and utvideo.
    #[arg(long, value_enum, default_value_t = Background::Dark)]
    pub background: Background,

    /// The ink on a transparent background: light, for dark grounds, or dark, for light ones.
    #[arg(long, value_enum, value_name = "INK")]
    pub ink: Option<Ink>,

    /// The device that draws: auto (the faster of GPU and CPU), hardware (a GPU), software (the CPU, without any
    /// driver), or an adapter as `portbloom adapters` lists it: its index, or a part of its line, several
    /// parts joined by colons: vulkan:nvidia.
    #[arg(long, value_name = "WHICH", default_value = "auto")]
    pub adapter: String,

    /// How the logs are read.
    #[command(flatten)]
    pub reading: ReadArgs,

    /// What is told besides.
    #[command(flatten)]
    pub telling: TellArgs,

    /// Replace files that exist.
    #[arg(long)]
    pub force: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// What a film tells besides its log.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the film tells")]
pub struct TellArgs {
    /// Tell what a plan has: captions, slow motion, cards. `portbloom direct` writes one, and people edit it.
    #[arg(long, value_name = "FILE.json")]
    pub plan: Option<PathBuf>,

    /// Find what is worth telling in the log, and tell it: what `portbloom direct` lists, as captions, chapters, slow
    /// motion and a card at the end.
    #[arg(long, conflicts_with = "plan")]
    pub direct: bool,

    /// Show these captions: WebVTT or SRT, whose times are those of the film, or a table of a time of the log (or of
    /// the film, like 4:28.7) and a text.
    #[arg(long, value_name = "FILE")]
    pub captions: Option<PathBuf>,

    /// Show a time range slower or faster: 2013-07-24T07:45..2013-07-24T08:00=1/4. Speeds are 1/8, 1/4, 1/2 and 4.
    /// May be given several times.
    #[arg(long = "speed", value_name = "A..B=SPEED", value_parser = parse_speed)]
    pub speeds: Vec<SpeedChoice>,

    /// Stand still for this long before the first packet leaves, with a title.
    #[arg(long, value_name = "DURATION", value_parser = parse_hold)]
    pub hold_start: Option<i64>,

    /// Stand still for this long after the last packet has arrived, with the sums of the log.
    #[arg(long, value_name = "DURATION", value_parser = parse_hold)]
    pub hold_end: Option<i64>,
}

/// A time range that is shown slower or faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeedChoice {
    /// Its first moment, Unix nanoseconds.
    pub from_ns: i64,
    /// The first moment after it.
    pub to_ns: i64,
    /// How much slower or faster.
    pub factor: Factor,
}

/// Written so that it is read again as the same.
impl fmt::Display for SpeedChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (utc(self.from_ns), utc(self.to_ns));
        write!(f, "{from}..{to}={}", self.factor.name())
    }
}

/// `A..B=SPEED`.
fn parse_speed(text: &str) -> Result<SpeedChoice, String> {
    let expected = || "expected two times and a speed, like 2013-07-24T07:45..2013-07-24T08:00=1/4".to_owned();
    let (range, speed) = text.rsplit_once('=').ok_or_else(expected)?;
    let (from, to) = range.split_once("..").ok_or_else(expected)?;
    let factor = Factor::from_name(speed.trim())
        .ok_or_else(|| format!("`{}`: a speed is one of {}", speed.trim(), Factor::NAMES.join(", ")))?;
    let (from_ns, to_ns) = (parse_time(from)?, parse_time(to)?);
    if to_ns <= from_ns {
        return Err("the time range is empty: its end is not after its start".to_owned());
    }
    Ok(SpeedChoice { from_ns, to_ns, factor })
}

/// The longest time that a film stands still.
const MOST_HOLD_NS: i64 = MOST_SECS as i64 * 1_000_000_000;

fn parse_hold(text: &str) -> Result<i64, String> {
    let hold_ns = parse_duration(text)?;
    if hold_ns > MOST_HOLD_NS {
        return Err(format!("a film stands still for at most {MOST_SECS} seconds"));
    }
    Ok(hold_ns)
}

/// The shape of a picture for a small screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Short {
    /// As wide as high.
    Square,
    /// Upright, for telephones.
    Vertical,
    /// Wide.
    Landscape,
}

impl Short {
    /// Width and height in pixels.
    #[must_use]
    pub const fn size_px(self) -> [u32; 2] {
        match self {
            Self::Square => [1080, 1080],
            Self::Vertical => [1080, 1920],
            Self::Landscape => [1920, 1080],
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Square => "square",
            Self::Vertical => "vertical",
            Self::Landscape => "landscape",
        }
    }
}

/// Outputs that are no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SinkKind {
    /// Keeps nothing.
    Null,
}

/// The encoder of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EncoderKind {
    /// portbloom's own: H.264, with the first picture of every two seconds by OpenH264.
    Builtin,
    /// Any codec by an installed ffmpeg.
    Ffmpeg,
}

/// The background of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Background {
    /// Nearly black.
    Dark,
    /// Paper, with dark ink.
    Light,
    /// White, with dark ink.
    White,
    /// Transparent.
    None,
}

/// The ink of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ink {
    /// For light grounds.
    Dark,
    /// For dark grounds.
    Light,
}

/// Frames `start` to `end - 1`; open ends are the film's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRange {
    /// First frame.
    pub start: u64,
    /// First frame after the range.
    pub end: Option<u64>,
}

/// Written so that it is read again as the same.
impl fmt::Display for FrameRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.start)?;
        self.end.map_or(Ok(()), |end| write!(f, "{end}"))
    }
}

/// One of several parts of a film that are as long as each other, or nearly so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its number, from 1.
    pub number: u32,
    /// The number of them.
    pub of: u32,
}

/// Written so that it is read again as the same.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// The most parts of a film.
const MOST_SHARDS: u32 = 1_000_000;

fn parse_shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(number, of)| {
        let number = digits(number)?;
        let of = digits(of)?;
        Some(Shard { number, of })
    });
    let shard = numbers.filter(|shard| (1..=shard.of).contains(&shard.number) && shard.of <= MOST_SHARDS);
    shard.ok_or_else(|| {
        "expected the number of a shard and how many there are, like 1/4 for the first of four".to_owned()
    })
}

/// The unit of a picture as it was asked for: a number of packets, or none where it follows from the bubbles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitChoice(pub Option<u64>);

/// Written as `--unit` takes it.
impl fmt::Display for UnitChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("auto"),
            Some(unit) => write!(f, "{unit}"),
        }
    }
}

fn parse_unit(text: &str) -> Result<UnitChoice, String> {
    if text == "auto" {
        return Ok(UnitChoice(None));
    }
    let unit = parse_scaled(text).filter(|unit| (1..=MAX_UNIT).contains(unit));
    let expected = || "expected auto, or a whole number from 1 to 5,000,000,000G, like 500, 10k or 2M".to_owned();
    unit.map(|unit| UnitChoice(Some(unit))).ok_or_else(expected)
}

fn parse_view(text: &str) -> Result<View, String> {
    let words: Vec<String> = text.split(',').map(|word| word.trim().to_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ports"] => Ok(View::Ports),
        ["hosts"] => Ok(View::Hosts),
        ["ports", "hosts"] | ["hosts", "ports"] => Ok(View::PortsAndHosts),
        _ => Err("expected ports, hosts, or ports,hosts".to_owned()),
    }
}

/// What sources are, if that is not left to portbloom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupBy(pub Option<SourceKind>);

fn parse_measure(text: &str) -> Result<Measure, String> {
    text.parse()
        .map_err(|_| "expected packets, bytes or records".to_owned())
}

fn parse_group_by(text: &str) -> Result<GroupBy, String> {
    if text == "auto" {
        return Ok(GroupBy(None));
    }
    let kind = text.parse().map(|kind| GroupBy(Some(kind)));
    kind.map_err(|_| "expected auto, country, asn, network, address or column:NAME".to_owned())
}

/// A table of countries: a file, or one of the words for others.
fn parse_geoip(text: &str) -> Result<CountryChoice, String> {
    match text {
        "" => Err("expected the name of a file, builtin or none".to_owned()),
        "builtin" => Ok(CountryChoice::BuiltIn),
        "none" => Ok(CountryChoice::None),
        file => Ok(CountryChoice::File(PathBuf::from(file))),
    }
}

/// A file that is written; `-` is standard output, as it is for `-o`.
fn parse_written(text: &str) -> Result<PathBuf, String> {
    match text {
        "" => Err("expected the name of a file".to_owned()),
        "-" if cfg!(unix) => Ok(PathBuf::from("/dev/stdout")),
        name => Ok(PathBuf::from(name)),
    }
}

fn parse_size(text: &str) -> Result<[u32; 2], String> {
    match text.to_ascii_lowercase().as_str() {
        "720p" => return Ok([1280, 720]),
        "1080p" => return Ok([1920, 1080]),
        "1440p" => return Ok([2560, 1440]),
        "4k" | "2160p" => return Ok([3840, 2160]),
        _ => {}
    }
    let sides = text
        .split_once(['x', 'X'])
        .and_then(|(width, height)| Some([digits(width)?, digits(height)?]));
    sides.ok_or_else(|| "expected 720p, 1080p, 1440p, 4k or WIDTHxHEIGHT, like 1920x1080".to_owned())
}

fn parse_dpi(text: &str) -> Result<u16, String> {
    number_between(text, 1, 10_000)
}

fn parse_jobs(text: &str) -> Result<u16, String> {
    number_between(text, 1, 256)
}

fn parse_countries(text: &str) -> Result<u16, String> {
    number_between(text, 0, 250)
}

fn number_between(text: &str, least: u16, most: u16) -> Result<u16, String> {
    let number = digits(text).and_then(|number| u16::try_from(number).ok());
    let number = number.filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("expected a number from {least} to {most}"))
}

/// A number of digits alone: no sign, no space.
fn digits(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn parse_fps(text: &str) -> Result<Fps, String> {
    let expected = "expected frames a second, like 25, 59.94 or 30000/1001, with six digits behind the point at most";
    let fraction = match text.split_once('/') {
        Some((num, den)) => num.parse().ok().zip(den.parse().ok()),
        None => decimal(text),
    };
    let (num, den) = fraction.ok_or(expected)?;
    Fps::new(num, den).map_err(|error| error.to_string())
}

/// `29.97` as 2997/100, without a float in between.
fn decimal(text: &str) -> Option<(u64, u64)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 6 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let den = 10_u64.pow(part.len() as u32);
    let part = if part.is_empty() { 0 } else { part.parse().ok()? };
    Some((whole.parse::<u64>().ok()?.checked_mul(den)?.checked_add(part)?, den))
}

/// A number above 0, with `k`, `M` or `G` after it for thousands, millions or thousands of these.
fn parse_count(text: &str) -> Result<u64, String> {
    parse_scaled(text)
        .filter(|count| (1..=MAX_EVENTS).contains(count))
        .ok_or_else(|| "expected a number from 1 to 100G, like 1000000, 500k or 100M".to_owned())
}

fn parse_hosts(text: &str) -> Result<u32, String> {
    parse_scaled(text)
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| (1..=MAX_HOSTS).contains(count))
        .ok_or_else(|| "expected a number from 1 to 1M, like 9, 500 or 100k".to_owned())
}

/// A whole number with or without `k`, `M` or `G` after it.
fn parse_scaled(text: &str) -> Option<u64> {
    let (number, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1_000_000),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(unit)
}

/// Unix nanoseconds.
pub(crate) fn parse_time(text: &str) -> Result<i64, String> {
    parse_time_ns(text).map_err(|error| error.to_string())
}

/// A moment of data time, as `--at` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Unix nanoseconds.
    Time(i64),
    /// A time of day, in nanoseconds from midnight: the first of a film.
    TimeOfDay(i64),
}

/// A time, or a time of day alone.
fn parse_at(text: &str) -> Result<At, String> {
    let is_clock = text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || b":.".contains(&byte));
    let two_digits = if text.find(':') == Some(1) {
        format!("0{text}")
    } else {
        text.to_owned()
    };
    match two_digits.parse::<jiff::civil::Time>() {
        Ok(time) if is_clock => {
            let since_midnight = time.duration_since(jiff::civil::Time::midnight());
            Ok(At::TimeOfDay(since_midnight.as_nanos() as i64))
        }
        _ => parse_time(text).map(At::Time),
    }
}

/// Nanoseconds, above 0. A number alone is seconds.
pub(crate) fn parse_duration(text: &str) -> Result<i64, String> {
    let expected = || "expected a duration above 0 and below 292 years, like 5m, 1h30m, 2.8s or 100ms".to_owned();
    let with_unit = if text.ends_with(|last: char| last.is_ascii_digit()) {
        format!("{text}s")
    } else {
        text.to_owned()
    };
    let span: jiff::Span = with_unit.parse().map_err(|_| expected())?;
    let duration = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .map_err(|_| expected())?;
    i64::try_from(duration.as_nanos())
        .ok()
        .filter(|ns| *ns > 0)
        .ok_or_else(expected)
}

/// As a duration, with or without `/s` after it.
fn parse_pace(text: &str) -> Result<i64, String> {
    parse_duration(text.strip_suffix("/s").unwrap_or(text))
}

/// A number that may be a quality; its scale is checked with the encoder's other settings.
fn parse_quality(text: &str) -> Result<u8, String> {
    text.parse().map_err(|_| "expected a number from 0 to 100".to_owned())
}

fn parse_frames(text: &str) -> Result<FrameRange, String> {
    let range = text.split_once("..").and_then(|(start, end)| {
        let start = if start.is_empty() { 0 } else { start.parse().ok()? };
        let end = if end.is_empty() { None } else { Some(end.parse().ok()?) };
        Some(FrameRange { start, end })
    });
    let range = range.ok_or("expected a range of frames, like 0..250, 1000.. or ..500")?;
    if range.end.is_some_and(|end| end <= range.start) {
        return Err("the range is empty: its end is the first frame not in it".to_owned());
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NS: i64 = 1_000_000_000;

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("4k"), Ok([3840, 2160]));
        assert_eq!(parse_size("4K"), Ok([3840, 2160]));
        assert_eq!(parse_size("640x360"), Ok([640, 360]));
        assert!(parse_size("640").is_err() && parse_size("-1x2").is_err() && parse_size("big").is_err());
    }

    #[test]
    fn rates() {
        let rate = |text| parse_fps(text).map(|fps| (fps.num, fps.den));
        assert_eq!(rate("25"), Ok((25, 1)));
        assert_eq!(rate("30000/1001"), Ok((30_000, 1001)));
        assert_eq!(rate("29.97"), Ok((2997, 100)));
        assert_eq!(rate("50/2"), Ok((25, 1)));
        for bad in ["0", "x", "1/0", "-5", "1e3", "5000", "25.1234567", ""] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("5m"), Ok(300 * NS));
        assert_eq!(parse_duration("1h30m"), Ok(5400 * NS));
        assert_eq!(parse_duration("2.8s"), Ok(2_800_000_000));
        assert_eq!(parse_duration("100ms"), Ok(100_000_000));
        assert_eq!(parse_duration("1d"), Ok(86_400 * NS));
        assert_eq!(parse_duration("90"), Ok(90 * NS));
        assert_eq!(parse_pace("125m/s"), Ok(7500 * NS));
        for bad in ["0", "0s", "-5m", "soon", "", "5 parsecs"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn counts() {
        assert_eq!(parse_count("1"), Ok(1));
        assert_eq!(parse_count("500k"), Ok(500_000));
        assert_eq!(parse_count("100M"), Ok(100_000_000));
        assert_eq!(parse_count("100G"), Ok(MAX_EVENTS));
        for bad in ["0", "", "M", "-5", "1.5M", "101G", "9999999999999999G", "many"] {
            assert!(parse_count(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn units() {
        assert_eq!(parse_unit("auto"), Ok(UnitChoice(None)));
        for (text, unit) in [("1", 1), ("500", 500), ("10k", 10_000), ("5000000000G", MAX_UNIT)] {
            assert_eq!(parse_unit(text), Ok(UnitChoice(Some(unit))));
        }
        for bad in ["0", "", "1.5", "1e30", "-5", "+5", "9999999999G", "k", "all"] {
            assert!(parse_unit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn frame_ranges() {
        assert_eq!(
            parse_frames("5..10"),
            Ok(FrameRange {
                start: 5,
                end: Some(10)
            })
        );
        assert_eq!(parse_frames("5.."), Ok(FrameRange { start: 5, end: None }));
        for text in ["5..10", "5.."] {
            assert_eq!(parse_frames(text).unwrap().to_string(), text);
        }
        assert!(parse_frames("10..5").is_err() && parse_frames("5").is_err() && parse_frames("a..b").is_err());
    }
}
