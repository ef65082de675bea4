//! The options that a user may hand to ffmpeg: those that would make another film than the one
//! asked for are refused before any work is done.

/// Options without a value that change nothing in the film.
const FLAGS: [&str; 10] = [
    "an",
    "sn",
    "dn",
    "bitexact",
    "hide_banner",
    "stats",
    "nostats",
    "nostdin",
    "autoscale",
    "xerror",
];

/// The reason why a filter is refused.
const FILTERS_WHY: &str =
    "of ffmpeg's filters only format, hwupload and null leave the film as it is; change it with ffmpeg once it is made";

/// Reasons to refuse options, and the options of each: those of ffmpeg itself (`ffmpeg_opt.c` of ffmpeg 4
/// to 8), as opposed to a codec's or a container's.
const REFUSED: [(&str, &[&str]); 9] = [
    (
        "it cuts the film; use --frames, --start and --end",
        &[
            "ss",
            "sseof",
            "t",
            "to",
            "fs",
            "frames",
            "vframes",
            "timelimit",
            "shortest",
            "shortest_buf_duration",
            "frame_drop_threshold",
            "itsoffset",
            "stream_loop",
            "vn",
            "discard",
        ],
    ),
    (
        "it changes how many frames there are; use --fps",
        &[
            "r",
            "fpsmax",
            "framerate",
            "vsync",
            "fps_mode",
            "async",
            "isync",
            "itsscale",
            "enc_time_base",
            "re",
            "readrate",
            "copyts",
            "start_at_zero",
            "force_fps",
        ],
    ),
    (
        "it changes when frames are shown; use --fps, or change the film once it is made",
        &[
            "video_track_timescale",
            "output_ts_offset",
            "avoid_negative_ts",
            "muxdelay",
            "muxpreload",
            "time_base",
        ],
    ),
    (
        "it changes the size of the picture; use --size",
        &["s", "video_size", "noautoscale", "aspect"],
    ),
    (
        "it names another codec; use --codec",
        &["c", "codec", "vcodec", "target"],
    ),
    (
        "it names another file or another kind of it than -o does, or whether it is replaced; use -o and --force",
        &[
            "i",
            "f",
            "y",
            "n",
            "map",
            "attach",
            "dump_attachment",
            "program",
            "progress",
            "report",
            "vstats",
            "vstats_file",
            "vstats_version",
            "stats_enc_pre",
            "stats_enc_post",
            "stats_mux_pre",
            "sdp_file",
            "pass",
            "passlogfile",
            "print_graphs",
            "print_graphs_file",
        ],
    ),
    (
        FILTERS_WHY,
        &[
            "filter_complex",
            "filter_complex_script",
            "lavfi",
            "filter_script",
            "vhook",
            "display_rotation",
            "display_hflip",
            "display_vflip",
            "apply_cropping",
        ],
    ),
    (
        "it asks ffmpeg for something else than a film",
        &[
            "h",
            "help",
            "?",
            "version",
            "L",
            "license",
            "buildconf",
            "formats",
            "muxers",
            "demuxers",
            "devices",
            "codecs",
            "decoders",
            "encoders",
            "bsfs",
            "protocols",
            "filters",
            "pix_fmts",
            "layouts",
            "sample_fmts",
            "colors",
            "dispositions",
            "sources",
            "sinks",
            "hwaccels",
        ],
    ),
    (
        "it belongs to debugging ffmpeg",
        &[
            "benchmark",
            "benchmark_all",
            "debug_ts",
            "dump",
            "hex",
            "stdin",
            "qphist",
            "psnr",
            "ignore_unknown",
            "copy_unknown",
            "recast_media",
            "find_stream_info",
            "accurate_seek",
            "autorotate",
            "fix_sub_duration",
            "fix_sub_duration_heartbeat",
            "auto_conversion_filters",
            "deinterlace",
            "intra",
        ],
    ),
];

/// Bitstream filters that rewrite headers alone, and lose, move or damage no frame.
const BITSTREAM_FILTERS: [&str; 11] = [
    "av1_metadata",
    "dump_extra",
    "extract_extradata",
    "h264_metadata",
    "h264_mp4toannexb",
    "hevc_metadata",
    "hevc_mp4toannexb",
    "mpeg4_unpack_bframes",
    "null",
    "prores_metadata",
    "vp9_metadata",
];

/// Filters that change neither what is seen nor how often.
const FILTERS: [&str; 5] = ["format", "hwupload", "hwupload_cuda", "noformat", "null"];

/// Options and fields of bitstream filters that say what a film's colours are, and the values that are true.
const COLOUR_FIELDS: [(&str, &[&str]); 12] = [
    ("color_range", &["1", "tv", "mpeg", "limited"]),
    ("colorspace", &["1", "bt709"]),
    ("color_space", &["1", "bt709"]),
    ("color_primaries", &["1", "bt709"]),
    ("colour_primaries", &["1", "bt709"]),
    ("color_trc", &["1", "bt709"]),
    ("transfer_characteristics", &["1", "bt709"]),
    ("matrix_coefficients", &["1", "bt709"]),
    ("video_full_range_flag", &["0"]),
    ("chroma_sample_location", &["2", "center"]),
    ("chroma_sample_loc_type", &["1"]),
    ("video_format", &["5"]),
];

/// Why other values of those are refused.
const COLOURS_WHY: &str =
    "the film's colours are BT.709 of limited range, with chroma in the centre; convert them once it is made";

/// Beginnings of the names of ffmpeg's pixel formats that lose colours, or take all of a byte's range for them.
const LOSSY_PIXELS: [&str; 13] = [
    "gray", "mono", "ya8", "ya16", "yaf", "pal8", "bayer", "xyz", "yuvj", "rgb4_", "bgr4_", "rgb5", "bgr5",
];

/// Why those are refused.
const PIXELS_WHY: &str = "it does not hold the film's colours; take another, like yuv420p";

/// Options for ffmpeg, as the user typed them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// In their order, filters aside.
    pub words: Vec<String>,
    /// Filters for each picture, in ffmpeg's notation.
    pub filters: Option<String>,
}

impl Options {
    /// Takes options as they were typed; `alpha`: whether the film has transparency to keep.
    ///
    /// # Errors
    /// The first option that is refused, and why.
    pub fn new(typed: &[String], alpha: bool) -> Result<Self, (String, String)> {
        let mut options = Self::default();
        let mut words = typed.iter();
        while let Some(word) = words.next() {
            let refuse = |why: &str| Err((word.clone(), why.to_owned()));
            let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
                return refuse("it is no option, so ffmpeg would take it for a file; a value cannot hold blanks");
            };
            if FLAGS.contains(&option.split(':').next().unwrap_or_default()) {
                options.words.push(word.clone());
                continue;
            }
            // `-/filter file` reads a value from a file; `-filter:v` is for one stream.
            let option = option.trim_start_matches('/');
            let name = option.split(':').next().unwrap_or_default();
            let positive = name.strip_prefix("no").unwrap_or(name);
            let refused = REFUSED
                .iter()
                .find(|(_, names)| names.contains(&name) || names.contains(&positive));
            if let Some((why, _)) = refused {
                return refuse(why);
            }
            if name.is_empty() || name.starts_with('-') {
                return refuse("ffmpeg has no such option");
            }
            let Some(value) = words.next() else {
                return refuse("its value is missing");
            };
            match name {
                "vf" | "filter" => {
                    let is_harmless = |filter: &str| {
                        let name = filter.split(['=', '@']).next().unwrap_or_default().trim();
                        FILTERS.contains(&name)
                    };
                    if !value.split(',').all(is_harmless) {
                        return refuse(FILTERS_WHY);
                    }
                    if value.split([',', '=', ':', '|']).any(|word| loses_colours(word.trim())) {
                        return refuse(PIXELS_WHY);
                    }
                    options.filters = Some(value.clone());
                }
                "bsf" | "vbsf" => {
                    let is_harmless = |filter: &str| {
                        let name = filter.split('=').next().unwrap_or_default().trim();
                        BITSTREAM_FILTERS.contains(&name)
                    };
                    if !value.split(',').all(is_harmless) {
                        return refuse(
                            "it may lose, move or damage frames; of ffmpeg's bitstream filters only those that rewrite headers are taken, like h264_metadata",
                        );
                    }
                    let mut fields = value.split([',', ':', '=']).zip(value.split([',', ':', '=']).skip(1));
                    if fields.any(|(field, value)| !has_true_colours(field.trim(), value.trim())) {
                        return refuse(COLOURS_WHY);
                    }
                    options.words.extend([word.clone(), value.clone()]);
                }
                _ if !has_true_colours(name, value) => return refuse(COLOURS_WHY),
                "pix_fmt" if loses_colours(value) => return refuse(PIXELS_WHY),
                "pix_fmt" if alpha && !holds_alpha(value) => {
                    return refuse("it has no transparency, which --background none asks for");
                }
                _ => options.words.extend([word.clone(), value.clone()]),
            }
        }
        Ok(options)
    }
}

/// Whether a field, if it is one that says what the colours are, says what they are.
fn has_true_colours(field: &str, value: &str) -> bool {
    let known = COLOUR_FIELDS.iter().find(|(name, _)| *name == field);
    known.is_none_or(|(_, values)| values.contains(&value))
}

/// Whether a pixel format of ffmpeg's loses colours, by its name.
fn loses_colours(format: &str) -> bool {
    matches!(
        format,
        "rgb4" | "bgr4" | "rgb8" | "bgr8" | "rgb444le" | "rgb444be" | "bgr444le" | "bgr444be"
    ) || LOSSY_PIXELS.iter().any(|name| format.starts_with(name))
}

/// Whether a pixel format of ffmpeg's has transparency, by its name.
fn holds_alpha(format: &str) -> bool {
    let with = ["yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "vuya", "ayuv"];
    with.iter().any(|name| format.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str, alpha: bool) -> Result<Options, (String, String)> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::new(&words, alpha)
    }

    #[test]
    fn options_of_codecs_and_containers_pass() {
        for line in [
            "",
            "-preset veryfast",
            "-preset 8 -g 50 -x264-params keyint=25:bframes=0",
            "-an -tune animation",
            "-b:v 5M -maxrate 6M -bufsize 10M",
            "-movflags +frag_keyframe -metadata title=t -threads 2",
            "-pix_fmt yuv444p -profile:v high444",
            "-vaapi_device /dev/dri/renderD128",
            "-bf -1",
        ] {
            assert_eq!(options(line, false).unwrap().words.join(" "), line);
        }
        let filtered = options("-vf format=nv12,hwupload -qp 20", false).unwrap();
        assert_eq!(filtered.filters.as_deref(), Some("format=nv12,hwupload"));
        assert_eq!(filtered.words, ["-qp", "20"]);
    }

    #[test]
    fn what_makes_another_film_is_refused_by_name() {
        for (line, option, why) in [
            ("-preset fast -t 1", "-t", "cuts"),
            ("-ss 1", "-ss", "cuts"),
            ("-to 5 -an", "-to", "cuts"),
            ("-frames:v 3", "-frames:v", "cuts"),
            ("-vframes 3", "-vframes", "cuts"),
            ("-fs 1000", "-fs", "cuts"),
            ("-shortest", "-shortest", "cuts"),
            ("-vn", "-vn", "cuts"),
            ("-r 5", "-r", "--fps"),
            ("-vsync drop", "-vsync", "--fps"),
            ("-fps_mode:v vfr", "-fps_mode:v", "--fps"),
            ("-s 64x64", "-s", "--size"),
            ("-c:v mpeg4", "-c:v", "--codec"),
            ("-vcodec copy", "-vcodec", "--codec"),
            ("-f null", "-f", "-o"),
            ("-i other.mkv", "-i", "-o"),
            ("-y", "-y", "-o"),
            ("-n", "-n", "-o"),
            ("-map 0", "-map", "-o"),
            ("-pass 1", "-pass", "-o"),
            ("other.mkv", "other.mkv", "file"),
            ("-an other.mkv", "other.mkv", "file"),
            ("-preset fast other.mkv -crf 5", "other.mkv", "file"),
            ("-metadata title=my film", "film", "file"),
            ("- -an", "-", "file"),
            ("-- other.mkv", "--", "no such option"),
            ("--t 1", "--t", "no such option"),
            ("-vf fps=5", "-vf", "filters"),
            ("-vf format=gray,trim=end=1", "-vf", "filters"),
            ("-vf setparams=range=pc", "-vf", "filters"),
            ("-vf [in]null[out]", "-vf", "filters"),
            ("-filter:v scale=10:10", "-filter:v", "filters"),
            ("-/filter script", "-/filter", "filters"),
            ("-filter_complex null", "-filter_complex", "filters"),
            ("-lavfi null", "-lavfi", "filters"),
            ("-preset", "-preset", "value"),
            ("-h", "-h", "something else"),
            ("-version", "-version", "something else"),
            ("-noautoscale", "-noautoscale", "--size"),
            ("-debug_ts other.mkv", "-debug_ts", "debugging"),
        ] {
            let (refused, told) = options(line, false).unwrap_err();
            assert_eq!(refused, option, "{line}");
            assert!(told.contains(why), "{line}: {told}");
        }
    }

    #[test]
    fn transparency_is_kept() {
        assert!(options("-pix_fmt yuva444p12le", true).is_ok());
        assert!(options("-pix_fmt yuv444p", false).is_ok());
        let (option, _) = options("-pix_fmt yuv444p", true).unwrap_err();
        assert_eq!(option, "-pix_fmt");
    }

    #[test]
    fn colours_are_those_of_the_film() {
        for refused in [
            "-pix_fmt gray",
            "-pix_fmt gray10le",
            "-pix_fmt:v yuvj420p",
            "-pix_fmt pal8",
            "-pix_fmt rgb565le",
            "-vf format=gray",
            "-vf format=pix_fmts=yuv420p|yuvj420p,null",
            "-color_range pc",
            "-color_range:v 2",
            "-colorspace bt470bg",
            "-color_trc linear",
            "-color_primaries bt2020",
            "-chroma_sample_location left",
            "-bsf:v h264_metadata=video_full_range_flag=1",
            "-bsf:v null,hevc_metadata=level=4:matrix_coefficients=9",
        ] {
            let (option, why) = options(refused, false).unwrap_err();
            assert!(
                refused.starts_with(&option) && why.contains("colours"),
                "{refused}: {why}"
            );
        }
        for taken in [
            "-pix_fmt yuv422p10le",
            "-pix_fmt gbrp",
            "-pix_fmt rgb48le",
            "-vf format=nv12,hwupload",
            "-color_range tv -colorspace bt709",
            "-bsf:v h264_metadata=video_full_range_flag=0:level=4",
        ] {
            assert!(options(taken, false).is_ok(), "{taken}");
        }
    }

    #[test]
    fn what_loses_moves_or_damages_frames_is_refused() {
        for refused in [
            "-bsf:v noise=drop=1",
            "-bsf noise=amount=1",
            "-bsf:v h264_metadata=level=4,setts=ts=0",
            "-video_track_timescale 10",
            "-output_ts_offset 100",
            "-muxdelay 5",
            "-f mp4",
            "-t 1",
        ] {
            assert!(options(refused, false).is_err(), "{refused}");
        }
        for harmless in [
            "-bsf:v hevc_metadata=colour_primaries=1",
            "-preset veryfast -crf 18",
            "-movflags +faststart",
            "-vf format=yuv420p",
        ] {
            assert!(options(harmless, false).is_ok(), "{harmless}");
        }
    }
}
