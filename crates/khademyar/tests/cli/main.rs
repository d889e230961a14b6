//! The binary as people start it.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod backup;
mod database;
mod demo;
#[cfg(unix)]
mod ending;
mod festivals;
mod files;
#[cfg(unix)]
mod full;
mod installation;
mod killed;
mod letters;
mod measure;
#[cfg(unix)]
mod private;
mod server;
mod storm;
#[cfg(unix)]
mod tls;
mod traces;

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// Of the organizers of [`Folder::import`].
const PASSWORD: &str = "ده شب در باغ غدیر";

/// A folder with nothing in it, in which the binary is started without anyone's configuration.
struct Folder {
    home: TempDir,
    /// Where the database is, if it is not in the folder.
    database_url: Option<String>,
}

impl Folder {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap(), database_url: None }
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_khademyar"));
        command.current_dir(&self.home).args(arguments).env_remove("DATABASE_URL");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KHADEMYAR_")) {
            command.env_remove(name);
        }
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Stores a festival, with an organizer who signs in by [`PASSWORD`]; its id.
    fn import(&self, problem: &Value, organizer: &str) -> String {
        fs::write(self.path().join("import.json"), problem.to_string()).unwrap();
        let mut creating = self
            .command(&["user", "create", organizer, "--name", organizer, "--operator", "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(creating.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(creating.wait().unwrap().success());
        let imported = self.run(&["import", "import.json", "--organizer", organizer]);
        assert_code(&imported, 0);
        out(&imported).trim_end().to_owned()
    }
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}{}", out(output));
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
