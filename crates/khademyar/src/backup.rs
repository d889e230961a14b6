//! `khademyar backup` and `khademyar restore`: an SQLite database into a file and back, while it is served.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use khademyar_storage::{Store, backup};

use crate::{config::Flags, database, file};

/// Write an SQLite database into a file, as it is at one instant, while it is served.
///
/// For PostgreSQL use `pg_dump`, or its own base backups.
#[derive(Debug, clap::Args)]
pub(crate) struct BackupArgs {
    /// The file, which must not be there yet.
    file: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

/// Put a file that `backup` wrote in place of all that an SQLite database holds.
///
/// All of it is replaced at once, or nothing. Start servers again afterwards, which may remember what was there.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// The file.
    file: PathBuf,
    /// Say that all that is stored now may go.
    #[arg(long, required = true)]
    overwrite: bool,
    #[command(flatten)]
    flags: Flags,
}

pub(crate) async fn backup(args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let store = database::connect(&args.flags.config()?).await?;
    only_sqlite(&store)?;
    if args.file.exists() {
        bail!("{} is there already", args.file.display());
    }
    // Under another name until it is whole and on the disk: a file of the right name is a backup.
    let partial = with_suffix(&args.file, ".partial");
    // SQLite writes into a file that is there if it is empty.
    file::private(&partial).with_context(|| format!("cannot write {}", partial.display()))?;
    store.backup(&partial).await.context("cannot write the backup")?;
    File::open(&partial).and_then(|file| file.sync_all()).context("cannot write the backup to the disk")?;
    fs::rename(&partial, &args.file).with_context(|| format!("cannot name it {}", args.file.display()))?;
    store.close().await?;
    say!("{}", args.file.display())?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn restore(args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    debug_assert!(args.overwrite, "clap asks for it");
    let store = database::connect(&args.flags.config()?).await?;
    only_sqlite(&store)?;
    if !args.file.is_file() {
        bail!("there is no file {}", args.file.display());
    }
    match store.restore(&args.file).await {
        Err(khademyar_storage::StorageError::Refused(rule)) if rule == backup::NOT_WHOLE => {
            bail!("{} is damaged, or no database of Khademyar: nothing was changed", args.file.display())
        }
        restored => restored.context("cannot restore; nothing was changed")?,
    }
    store.close().await?;
    say!("restored from {}", args.file.display())?;
    Ok(ExitCode::SUCCESS)
}

fn only_sqlite(store: &Store) -> anyhow::Result<()> {
    if store.is_postgres() {
        bail!("this is a PostgreSQL database: use pg_dump and pg_restore, or the server's own base backups");
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
