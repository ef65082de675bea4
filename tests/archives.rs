//! Logs in many files: folders, archives, packings, and files among them that cannot be read.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use portbloom::input::{self, InputError, LogPart, Options};
use portbloom::model::Reading;

const LOG: &str = "time,proto,dpt,cc\n0,TCP,80,US\n1,UDP,53,CN\n";

/// Reads what arguments mean; also the number of events.
fn read(paths: &[PathBuf], options: &Options) -> Result<(Reading, usize), InputError> {
    let sources = LogPart::from_arguments(paths)?;
    let mut events = 0;
    let reading = input::stream(&sources, options, &mut |_| {}, &mut |batch| {
        events += batch.events.len()
    })?;
    Ok((reading, events))
}

fn strict() -> Options {
    Options {
        strict: true,
        ..Options::default()
    }
}

/// A tar archive, gzipped or not.
fn archive(path: &Path, files: &[(&str, &[u8])], gzipped: bool) -> io::Result<()> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes)?;
    }
    let bytes = builder.into_inner()?;
    if gzipped {
        let mut encoder = GzEncoder::new(File::create(path)?, Compression::default());
        encoder.write_all(&bytes)?;
        encoder.finish()?;
        Ok(())
    } else {
        fs::write(path, bytes)
    }
}

/// Each file was made with Python's `bz2`, `lzma` and `lz4` of two texts, packed one by one: 150 rows of TCP
/// below a header, and 150 of UDP.
#[test]
fn every_packing_is_undone_to_its_last_part() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs/packed");
    for name in ["log.csv.bz2", "log.csv.xz", "log.csv.lz4"] {
        let (reading, events) = read(&[folder.join(name)], &strict()).unwrap();
        assert_eq!((reading.rows, events), (300, 300), "{name}");
        assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);

        let scratch = tempfile::tempdir().unwrap();
        let bytes = fs::read(folder.join(name)).unwrap();
        let kind = name.rsplit('.').next().unwrap().replace("bz2", "bzip2");
        // Of lz4 the last bytes are a mark of the end, which may be missing.
        let last = if kind == "lz4" { 9 } else { 1 };
        for length in [bytes.len() - last, bytes.len() / 2 + 40, bytes.len() / 4] {
            let path = scratch.path().join("cut");
            fs::write(&path, &bytes[..length]).unwrap();
            assert_eq!(
                rows_and_fault(&path).1.matches(&format!("the {kind} data")).count(),
                1,
                "{name} {length}"
            );
        }
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 3] ^= 0x55;
        let path = scratch.path().join("damaged");
        fs::write(&path, &damaged).unwrap();
        let (_, fault) = rows_and_fault(&path);
        assert!(
            fault.contains(&format!("the {kind} data is damaged")),
            "{name}: {fault}"
        );
    }
}

/// Rows of a log that cannot be read to its end, and why: under `strict` that is an error.
fn rows_and_fault(path: &Path) -> (u64, String) {
    let Err(error) = read(&[path.to_owned()], &strict()) else {
        panic!("{}: read to its end", path.display());
    };
    let error = error.to_string();
    match read(&[path.to_owned()], &Options::default()) {
        Err(nothing) => {
            assert_eq!(nothing.to_string(), error);
            (0, error)
        }
        Ok((reading, _)) => {
            assert_eq!(reading.losses, [error.as_str()]);
            (reading.rows, error)
        }
    }
}

#[test]
fn of_a_log_that_was_cut_off_whole_rows_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "datetime,proto,dpt\n".to_owned();
    for row in 0..100_000 {
        text += &format!("{row},tcp,{}\n", row % 50_000);
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    for kept in [packed.len() / 3, packed.len() / 2, packed.len() - 9] {
        let path = folder.path().join("cut.csv.gz");
        fs::write(&path, &packed[..kept]).unwrap();
        let mut there = String::new();
        let mut decoder = flate2::read::GzDecoder::new(&packed[..kept]);
        let error = decoder.read_to_string(&mut there).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let whole = there.matches('\n').count() as u64 - 1;
        let (rows, fault) = rows_and_fault(&path);
        assert_eq!(rows, whole, "{fault}");
        let (reading, _) = read(&[path], &Options::default()).unwrap();
        assert!(reading.left_out.is_empty(), "no row is read in part");
    }
}

#[test]
fn a_folder_is_the_files_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("b.csv", LOG);
    write("a/deep/c.csv", &LOG.replace("80", "81"));
    write("a/d.csv", &LOG.replace("80", "82"));
    write(".hidden", "nothing");
    let (reading, events) = read(&[folder.path().to_owned()], &strict()).unwrap();
    assert_eq!(events, 6);
    let names: Vec<&str> = reading
        .files
        .iter()
        .map(|name| name.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(names, ["d.csv", "c.csv", "b.csv"]);

    let empty = tempfile::tempdir().unwrap();
    let error = read(&[empty.path().to_owned()], &strict()).unwrap_err().to_string();
    assert!(
        error.ends_with("the folder has no files; name one that holds logs"),
        "{error}"
    );
}

#[test]
#[cfg(unix)]
fn links_in_circles_end() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), LOG).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
    let error = read(&[folder.path().to_owned()], &strict()).unwrap_err().to_string();
    assert!(error.contains("folders are nested too deeply"), "{error}");
}

#[test]
fn an_archive_is_the_files_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs.tar.gz");
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(LOG.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let long = format!("{}.csv", "n".repeat(150));
    for gzipped in [false, true] {
        let files = [
            ("logs/a.csv", LOG.as_bytes()),
            ("logs/b.csv.gz", &packed),
            (&long, LOG.as_bytes()),
        ];
        archive(&path, &files, gzipped).unwrap();
        let (reading, events) = read(std::slice::from_ref(&path), &strict()).unwrap();
        assert_eq!(events, 6);
        assert!(
            reading.files[1].ends_with("logs.tar.gz: logs/b.csv.gz"),
            "{:?}",
            reading.files
        );
        assert_eq!(reading.files.len(), 3);

        // One among them is no log.
        archive(
            &path,
            &[("a.csv", LOG.as_bytes()), ("README", b"Nothing\nto see\n")],
            gzipped,
        )
        .unwrap();
        let (reading, events) = read(std::slice::from_ref(&path), &Options::default()).unwrap();
        assert_eq!((events, reading.losses.len()), (2, 1));
        assert!(
            reading.losses[0].contains("logs.tar.gz: README"),
            "{:?}",
            reading.losses
        );
        assert!(read(std::slice::from_ref(&path), &strict()).is_err());

        // None is.
        archive(&path, &[("README", b"Nothing\nto see\n")], gzipped).unwrap();
        let error = read(std::slice::from_ref(&path), &Options::default()).unwrap_err();
        assert!(error.to_string().contains("logs.tar.gz: README"), "{error}");
    }
    archive(&path, &[], false).unwrap();
    assert!(read(std::slice::from_ref(&path), &strict()).is_err());
}

#[test]
fn an_archive_that_was_cut_off_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs.tar");
    archive(&path, &[("a.csv", LOG.as_bytes()), ("b.csv", LOG.as_bytes())], false).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..512 + 512 + 512 + 20]).unwrap();
    // What was whole of it is kept, unless that is not enough.
    let (reading, events) = read(std::slice::from_ref(&path), &Options::default()).unwrap();
    assert_eq!(events, 2, "{:?}", reading.losses);
    assert!(reading.losses[0].contains("logs.tar"), "{:?}", reading.losses);
    assert!(read(&[path], &strict()).is_err());
}

#[test]
fn of_several_files_those_that_can_be_read_are() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let good = write("good.csv", LOG.as_bytes());
    let other = write("other.csv", LOG.replace("80", "8080").as_bytes());
    let bad = [
        write("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"),
        write("note.txt", b"Nothing\nto see\n"),
        write("cut.csv.gz", &[0x1f, 0x8b, 8, 0, 0]),
        folder.path().join("missing.csv"),
    ];
    for bad in bad {
        let paths = [good.clone(), bad.clone(), other.clone()];
        let (reading, events) = read(&paths, &Options::default()).unwrap();
        assert_eq!((events, reading.losses.len()), (4, 1), "{}", bad.display());
        let name = bad.file_name().unwrap().to_str().unwrap();
        assert!(reading.losses[0].contains(name), "{:?}", reading.losses);
        assert!(read(&paths, &strict()).is_err(), "{name}");
        assert!(
            read(&[bad.clone(), bad.clone()], &Options::default()).is_err(),
            "{name}"
        );
    }
    let (reading, _) = read(&[good.clone(), good], &Options::default()).unwrap();
    assert!(
        reading.warnings[0].contains("is the same file as"),
        "{:?}",
        reading.warnings
    );
}
