//! Tables out: CSV and XLSX that spreadsheets open in Persian and take no command from.

use std::collections::HashSet;

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook};

/// What an XLSX cell may hold.
const XLSX_CELL_CHARS: usize = 32_767;
/// Column widths in characters, least and most.
const WIDTHS: (usize, usize) = (8, 48);

/// A table to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// What the sheet's tab says; cut and freed of the characters a tab cannot show.
    pub title: String,
    /// The first line.
    pub headings: Vec<String>,
    /// The lines below.
    pub rows: Vec<Vec<Cell>>,
}

/// A value in a sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Never taken for a formula.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Decimal(value)
    }
}

/// The workbook could not be written: more rows than a sheet holds, for one.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written: {0}")]
pub struct WriteError(#[from] rust_xlsxwriter::XlsxError);

/// CSV in UTF-8 with a byte order mark and CRLF, so that Excel opens it as it is; formulas are kept from being run
/// by a leading apostrophe.
#[must_use]
pub fn to_csv(sheet: &Sheet) -> Vec<u8> {
    let mut text = String::from('\u{FEFF}');
    let headings = sheet.headings.iter().map(|heading| csv_field(heading)).collect::<Vec<_>>();
    let rows = sheet.rows.iter().map(|row| row.iter().map(csv_cell).collect::<Vec<_>>());
    for line in std::iter::once(headings).chain(rows) {
        text.push_str(&line.join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// An XLSX workbook of right-to-left sheets; headings are bold and stay in view, columns as wide as their text.
///
/// # Errors
/// [`WriteError`] when a sheet has more rows or columns than XLSX allows.
pub fn to_xlsx(sheets: &[Sheet]) -> Result<Vec<u8>, WriteError> {
    let mut workbook = Workbook::new();
    let heading_format =
        Format::new().set_bold().set_align(FormatAlign::Center).set_border_bottom(FormatBorder::Thin);
    let mut taken = HashSet::new();
    for sheet in sheets {
        let page = workbook.add_worksheet();
        page.set_name(tab_title(&sheet.title, &mut taken))?.set_right_to_left(true).set_freeze_panes(1, 0)?;
        let mut widths = vec![WIDTHS.0; sheet.headings.len()];
        for (column, heading) in (0_u16..).zip(&sheet.headings) {
            page.write_string_with_format(0, column, cut(heading), &heading_format)?;
            widen(&mut widths, column, heading.chars().count());
        }
        for (row, cells) in (1_u32..).zip(&sheet.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                match cell {
                    Cell::Text(text) => page.write_string(row, column, cut(text))?,
                    // A number here is a double: beyond its exact whole numbers the text is the truth.
                    Cell::Integer(value) if value.unsigned_abs() > 1 << 53 => {
                        page.write_string(row, column, value.to_string())?
                    }
                    Cell::Integer(value) => page.write_number(row, column, *value as f64)?,
                    Cell::Decimal(value) if value.is_finite() => page.write_number(row, column, *value)?,
                    Cell::Decimal(_) => page.write_string(row, column, "")?,
                };
                widen(&mut widths, column, plain_text(cell).chars().count());
            }
        }
        for (column, width) in (0_u16..).zip(widths) {
            page.set_column_width(column, width.clamp(WIDTHS.0, WIDTHS.1) as f64 + 2.0)?;
        }
    }
    Ok(workbook.save_to_buffer()?)
}

/// Whether a spreadsheet could take the text for a formula or a command.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn csv_cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => csv_field(text),
        number => plain_text(number),
    }
}

fn csv_field(text: &str) -> String {
    let guard = if looks_like_formula(text) { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

fn plain_text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Integer(value) => value.to_string(),
        Cell::Decimal(value) if value.is_finite() => value.to_string(),
        Cell::Decimal(_) => String::new(),
    }
}

fn widen(widths: &mut Vec<usize>, column: u16, chars: usize) {
    let column = usize::from(column);
    if widths.len() <= column {
        widths.resize(column + 1, WIDTHS.0);
    }
    widths[column] = widths[column].max(chars);
}

fn cut(text: &str) -> String {
    // Counted in UTF-16 by spreadsheets: half as many characters are always short enough.
    if text.len() <= XLSX_CELL_CHARS {
        text.to_owned()
    } else {
        text.chars().take(XLSX_CELL_CHARS / 2).collect()
    }
}

/// A tab's title: at most 31 characters, none of `[]:*?/\`, no apostrophe at its ends, unlike those before it.
fn tab_title(title: &str, taken: &mut HashSet<String>) -> String {
    let shown: String = title
        .chars()
        .map(
            |c| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') || c.is_control() { ' ' } else { c },
        )
        .collect();
    let shown = shown.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    let base: String = if shown.is_empty() { "Sheet".into() } else { shown.chars().take(24).collect() };
    let base = base.trim_end_matches(|c: char| c == '\'' || c.is_whitespace());
    let mut unique = base.to_owned();
    for count in 2_u32.. {
        if taken.insert(unique.to_lowercase()) {
            break;
        }
        unique = format!("{base} {count}");
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, read};

    fn sheet(rows: Vec<Vec<Cell>>) -> Sheet {
        Sheet {
            title: "خادمیاران".into(), headings: vec!["نام".into(), "شیفت".into(), "ساعت".into()], rows
        }
    }

    #[test]
    fn csv_opens_in_excel_and_reads_back() {
        let bytes = to_csv(&sheet(vec![vec!["زهرا \"مهر\", رضایی".into(), 3_u32.into(), 7.5.into()]]));
        let expected = "\u{FEFF}نام,شیفت,ساعت\r\n\"زهرا \"\"مهر\"\", رضایی\",3,7.5\r\n";
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
        let table = read(&bytes, &Limits::default()).unwrap();
        assert_eq!(table.rows[0].cells, ["زهرا \"مهر\", رضایی", "3", "7.5"]);
    }

    #[test]
    fn text_is_never_a_formula() {
        for text in ["=HYPERLINK(\"http://x\")", "+98912", "-1", "@SUM(A1)", "\tx", "\rx", "＝1"] {
            let sheet = sheet(vec![vec![text.into(), Cell::Integer(-5), Cell::Decimal(-0.5)]]);
            let csv = String::from_utf8(to_csv(&sheet)).unwrap();
            let line = csv.split_once("\r\n").unwrap().1;
            assert!(line.trim_start_matches('"').starts_with('\''), "{line}");
            assert!(line.ends_with(",-5,-0.5\r\n"), "numbers stay numbers: {line}");
            let table = read(csv.as_bytes(), &Limits::default()).unwrap();
            assert_eq!(table.rows[0].cells[0], text.trim());

            let xlsx = to_xlsx(&[sheet]).unwrap();
            assert_eq!(read(&xlsx, &Limits::default()).unwrap().rows[0].cells[0], text.trim());
            let page = part(&xlsx, "xl/worksheets/sheet1.xml");
            assert!(!page.contains("<f>") && page.contains("rightToLeft=\"1\""), "{page}");
        }
    }

    #[test]
    fn a_workbook_takes_any_title_and_any_text() {
        let titles = ["", "a/b", "A b", "'[:]'", &"ن".repeat(60), &"ن".repeat(61), "History"];
        let sheets = titles.map(|title| Sheet { title: title.to_owned(), ..sheet(vec![]) });
        let xlsx = to_xlsx(&sheets).unwrap();
        let names = part(&xlsx, "xl/workbook.xml");
        assert!(names.contains("name=\"A b 2\""), "{names}");

        let long = "🌙".repeat(40_000);
        let wild =
            sheet(vec![vec![long.into(), "a\u{1}\u{FFFE}<&>".into(), f64::NAN.into(), i64::MAX.into()]]);
        assert!(to_xlsx(std::slice::from_ref(&wild)).is_ok());
        assert!(String::from_utf8(to_csv(&wild)).unwrap().ends_with("9223372036854775807\r\n"));
        assert!(to_xlsx(&[Sheet::default()]).is_ok());
    }

    impl From<i64> for Cell {
        fn from(value: i64) -> Self {
            Self::Integer(value)
        }
    }

    fn part(xlsx: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(xlsx)).unwrap();
        std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
    }
}
