//! Typst in this process: templates and data in, PDF out. It sees what it is given and nothing else: no file, no network,
//! no clock.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;
use thiserror::Error;
use typst::{
    Library, LibraryExt, World, comemo,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, pdf};

use super::searchable::searchable;
use crate::qr;

/// What the templates set text in.
const FAMILIES: [&str; 2] = ["Vazirmatn", "Noto Nastaliq Urdu"];

/// The templates by the names they import each other by.
const TEMPLATES: [(&str, &str); 5] = [
    (CERTIFICATE, include_str!("../../templates/letters/certificate.typ")),
    (LETTER, include_str!("../../templates/letters/letter.typ")),
    (REPORT, include_str!("../../templates/letters/report.typ")),
    ("chart.typ", include_str!("../../templates/letters/chart.typ")),
    ("ornament.typ", include_str!("../../templates/letters/ornament.typ")),
];
pub(super) const CERTIFICATE: &str = "certificate.typ";
pub(super) const LETTER: &str = "letter.typ";
pub(super) const REPORT: &str = "report.typ";

/// For how many prints what was computed for one is kept for the next.
const KEPT: usize = 4;

/// Prints letters; made once, for fonts are slow to read.
pub struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: Vec<Source>,
}

/// Fonts without which letters cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no font of the family {}", .0.join(", nor of "))]
pub struct NoFonts(pub Vec<String>);

/// Why something was not printed. It is a fault of a template.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("it cannot be printed: {0}")]
pub struct NotPrinted(String);

impl Press {
    /// A press with these font files, TrueType or OpenType.
    ///
    /// # Errors
    /// [`NoFonts`] where a family is missing that letters are set in.
    pub fn new(files: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, NoFonts> {
        let files = files.into_iter().map(|file| Bytes::new(searchable(file, FAMILIES[0])));
        let fonts: Vec<Font> = files.flat_map(Font::iter).collect();
        let book = FontBook::from_fonts(&fonts);
        let there: BTreeSet<String> = book.families().map(|(name, _)| name.to_lowercase()).collect();
        let missing: Vec<String> = FAMILIES
            .into_iter()
            .filter(|family| !there.contains(&family.to_lowercase()))
            .map(str::to_owned)
            .collect();
        if !missing.is_empty() {
            return Err(NoFonts(missing));
        }
        let sources = TEMPLATES.map(|(name, text)| Source::new(file(name), text.to_owned()));
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(book),
            fonts,
            sources: sources.into(),
        })
    }

    /// A PDF made of `data` by a template, with the QR code of `link` where there is one; of the same always the same. `ident`
    /// tells it from all others.
    pub(super) fn print(
        &self,
        template: &str,
        data: &impl Serialize,
        link: Option<&str>,
        ident: String,
    ) -> Result<Vec<u8>, NotPrinted> {
        let data = serde_json::to_string(data).map_err(|error| NotPrinted(error.to_string()))?;
        // One character for what is one letter, for the reason that `searchable` tells.
        let data = data.replace("ه\u{654}", "ۀ");
        let mut given = vec![(file("data.json"), Bytes::from_string(data))];
        if let Some(link) = link {
            let picture = qr::svg(link).map_err(|error| NotPrinted(error.to_string()))?;
            given.push((file("qr.svg"), Bytes::from_string(picture)));
        }
        let sheet = Sheet { press: self, main: file(template), given };
        let printed = typst::compile::<PagedDocument>(&sheet).output.and_then(|document| {
            let options = PdfOptions {
                ident: Smart::Custom(ident),
                creator: Smart::Custom(Some("Khademyar".to_owned())),
                ..PdfOptions::default()
            };
            pdf(&document, &options)
        });
        comemo::evict(KEPT);
        printed.map_err(|faults| NotPrinted(told(&faults)))
    }
}

impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Press").field("fonts", &self.fonts.len()).finish_non_exhaustive()
    }
}

fn told(faults: &[SourceDiagnostic]) -> String {
    faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; ")
}

fn file(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("the names are ours, and paths");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

/// What Typst sees of the world while it prints one letter.
struct Sheet<'a> {
    press: &'a Press,
    main: FileId,
    given: Vec<(FileId, Bytes)>,
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        let Press { library, .. } = self.press;
        library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let found = self.press.sources.iter().find(|source| source.id() == id);
        found.cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.given.iter().find(|(known, _)| *known == id);
        found.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
