//! The options of ffmpeg for each codec and container by which quality, colours, transparency and
//! tags come out as they are meant.

use std::path::Path;

use super::super::quality::qp;

/// Codecs that hold transparency, with the pixel format and options that make them do so.
const ALPHA_CODECS: [(&str, &str, &[&str]); 6] = [
    // Pictures have 8 bits of alpha; ProRes' 16 take twice the room.
    ("prores_ks", "yuva444p10le", &["-profile:v", "4444", "-alpha_bits", "8"]),
    ("libvpx-vp9", "yuva420p", &[]),
    ("ffv1", "bgra", &[]),
    ("qtrle", "argb", &[]),
    ("png", "rgba", &[]),
    ("utvideo", "gbrap", &[]),
];

/// Codecs that hold RGB and lose nothing, or convert it themselves, with the pixel format for
/// opaque pictures.
const RGB_CODECS: [(&str, &str); 5] = [
    ("apng", "rgb24"),
    ("libwebp_anim", "bgra"),
    ("libx264rgb", "rgb24"),
    ("png", "rgb24"),
    ("qtrle", "rgb24"),
];

/// Makes the 256 colours of each picture of a GIF its own.
const GIF_FILTERS: &str = "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1";

/// Endings of containers whose films are many files, by ffmpeg's muxers `hls`, `dash`,
/// `smoothstreaming`, `webm_chunk`, `webm_dash_manifest` and `image2`.
const MANY_FILES: [&str; 43] = [
    "m3u8", "mpd", "ism", "chk", "xml", "bmp", "dpx", "exr", "j2c", "j2k", "jls", "jp2", "jpc", "jpeg", "jpg", "jxl",
    "jxs", "ljpg", "im1", "im24", "im8", "pam", "pbm", "pcx", "pfm", "pgm", "pgmyuv", "phm", "png", "ppm", "qoi",
    "ras", "rs", "sgi", "sun", "sunras", "tga", "tif", "tiff", "vbn", "wbmp", "xbm", "xwd",
];

/// The pictures that ffmpeg is handed, and what it does to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// 4:2:0 planes, BT.709, limited range.
    Planes,
    /// RGBA with straight alpha, after these filters.
    Rgba(String),
}

/// The codec that a container usually holds, by the file's ending.
#[must_use]
pub fn usual_codec(path: &Path) -> Option<&'static str> {
    match ending(path).as_str() {
        "mp4" | "mkv" | "m4v" | "ts" => Some("libx264"),
        "mov" => Some("prores_ks"),
        "webm" => Some("libvpx-vp9"),
        "gif" => Some("gif"),
        "apng" => Some("apng"),
        "avi" => Some("mpeg4"),
        "ogv" => Some("libtheora"),
        _ => None,
    }
}

/// Names of the codecs that can hold transparency.
pub fn alpha_codecs() -> impl Iterator<Item = &'static str> {
    ALPHA_CODECS.into_iter().map(|(codec, ..)| codec)
}

/// Whether ffmpeg would make many files in place of one.
pub fn is_many_files(path: &Path) -> bool {
    MANY_FILES.contains(&ending(path).as_str())
}

/// Whether ffprobe can tell how many pictures are in the file: not so for animated WebP.
pub fn can_be_counted(path: &Path) -> bool {
    ending(path) != "webp"
}

/// Whether a film cannot be played before ffmpeg has closed it, by the file's ending.
pub fn is_closed_last(path: &Path) -> bool {
    matches!(
        ending(path).as_str(),
        "mp4" | "mov" | "m4v" | "3gp" | "3g2" | "f4v" | "mj2"
    )
}

/// The pictures that a codec is fed with.
pub fn feed(codec: &str, alpha: bool) -> Feed {
    let transparent = ALPHA_CODECS.iter().find(|(name, ..)| alpha && *name == codec);
    match transparent {
        // ffmpeg takes BT.601 for RGB unless told otherwise, and a frame that does not say what it
        // is for BT.601 when it is shown: ProRes and VP9 carry what the frame says.
        Some((_, pixels, _)) if pixels.starts_with("yuv") => Feed::Rgba(format!(
            "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+full_chroma_inp,\
             format={pixels},setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
        )),
        Some((_, pixels, _)) => Feed::Rgba(format!("format={pixels}")),
        None if codec == "gif" => Feed::Rgba(GIF_FILTERS.to_owned()),
        None => match RGB_CODECS.iter().find(|(name, _)| *name == codec) {
            Some((_, pixels)) => Feed::Rgba(format!("format={pixels}")),
            None => Feed::Planes,
        },
    }
}

/// Options for a codec in the file's container, at a `quality` of 0 to 100.
pub fn options(codec: &str, path: &Path, quality: u8, alpha: bool) -> Vec<String> {
    let mut options: Vec<String> = ["-c:v", codec].map(str::to_owned).into();
    let mut add = |option: &str, value: &str| options.extend([option, value].map(str::to_owned));
    let quantiser = qp(quality);
    match codec {
        "libx264" | "libx265" | "libsvtav1" => add("-crf", &quantiser.to_string()),
        // Without a bit rate of 0 their quality is constrained by one.
        "libvpx-vp9" | "libaom-av1" => {
            add("-crf", &quantiser.to_string());
            add("-b:v", "0");
        }
        // It has no such bit rate: one that no picture needs.
        "libvpx" => {
            add("-crf", &quantiser.to_string());
            add("-b:v", "1G");
        }
        "librav1e" => add("-qp", &(u32::from(quantiser) * 4).to_string()),
        "h264_nvenc" | "hevc_nvenc" => {
            add("-rc", "constqp");
            add("-qp", &quantiser.to_string());
        }
        // Measured at 1080p: 70 is 7, half the bits that ffmpeg gives by itself and 53 dB.
        "prores_ks" => add("-q:v", &(1 + (100 - u32::from(quality.min(100))) / 5).to_string()),
        "mjpeg" | "mpeg1video" | "mpeg2video" | "mpeg4" | "libxvid" => add("-q:v", &mpeg_quantiser(quality)),
        "libtheora" => add("-q:v", &(quality / 10).to_string()),
        "libwebp_anim" => add("-quality", &quality.to_string()),
        // Of the profiles for any size: low bit rate, standard, high quality.
        "dnxhd" => add(
            "-profile:v",
            match quality {
                0..34 => "dnxhr_lb",
                34..67 => "dnxhr_sq",
                _ => "dnxhr_hq",
            },
        ),
        _ => {}
    }
    if codec == "dnxhd" {
        add("-pix_fmt", "yuv422p");
    }
    if let Some((.., more)) = ALPHA_CODECS.iter().find(|(name, ..)| alpha && *name == codec) {
        options.extend(more.iter().map(|&word| word.to_owned()));
    }
    if matches!(ending(path).as_str(), "mp4" | "mov" | "m4v") {
        options.extend(["-movflags", "+faststart"].map(str::to_owned));
        // Apple's players know HEVC by this name alone; ffmpeg writes `hev1`.
        if codec.starts_with("hevc_") || codec == "libx265" {
            options.extend(["-tag:v", "hvc1"].map(str::to_owned));
        }
    }
    options
}

/// The quantiser of MPEG-1, 2 and 4, whose step is twice its number, with the step that H.264 has
/// at this quality: `0.625 * 2^(QP / 6)` (ITU-T H.264, 8.5.9).
fn mpeg_quantiser(quality: u8) -> String {
    let step = 0.625 * 2_f64.powf(f64::from(qp(quality)) / 6.0);
    ((step / 2.0).round().clamp(1.0, 31.0) as u8).to_string()
}

/// The ending of a file's name in small letters.
fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(codec: &str, path: &str, quality: u8, alpha: bool) -> String {
        options(codec, Path::new(path), quality, alpha).join(" ")
    }

    #[test]
    fn quality_reaches_every_kind_of_codec() {
        for (codec, path, low, high) in [
            ("libx264", "f.mkv", "-crf 45", "-crf 12"),
            ("libx265", "f.mkv", "-crf 45", "-crf 12"),
            ("libvpx-vp9", "f.webm", "-crf 45 -b:v 0", "-crf 12 -b:v 0"),
            ("libvpx", "f.webm", "-crf 45 -b:v 1G", "-crf 12 -b:v 1G"),
            ("prores_ks", "f.mkv", "-q:v 21", "-q:v 1"),
            ("mpeg4", "f.avi", "-q:v 31", "-q:v 1"),
            ("dnxhd", "f.mkv", "-profile:v dnxhr_lb", "-profile:v dnxhr_hq"),
            ("h264_nvenc", "f.mkv", "-rc constqp -qp 45", "-rc constqp -qp 12"),
        ] {
            assert!(line(codec, path, 0, false).contains(low), "{codec}");
            assert!(line(codec, path, 100, false).contains(high), "{codec}");
        }
    }

    #[test]
    fn hevc_in_mp4_and_mov_is_named_as_apple_expects() {
        for path in ["film.mp4", "film.MOV", "film.m4v"] {
            for codec in ["libx265", "hevc_nvenc", "hevc_vaapi"] {
                assert!(
                    line(codec, path, 70, false).ends_with("-tag:v hvc1"),
                    "{codec} in {path}"
                );
            }
            assert!(!line("libx264", path, 70, false).contains("-tag"));
        }
        assert!(!line("libx265", "film.mkv", 70, false).contains("-tag"));
    }

    #[test]
    fn only_what_becomes_planes_has_a_matrix() {
        let filters = |codec: &str, alpha| match feed(codec, alpha) {
            Feed::Rgba(filters) => filters,
            Feed::Planes => "planes".to_owned(),
        };
        for codec in ["prores_ks", "libvpx-vp9"] {
            assert!(filters(codec, true).contains("setparams=range=tv:colorspace=bt709"));
            assert_eq!(filters(codec, false), "planes");
        }
        for codec in ["ffv1", "qtrle", "png", "utvideo"] {
            assert!(!filters(codec, true).contains("bt709"), "{codec}");
        }
        assert_eq!(filters("qtrle", false), "format=rgb24");
        assert!(alpha_codecs().all(|codec| feed(codec, true) != Feed::Planes));
    }
}
