//! The binary as people start it.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod demo;
mod files;
mod installation;
mod measure;

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A folder with nothing in it, in which the binary is started without anyone's configuration.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_khademyar"));
        command.current_dir(self.path()).args(arguments).env_remove("DATABASE_URL");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KHADEMYAR_")) {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
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
