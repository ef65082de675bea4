//! Keeps the import rule: the modules that each module may import, and the files that alone may name a crate.
//! `circles` finds files that import each other.

mod circles;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{code_of, is_name, sources, tokens};

/// Each module of the crate, and the other modules that it may import.
const MAY_IMPORT: [(&str, &[&str]); 22] = [
    ("counting", &[]),
    ("crew", &[]),
    ("geo", &[]),
    ("model", &[]),
    ("timeline", &[]),
    ("unit", &["model", "timeline"]),
    ("words", &["model"]),
    ("input", &["geo", "model", "timeline", "words"]),
    ("log", &["model", "timeline", "words"]),
    ("scene", &["crew", "log", "model", "timeline", "unit", "words"]),
    ("gpu", &["crew", "model", "scene"]),
    ("raster", &["crew", "scene"]),
    ("output", &["words"]),
    ("profile", &["counting", "model", "timeline", "unit", "words"]),
    ("page", &[]),
    ("synth", &[]),
    (
        "direct",
        &["counting", "log", "model", "plan", "profile", "timeline", "words"],
    ),
    // The parser of times.
    ("plan", &["input", "words"]),
    // The parser of times, defaults and limits of options, the types of a frame rate and of a part of the traffic.
    (
        "cli",
        &[
            "geo", "input", "model", "output", "plan", "scene", "synth", "timeline", "words",
        ],
    ),
    (
        "settings",
        &[
            "cli", "geo", "gpu", "input", "model", "output", "scene", "synth", "timeline",
        ],
    ),
    (
        "app",
        &[
            "crew", "direct", "geo", "gpu", "input", "log", "model", "output", "page", "plan", "profile", "raster",
            "scene", "settings", "synth", "timeline", "unit", "words",
        ],
    ),
    ("main", &["app", "cli", "settings"]),
];

/// Each crate, and the files, or folders with a `/` at the end, that alone may name it. Tests may name any.
const HOMES: &[(&str, &[&str])] = &[
    ("anyhow", &["app/", "main.rs"]),
    ("arboard", &["app/preview/system_clipboard.rs"]),
    ("base64", &["output/inline.rs"]),
    ("bzip2", &["input/formats/nfcapd.rs", "input/unpack.rs"]),
    ("clap", &["cli.rs", "main.rs"]),
    ("cosmic_text", &["raster/glyphs.rs", "scene/text.rs"]),
    ("crc32fast", &["input/formats/prepared/"]),
    ("csv", &["input/formats/csv/", "plan/cues.rs"]),
    ("ctrlc", &["main.rs"]),
    ("egui", &["app/preview/"]),
    ("egui_winit", &["app/preview/screen.rs"]),
    ("flate2", &["input/unpack.rs", "output/png.rs", "output/text.rs"]),
    (
        "foldhash",
        &[
            "counting/",
            "direct/counts.rs",
            "direct/waves.rs",
            "input/names.rs",
            "input/record.rs",
            "log/builder.rs",
            "log/direct.rs",
            "log/regroup.rs",
            "profile/latest.rs",
            "profile/open.rs",
            "raster/glyphs.rs",
        ],
    ),
    ("glob", &["input/open.rs"]),
    ("glyphon", &["gpu/pipelines.rs", "gpu/text.rs"]),
    ("image", &["output/png.rs"]),
    ("indexmap", &["counting/lossy.rs", "profile/open.rs"]),
    ("indicatif", &["app/progress.rs"]),
    (
        "ipnetwork",
        &["geo/address.rs", "input/filter/", "scene/asked_hosts.rs"],
    ),
    ("maxminddb", &["geo/mmdb.rs"]),
    ("lz4_flex", &["input/formats/nfcapd.rs", "input/unpack.rs"]),
    ("lzokay", &["input/formats/nfcapd.rs"]),
    ("lzma_rust2", &["input/unpack.rs"]),
    ("openh264_sys2", &["output/openh264.rs"]),
    ("parquet", &["input/formats/parquet/", "input/formats/prepared/"]),
    ("palette", &["scene/colors.rs"]),
    ("percent_encoding", &["app/preview/paste.rs", "page/url.rs"]),
    ("rayon", &["crew.rs"]),
    ("rustc_hash", &["app/mark.rs"]),
    ("rustix", &["output/ffmpeg/", "output/reserve.rs"]),
    ("sctk", &["app/preview/display.rs", "app/preview/wayland.rs"]),
    ("shiguredo_mp4", &["output/mp4.rs", "output/mp4/"]),
    ("strsim", &["words/near.rs"]),
    ("tar", &["input/archive.rs"]),
    ("terminal_size", &["app/profile/text.rs"]),
    ("wgpu", &["gpu/"]),
    (
        "wide",
        &[
            "input/address.rs",
            "input/formats/csv/rows.rs",
            "input/split.rs",
            "output/h264/",
            "raster/",
        ],
    ),
    (
        "winit",
        &[
            "app/preview/data_device.rs",
            "app/preview/display.rs",
            "app/preview/screen.rs",
            "app/preview/wayland.rs",
            "app/preview/window.rs",
            "app/preview/x11.rs",
        ],
    ),
    ("x11rb", &["app/preview/x11.rs"]),
    (
        "zstd",
        &[
            "geo/packed.rs",
            "input/formats/nfcapd.rs",
            "input/unpack.rs",
            "output/text.rs",
        ],
    ),
];

#[test]
fn modules_import_only_what_the_rule_allows() {
    let rule = BTreeMap::from(MAY_IMPORT);
    let mut modules = BTreeSet::new();
    for (path, text) in sources() {
        let code = code_of(&text);
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        let Some(allowed) = rule.get(module) else {
            panic!("src/{path}: `{module}` has no row in MAY_IMPORT: say what it may import");
        };
        modules.insert(module.to_owned());
        for import in imports(&path, &code) {
            assert!(
                import == module || allowed.contains(&import.as_str()),
                "src/{path} imports `{import}`; `{module}` may import {allowed:?} alone"
            );
        }
    }
    let ruled: BTreeSet<String> = rule.into_keys().map(str::to_owned).collect();
    assert_eq!(modules, ruled, "modules, and rows of MAY_IMPORT");
}

#[test]
fn every_crate_stays_at_home() {
    let sources = sources();
    for &(name, homes) in HOMES {
        for (path, text) in &sources {
            let at_home = homes
                .iter()
                .any(|home| path == home || home.ends_with('/') && path.starts_with(home));
            assert!(
                at_home || !names_crate(&code_of(text), name),
                "src/{path} names `{name}`, whose home is {homes:?}"
            );
        }
    }
}

#[test]
fn the_checker_finds_every_way_to_import() {
    for (path, text, expected) in [
        ("output/png.rs", "use crate::scene::Frame;", &["scene"][..]),
        ("output/png.rs", "fn f(x: &crate::scene::Frame) {}", &["scene"]),
        (
            "output/png.rs",
            "use crate::{gpu, model::{Port, Event}, log as l};",
            &["gpu", "log", "model"],
        ),
        ("output/png.rs", "use super::super::app;", &["app"]),
        ("output/mod.rs", "use super::app;", &["app"]),
        ("output/png.rs", "use super::OutputError;", &[]),
        ("output/png.rs", "use super::{super::cli, pixels};", &["cli"]),
        ("output/png.rs", "use crate::*;", &["*"]),
        ("model.rs", "use super::{log, scene};", &["log", "scene"]),
        ("model.rs", "pub(crate) use crate :: log;", &["log"]),
        ("main.rs", "use portbloom::gpu::Context;", &["gpu"]),
        (
            "model.rs",
            "// use crate::log;\n/* crate::gpu /* crate::app */ crate::cli */",
            &[],
        ),
        (
            "model.rs",
            "const TEXT: &str = \"crate::log // \\\" crate::gpu\"; use crate::app;",
            &["app"],
        ),
        (
            "model.rs",
            "const TEXT: &str = r#\"crate::log \" \"#; const QUOTE: char = '\"'; use crate::app;",
            &["app"],
        ),
        (
            "model.rs",
            "fn f<'a>(x: &'a u8) {} #[cfg(test)] mod tests { use crate::log; } use crate::cli;",
            &["cli"],
        ),
    ] {
        let found = imports(path, &code_of(text));
        assert_eq!(
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            expected,
            "{path}: {text}"
        );
    }
    for (text, named) in [
        ("use wgpu::Device;", true),
        ("use {std::fmt, wgpu as w};", true),
        ("fn f(x: wgpu::Device) {}", true),
        ("use wgpu;", true),
        ("extern crate wgpu;", true),
        ("// wgpu::Device\nconst TEXT: &str = \"wgpu::Device\";", false),
        ("use my_wgpu::Device; let wgpu = 1;", false),
        ("mod wgpu; wgpu::our_own();", false),
        ("use super::wgpu::our_own;", false),
    ] {
        assert_eq!(names_crate(&code_of(text), "wgpu"), named, "{text}");
    }
}

/// The module of the crate that a file belongs to: `gpu` for `gpu/text.rs`.
fn module_of(path: &str) -> &str {
    path.split_once('/')
        .map_or(path, |(module, _)| module)
        .trim_end_matches(".rs")
}

/// Number of `super::` from a file to the root of the crate.
fn depth(path: &str) -> usize {
    let folders = path.matches('/').count();
    if path.ends_with("/mod.rs") {
        folders
    } else {
        folders + 1
    }
}

/// The modules of the crate that a file names: after `crate::`, after enough `super::`, and, in
/// `main.rs`, after `portbloom::`.
fn imports(path: &str, code: &str) -> BTreeSet<String> {
    let tokens = tokens(code);
    let mut found = BTreeSet::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        let continues = at > 0 && tokens[at - 1] == "::";
        match pair {
            ["crate", "::"] => names_after(&tokens[at + 2..], 0, &mut found),
            ["portbloom", "::"] if path == "main.rs" => names_after(&tokens[at + 2..], 0, &mut found),
            ["super", "::"] if !continues => names_after(&tokens[at + 2..], depth(path) - 1, &mut found),
            _ => {}
        }
    }
    found
}

/// Adds the first names of a path, or of a `{...}` of paths, that begins `supers` modules below the root. Adds
/// nothing for a path that does not go up to the root.
fn names_after(tokens: &[&str], supers: usize, found: &mut BTreeSet<String>) {
    match tokens {
        ["super", "::", rest @ ..] => {
            if let Some(supers) = supers.checked_sub(1) {
                names_after(rest, supers, found);
            }
        }
        ["{", rest @ ..] => {
            let mut depth = 0_usize;
            let mut begins = true;
            for (at, token) in rest.iter().enumerate() {
                if begins && depth == 0 && *token != "}" {
                    names_after(&rest[at..], supers, found);
                }
                begins = *token == ",";
                match *token {
                    "{" => depth += 1,
                    "}" if depth == 0 => return,
                    "}" => depth -= 1,
                    _ => {}
                }
            }
        }
        [name, ..] if supers == 0 => {
            found.insert((*name).to_owned());
        }
        _ => {}
    }
}

/// Whether a file names a crate: in a path that begins with it, or alone in a `use`.
fn names_crate(code: &str, name: &str) -> bool {
    let tokens = tokens(code);
    // A module of the same name stands before the crate.
    let shadowed = tokens
        .windows(3)
        .any(|item| matches!(item, ["mod", found, ";" | "{"] if *found == name));
    !shadowed
        && (0..tokens.len()).any(|at| {
            let before = at.checked_sub(1).map(|at| tokens[at]);
            let after = tokens.get(at + 1).copied().unwrap_or_default();
            tokens[at] == name
                && match before {
                    // `::wgpu` from the root of all crates; `super::wgpu` is another's.
                    Some("::") => at < 2 || !tokens[at - 2].ends_with(is_name) && tokens[at - 2] != ">",
                    Some("use" | "crate") => true,
                    _ => matches!(after, "::" | "as"),
                }
        })
}
