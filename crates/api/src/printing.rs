//! Printing letters and the festival report: the facts from the database, the festival's words, its signature.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Write},
    rc::Rc,
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use khademyar_domain::{
    Id,
    festival::Festival,
    language::Language,
    letter::{LetterBundle, LetterKind, Wording},
};
use khademyar_reports::paper::{Attended, Course, Covered, FestivalReport, Letter, Press, Quality, Writer};
use khademyar_roster::coverage;
use khademyar_storage::{
    Db, StorageError, Store, festivals,
    letter_bundles::Piece,
    letter_wordings, plans,
    seats::{self, Roster},
    services,
};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tokio::sync::mpsc;
use uuid::Uuid;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    auth::{FestivalKey, FestivalKeys, letters},
    blocking::blocking,
    error::ApiError,
    handlers::reports::facts,
};

/// How many letters are printed at a time: what they take together is in memory at once.
const AT_ONCE: usize = 48;

/// Prints letters of any festival; cheap to clone.
#[derive(Clone, Debug)]
pub struct Letters {
    store: Store,
    keys: Arc<FestivalKeys>,
    press: Arc<Press>,
    address: Arc<str>,
}

/// What was written of a file since it was last taken.
#[derive(Clone, Debug, Default)]
struct Pieces(Rc<RefCell<Vec<u8>>>);

impl Pieces {
    fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Letters {
    /// Letters of the festivals in `store`, whose QR codes lead to this service's address.
    pub fn new(store: Store, keys: Arc<FestivalKeys>, press: Arc<Press>, address: Arc<str>) -> Self {
        Self { store, keys, press, address }
    }

    /// One letter as a PDF; `NotFound` where there is none.
    pub(crate) async fn print(
        &self,
        festival_id: Id<Festival>,
        kind: LetterKind,
        subject: Uuid,
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<(String, Vec<u8>), ApiError> {
        let db = self.store.snapshot().await?;
        let only = matches!(kind, LetterKind::Certificate | LetterKind::Volunteer).then(|| subject.into());
        let facts = facts(&db, festival_id, only, now).await?;
        let wordings = worded(letter_wordings::list(&db, festival_id).await?, language);
        drop(db);
        let issued_on = now.with_timezone(&facts.festival.timezone).date_naive();
        let (printer, key) = (self.clone(), self.keys.of(festival_id)?);
        blocking(move || {
            let writer = Writer::new(&facts, wordings, language, issued_on);
            let letter = writer.write(kind, subject).ok_or_else(|| {
                if kind == LetterKind::Certificate && writer.knows(subject) {
                    ApiError::conflict(
                        "not-served",
                        "No service of theirs is counted yet, and a certificate tells of service: print it after their first \
                         shift.",
                        "هنوز خدمتی از ایشان شمرده نشده و لوح سپاس گواه خدمت است: پس از نخستین شیفتشان چاپش کنید.",
                    )
                } else {
                    ApiError::NotFound("letter")
                }
            })?;
            let pdf = printer.signed(&key, &letter)?;
            Ok((file_name(&letter, language), pdf))
        })
        .await?
    }

    /// The festival report as a PDF.
    pub(crate) async fn report(
        &self,
        festival_id: Id<Festival>,
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<(String, Vec<u8>), ApiError> {
        let db = self.store.snapshot().await?;
        let facts = facts(&db, festival_id, None, now).await?;
        let course = course(&db, festival_id, now).await?;
        let wordings = worded(letter_wordings::list(&db, festival_id).await?, language);
        drop(db);
        let issued_on = now.with_timezone(&facts.festival.timezone).date_naive();
        let printer = self.clone();
        blocking(move || {
            let report = Writer::new(&facts, wordings, language, issued_on).festival_report(&course);
            Ok((report_name(&report, language), printer.reported(&report)?))
        })
        .await?
    }

    /// A draft of a wording, for somebody invented. It is neither signed nor sealed.
    pub(crate) async fn preview(
        &self,
        festival: Festival,
        kind: LetterKind,
        language: Language,
        wording: Wording,
        issued_on: NaiveDate,
    ) -> Result<Vec<u8>, ApiError> {
        let printer = self.clone();
        blocking(move || {
            let (facts, subject) = khademyar_reports::paper::sample(&festival, kind);
            let writer = Writer::new(&facts, BTreeMap::from([(kind, wording)]), language, issued_on);
            let letter = writer.write(kind, subject).ok_or(ApiError::NotFound("letter"))?.as_draft();
            let link = letters::link(&printer.address, "draft");
            letter.print(&printer.press, &link).map_err(|error| ApiError::Internal(error.to_string()))
        })
        .await?
    }

    /// Prints all letters of a bundle into a ZIP file, with the festival report where letters of every kind are in it, and
    /// tells it piece by piece to whoever listens; nobody does any more, where it ends early. Of the same festival and the same
    /// bundle it is the same to the byte.
    ///
    /// # Errors
    /// [`ApiError`] when the database cannot be asked, or a letter cannot be printed.
    pub async fn print_all(
        &self,
        festival_id: Id<Festival>,
        bundle: LetterBundle,
        now: DateTime<Utc>,
        tell: mpsc::Sender<Piece>,
    ) -> Result<(), ApiError> {
        let db = self.store.snapshot().await?;
        let facts = facts(&db, festival_id, None, now).await?;
        let complete = LetterKind::ALL.iter().all(|kind| bundle.kinds.contains(kind));
        let course = if complete { Some(course(&db, festival_id, now).await?) } else { None };
        let wordings = worded(letter_wordings::list(&db, festival_id).await?, bundle.language);
        drop(db);
        let (printer, key) = (self.clone(), self.keys.of(festival_id)?);
        blocking(move || {
            let writer = Writer::new(&facts, wordings, bundle.language, bundle.issued_on);
            printer.zip(&key, &writer, course.as_ref(), &bundle, &tell)
        })
        .await?
    }

    fn zip(
        &self,
        key: &FestivalKey,
        writer: &Writer<'_>,
        course: Option<&Course>,
        bundle: &LetterBundle,
        tell: &mpsc::Sender<Piece>,
    ) -> Result<(), ApiError> {
        let language = bundle.language;
        let report = course.map(|course| writer.festival_report(course));
        let all: Vec<(LetterKind, Uuid)> = bundle
            .kinds
            .iter()
            .flat_map(|&kind| writer.subjects(kind).into_iter().map(move |subject| (kind, subject)))
            .collect();
        // PDF is compressed in itself; and the date of a file in it is none, or the same letters would differ by it.
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let failed = |error: &dyn std::fmt::Display| ApiError::Internal(error.to_string());
        let file = Pieces::default();
        let mut zip = ZipWriter::new_stream(file.clone());
        let (mut printed, mut letters) = (0, all.len() as i32);
        if let Some(report) = report {
            zip.start_file(report_name(&report, language), options).map_err(|error| failed(&error))?;
            zip.write_all(&self.reported(&report)?).map_err(|error| failed(&error))?;
            (printed, letters) = (1, letters + 1);
        }
        for some in all.chunks(AT_ONCE) {
            let files: Vec<(String, Vec<u8>)> = some
                .par_iter()
                .filter_map(|&(kind, subject)| writer.write(kind, subject))
                .map(|letter| Ok((file_name(&letter, language), self.signed(key, &letter)?)))
                .collect::<Result<_, ApiError>>()?;
            for (name, pdf) in files {
                zip.start_file(name, options).map_err(|error| failed(&error))?;
                zip.write_all(&pdf).map_err(|error| failed(&error))?;
            }
            printed += some.len() as i32;
            if tell.blocking_send(Piece { bytes: file.take(), printed, letters }).is_err() {
                return Ok(());
            }
        }
        zip.finish().map_err(|error| failed(&error))?;
        // Where nobody listens any more nobody misses it.
        let _ = tell.blocking_send(Piece { bytes: file.take(), printed, letters });
        Ok(())
    }

    fn reported(&self, report: &FestivalReport) -> Result<Vec<u8>, ApiError> {
        report.print(&self.press).map_err(|error| ApiError::Internal(error.to_string()))
    }

    fn signed(&self, key: &FestivalKey, letter: &Letter) -> Result<Vec<u8>, ApiError> {
        let link = letters::link(&self.address, &key.letter(letter)?);
        let pdf = letter.print(&self.press, &link).map_err(|error| ApiError::Internal(error.to_string()))?;
        Ok(key.sealed(pdf)?)
    }
}

/// What the festival report tells beside the facts: of the published roster, and of the roll.
async fn course(db: &Db, festival_id: Id<Festival>, now: DateTime<Utc>) -> Result<Course, StorageError> {
    let demands = seats::demands(db, festival_id, Roster::Live, None, &[]).await?;
    let covered = coverage::count(&demands).cells.into_iter().map(|cell| Covered {
        night: usize::try_from(cell.night).unwrap_or_default(),
        district_id: cell.district_id,
        minimum: cell.figures.minimum,
        desired: cell.figures.desired,
        filled: cell.figures.desired - cell.figures.missing,
        essential_missing: cell.figures.essential_missing,
    });
    let published = match festivals::published_plan(db, festival_id).await? {
        Some(plan_id) => plans::get(db, festival_id, plan_id).await?.best,
        None => None,
    };
    let attended = services::attendance(db, festival_id, None, now).await?;
    let attended = attended.into_iter().map(|(night, attendance, seats)| Attended {
        night: usize::try_from(night).unwrap_or_default(),
        attendance,
        seats,
    });
    Ok(Course {
        covered: covered.collect(),
        roster: published.map(|best| Quality { score: best.score, bound: best.bound, terms: best.terms }),
        attended: attended.collect(),
    })
}

fn worded(all: Vec<(LetterKind, Language, Wording)>, language: Language) -> BTreeMap<LetterKind, Wording> {
    all.into_iter().filter(|(_, of, _)| *of == language).map(|(kind, _, wording)| (kind, wording)).collect()
}

/// `certificate-1406-C-v17-fa.pdf`: what is no plain letter or digit in the number is written as its code, for numbers end
/// with what somebody called somebody.
fn file_name(letter: &Letter, language: Language) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let coded = |c: char| if plain(c) { c.to_string() } else { format!("~{:x}", u32::from(c)) };
    let number: String = letter.number.chars().map(coded).collect();
    format!("{}-{number}-{}.pdf", letter.kind.as_str(), language.tag())
}

fn report_name(report: &FestivalReport, language: Language) -> String {
    format!("festival-report-{}-{}.pdf", report.number, language.tag())
}
