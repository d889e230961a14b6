//! Problems and plans on disk, packed with gzip or not.

use std::{
    ffi::OsString,
    fmt::{Display, Write as _},
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use anyhow::{Context, bail};
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

/// The bytes of a file, unpacked where they begin as gzip does.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes.as_slice())
        .read_to_end(&mut unpacked)
        .with_context(|| format!("cannot unpack {}", path.display()))?;
    Ok(unpacked)
}

/// Writes JSON, packed where the name ends in `.gz`; the file is there whole or not at all.
pub(crate) fn write(path: &Path, content: &impl Serialize) -> anyhow::Result<()> {
    let mut json = serde_json::to_vec(content).context("cannot be written as JSON")?;
    json.push(b'\n');
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&json)?;
        json = packed.finish()?;
    }
    let Some(name) = path.file_name() else { bail!("{} is not the name of a file", path.display()) };
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(".part");
    let beside = path.with_file_name(beside);
    private(&beside)
        .and_then(|mut file| file.write_all(&json))
        .and_then(|()| fs::rename(&beside, path))
        .with_context(|| format!("cannot write {}", path.display()))
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
