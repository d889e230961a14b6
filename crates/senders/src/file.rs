//! Messages into a file, one JSON object a line: for development.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde_json::json;
use tokio::task;

use crate::{Message, SendError};

/// A file that messages are appended to, readable for its owner alone.
#[derive(Clone, Debug)]
pub struct FileSender {
    path: PathBuf,
}

impl FileSender {
    /// Into the file at `path`, which is made with the first message.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) async fn send(&self, message: &Message) -> Result<(), SendError> {
        let line = match message {
            Message::Sms(sms) => {
                json!({"id": sms.id, "to": sms.to.as_str(), "text": sms.text, "code": sms.code})
            }
            Message::Email(mail) => json!({"to": mail.to, "subject": mail.subject, "text": mail.text}),
        };
        let path = self.path.clone();
        let written = task::spawn_blocking(move || {
            // On PostgreSQL nothing else needs the folder.
            path.parent().map_or(Ok(()), private_folder)?;
            // In one piece, so that lines of several writers do not mix.
            appended(&path)?.write_all(format!("{line}\n").as_bytes())
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            // Whoever makes room on the disk, or mends the folder, has them sent.
            Ok(Err(error)) => {
                Err(SendError::Passing(format!("the file of messages cannot be written: {error}")))
            }
            Err(_) => Err(SendError::Passing("the file of messages was not written".to_owned())),
        }
    }
}

/// Makes a folder, and those above it, for its owner's eyes alone; one that is there stays as it is.
///
/// # Errors
/// As the system tells.
pub fn private_folder(path: &Path) -> io::Result<()> {
    let mut folder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(path)
}

#[cfg(unix)]
fn appended(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn appended(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}
