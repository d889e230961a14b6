//! The file that tells who can sign in to the demo.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::file;

/// One sign-in of each kind, and where.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignIns {
    pub(crate) address: String,
    pub(crate) organizer: SignIn,
    pub(crate) coordinator: SignIn,
    pub(crate) volunteer: SignIn,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Where the file is.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join("demo-sign-ins.json")
}

impl SignIns {
    /// What the file says, if there is one.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json)
                .map(Some)
                .with_context(|| format!("{} is not what the demo wrote", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes the file, for its owner's eyes only.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        file::private(path)
            .and_then(|mut file| file.write_all(json.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}
