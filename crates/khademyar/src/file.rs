//! Problems and plans on disk, packed with gzip or not.

use std::{
    ffi::OsString,
    fmt::{Display, Write as _},
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use anyhow::Context;
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use khademyar_scheduling::{PlanFile, Problem};
use serde::Serialize;

/// How many faults of a file are printed; a broken export repeats the same one for every row.
const FAULTS_SHOWN: usize = 50;

pub(crate) fn read_problem(path: &Path) -> anyhow::Result<Problem> {
    let json = read(path)?;
    Problem::read(&json).map_err(|faults| refused(path, faults.iter()))
}

pub(crate) fn read_plan(path: &Path) -> anyhow::Result<PlanFile> {
    let json = read(path)?;
    PlanFile::read(&json).map_err(|fault| refused(path, [fault].iter()))
}

/// The bytes of a file, unpacked where they begin as gzip does, without the mark that some editors put before UTF-8.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(bytes.as_slice())
            .read_to_end(&mut unpacked)
            .with_context(|| format!("cannot unpack {}", path.display()))?;
        bytes = unpacked;
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        bytes.drain(.."\u{feff}".len());
    }
    Ok(bytes)
}

/// Writes JSON, packed where the name ends in `.gz`. A file is there whole or not at all, and for its owner's eyes alone: it
/// may hold names and phone numbers. Of a link the target is written; a pipe or a device is written into.
pub(crate) fn write(path: &Path, content: &impl Serialize) -> anyhow::Result<()> {
    let mut json = serde_json::to_vec(content).context("cannot be written as JSON")?;
    json.push(b'\n');
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&json)?;
        json = packed.finish()?;
    }
    // A link may lead to where nothing is yet.
    let led_to = || Some(path.parent()?.join(fs::read_link(path).ok()?));
    let target = fs::canonicalize(path).ok().or_else(led_to).unwrap_or_else(|| path.to_owned());
    let written = match fs::metadata(&target) {
        Ok(there) if !there.is_file() && !there.is_dir() => fs::write(&target, json),
        _ => replace(&target, &json),
    };
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Writes beside the file first; what could not be written whole is removed again.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("this is not the name of a file"))?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(".part");
    let beside = path.with_file_name(beside);
    let written = private(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // That it could not be written is what has to be told.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A new, empty file at `path` for its owner's eyes alone.
#[cfg(unix)]
pub(crate) fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // A file that was there keeps its own mode.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(not(unix))]
pub(crate) fn private(path: &Path) -> io::Result<File> {
    File::create(path)
}

/// What is wrong with a file, a line for each fault.
pub(crate) fn refused(path: &Path, faults: impl ExactSizeIterator<Item: Display>) -> anyhow::Error {
    let count = faults.len();
    let mut text = format!("{} has {count} {}:", path.display(), if count == 1 { "fault" } else { "faults" });
    for fault in faults.take(FAULTS_SHOWN) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {fault}");
    }
    if count > FAULTS_SHOWN {
        let _ = write!(text, "\n  and {} more", count - FAULTS_SHOWN);
    }
    anyhow::Error::msg(text)
}
