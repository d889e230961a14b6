//! XLSX in: the first sheet, unpacked under guard.

use std::{
    io::{self, Cursor, Read},
    panic::catch_unwind,
};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use zip::{ZipArchive, result::ZipError};

use crate::table::{Limits, ReadError, Reading, Table};

/// Parts other than sheets and their text hold styles and names: small in any honest workbook, and what they are
/// parsed into is many times larger.
const OTHER_PART_BYTES: u64 = 4 * 1024 * 1024;

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, ReadError> {
    guard(bytes, limits)?;
    // The parser is not ours and its arithmetic on a forged cell address can overflow: that is the file's fault.
    catch_unwind(|| first_sheet(bytes, limits))
        .unwrap_or_else(|_| Err(ReadError::Damaged("it cannot be parsed".into())))
}

fn first_sheet(bytes: &[u8], limits: &Limits) -> Result<Table, ReadError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes))?;
    let first = workbook.sheet_names().into_iter().next().ok_or(ReadError::Empty)?;
    // Cell by cell and not as a range: a range is as large as its farthest cell claims.
    let mut source = workbook.worksheet_cells_reader(&first)?;
    let mut reading = Reading::new(limits);
    let mut cells = Vec::new();
    let mut current = 0;
    while let Some(cell) = source.next_cell()? {
        let (row, column) = cell.get_position();
        let row = u64::from(row) + 1;
        if row < current {
            return Err(ReadError::Damaged("its rows are out of order".into()));
        }
        if row > current {
            reading.push(current, std::mem::take(&mut cells))?;
            current = row;
        }
        let column = column as usize;
        match cell.get_value() {
            DataRef::Empty => {}
            DataRef::SharedString(text) => reading.set(&mut cells, row, column, text)?,
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                reading.set(&mut cells, row, column, text)?;
            }
            DataRef::Int(value) => reading.set(&mut cells, row, column, &value.to_string())?,
            DataRef::Float(value) => reading.set(&mut cells, row, column, &value.to_string())?,
            DataRef::Bool(value) => reading.set(&mut cells, row, column, &value.to_string())?,
            DataRef::DateTime(value) => reading.set(&mut cells, row, column, &date(value))?,
            DataRef::Error(error) => reading.set(&mut cells, row, column, &error.to_string())?,
        }
    }
    reading.push(current, cells)?;
    reading.finish()
}

/// Unpacks everything once into nothing: the sizes a file claims are no promise.
fn guard(bytes: &[u8], limits: &Limits) -> Result<(), ReadError> {
    let too_large = ReadError::UnpacksTooLarge { limit: limits.unpacked_bytes };
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut left = limits.unpacked_bytes as u64;
    for index in 0..archive.len() {
        let part = archive.by_index(index)?;
        let holds_cells = {
            let name = part.name()?;
            name.contains("/worksheets/") || name.ends_with("sharedStrings.xml") || name.contains("/media/")
        };
        let allowed = if holds_cells { left } else { left.min(OTHER_PART_BYTES) };
        let unpacked = io::copy(&mut part.take(allowed + 1), &mut io::sink())?;
        if unpacked > allowed {
            return Err(too_large);
        }
        left -= unpacked;
    }
    Ok(())
}

impl From<ZipError> for ReadError {
    fn from(error: ZipError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<XlsxError> for ReadError {
    fn from(error: XlsxError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// `2026-06-16`, with the time of day where there is one; a length of time as hours and minutes.
fn date(value: &ExcelDateTime) -> String {
    if value.is_duration() {
        let minutes = (value.as_f64() * 24.0 * 60.0).round();
        return format!("{}:{:02}", (minutes / 60.0).trunc(), (minutes % 60.0).abs());
    }
    let (year, month, day, hour, minute, ..) = value.to_ymd_hms_milli();
    if value.as_f64() < 1.0 {
        format!("{hour:02}:{minute:02}")
    } else if (hour, minute) == (0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Row, read};
    use rust_xlsxwriter::{ExcelDateTime as Written, Format, Formula, Workbook};
    use std::io::Write;
    use zip::{ZipWriter, write::SimpleFileOptions};

    fn workbook(fill: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut workbook = Workbook::new();
        fill(workbook.add_worksheet());
        workbook.add_worksheet().write(0, 0, "second sheet").unwrap();
        workbook.save_to_buffer().unwrap()
    }

    #[test]
    fn the_first_sheet_is_read_as_people_see_it() {
        let bytes = workbook(|sheet| {
            sheet.write(1, 0, "نام").unwrap().write(1, 2, "تلفن").unwrap();
            sheet.write(3, 0, " زهرا ").unwrap().write(3, 2, 9_121_234_567_i64).unwrap();
            sheet.write(4, 1, 1.5).unwrap().write(4, 2, true).unwrap();
            let day = Written::from_ymd(2026, 6, 16).unwrap();
            sheet.write_with_format(5, 0, day, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
            sheet.write(5, 1, Formula::new("=1+1").set_result("2")).unwrap();
        });
        let table = read(&bytes, &Limits::default()).unwrap();
        assert_eq!(table.headings, ["نام", "", "تلفن"]);
        let row = |number, cells: [&str; 3]| Row { number, cells: cells.map(str::to_owned).into() };
        assert_eq!(
            table.rows,
            [
                row(4, ["زهرا", "", "9121234567"]),
                row(5, ["", "1.5", "true"]),
                row(6, ["2026-06-16", "2", ""])
            ]
        );
    }

    #[test]
    fn a_far_cell_costs_nothing() {
        let bytes = workbook(|sheet| {
            sheet.write(0, 0, "a").unwrap().write(1_048_575, 1, "b").unwrap();
        });
        assert_eq!(read(&bytes, &Limits::default()).unwrap().rows[0].number, 1_048_576);
        let bytes = workbook(|sheet| {
            sheet.write(0, 0, "a").unwrap().write(7, 16_383, "b").unwrap();
        });
        let refused = Err(ReadError::TooManyColumns { row: 8, limit: 100 });
        assert_eq!(read(&bytes, &Limits::default()), refused);
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let pack = |name: &str, size: usize| {
            let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(&vec![b' '; size]).unwrap();
            archive.finish().unwrap().into_inner()
        };
        let limits = Limits { unpacked_bytes: 8 << 20, ..Limits::default() };
        let refused = Err(ReadError::UnpacksTooLarge { limit: 8 << 20 });
        let bomb = pack("xl/worksheets/sheet1.xml", 9 << 20);
        assert!(bomb.len() < 64 << 10);
        assert_eq!(read(&bomb, &limits), refused);
        assert_eq!(read(&pack("xl/styles.xml", 5 << 20), &limits), refused);

        // The same with a lie about its size in the directory and before the data.
        let size = (9_u32 << 20).to_le_bytes();
        let mut lie = bomb;
        while let Some(at) = lie.windows(4).position(|bytes| bytes == size) {
            lie[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
        assert!(read(&lie, &limits).is_err());
    }

    #[test]
    fn text_repeated_by_reference_is_counted_each_time() {
        let text = "ن".repeat(1_000);
        let bytes = workbook(|sheet| {
            for row in 0..200 {
                sheet.write(row, 0, &text).unwrap();
            }
        });
        let limits = Limits { unpacked_bytes: 300_000, ..Limits::default() };
        assert_eq!(read(&bytes, &limits), Err(ReadError::UnpacksTooLarge { limit: 300_000 }));
    }

    #[test]
    fn a_forged_cell_address_is_a_damaged_file() {
        let bytes = workbook(|sheet| {
            sheet.write(0, 0, "a").unwrap().write(1, 0, "b").unwrap();
        });
        let mut source = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut forged = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..source.len() {
            let part = source.by_index(index).unwrap();
            forged.start_file(part.name().unwrap(), SimpleFileOptions::default()).unwrap();
            let text = io::read_to_string(part).unwrap();
            forged.write_all(text.replace("r=\"A2\"", "r=\"ZZZZZZZZZZ99999999999\"").as_bytes()).unwrap();
        }
        let forged = forged.finish().unwrap().into_inner();
        assert!(matches!(read(&forged, &Limits::default()), Err(ReadError::Damaged(_))));
    }
}
