//! Letters are printed with the fonts that are configured.

use std::{fs, path::Path, sync::Arc};

use anyhow::Context;
use chrono::{DateTime, Utc};
use khademyar_api::{Letters, Press};
use khademyar_domain::{Id, festival::Festival, letter::LetterBundle};
use khademyar_storage::letter_bundles::Piece;
use khademyar_worker::{NotPrinted, Printer};
use tokio::sync::mpsc;
use tracing::info;

/// What prints with the fonts in a folder; none, where those that letters are set in are not there.
///
/// # Errors
/// When a font that is there cannot be read.
pub(crate) fn press(folder: &Path) -> anyhow::Result<Option<Arc<Press>>> {
    let mut paths: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "ttf" || kind == "otf"));
    // In whatever order the folder tells them, letters are the same.
    paths.sort();
    let files = paths.iter().map(|path| fs::read(path).with_context(|| path.display().to_string()));
    match Press::new(files.collect::<anyhow::Result<Vec<_>>>().context("cannot read the fonts")?) {
        Ok(press) => Ok(Some(Arc::new(press))),
        Err(missing) => {
            let folder = folder.display();
            info!("{missing} in {folder}: no letters are printed until `fonts/install` has fetched them");
            Ok(None)
        }
    }
}

/// Prints bundles of letters for the worker.
#[derive(Clone, Debug)]
pub(crate) struct Printing(pub(crate) Letters);

#[async_trait::async_trait]
impl Printer for Printing {
    async fn print(
        &self,
        festival_id: Id<Festival>,
        bundle: LetterBundle,
        now: DateTime<Utc>,
        tell: mpsc::Sender<Piece>,
    ) -> Result<(), NotPrinted> {
        let printed = self.0.print_all(festival_id, bundle, now, tell).await;
        printed.map_err(|error| NotPrinted(error.to_string()))
    }
}
