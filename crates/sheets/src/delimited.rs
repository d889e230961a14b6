//! CSV in: whatever encoding and delimiter a spreadsheet in Iran left it with.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1256};

use crate::table::{Limits, ReadError, Reading, Table};

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, ReadError> {
    let text = decode(bytes)?;
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut reading = Reading::new(limits);
    let mut record = ::csv::StringRecord::new();
    // The reader's own count of lines begins before the blank ones it skips: count up to where the record ends.
    let mut line = LineCount { text: &text, at: 0, line: 1 };
    loop {
        let start = line.of_next_record();
        if !reader.read_record(&mut record).map_err(|_| ReadError::NotATable)? {
            return reading.finish();
        }
        let mut cells = Vec::new();
        for (column, text) in record.iter().enumerate() {
            reading.set(&mut cells, start, column, without_guard(text))?;
        }
        reading.push(start, cells)?;
        line.advance(reader.position().byte());
    }
}

/// The text of the bytes: by its mark, else as UTF-8, else as the code page of Arabic and Persian Windows.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    let text = if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, malformed) = encoding.decode_without_bom_handling(&bytes[mark..]);
        if malformed {
            return Err(ReadError::NotATable);
        }
        text
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        Cow::Borrowed(text)
    } else {
        WINDOWS_1256.decode_without_bom_handling(bytes).0
    };
    // A picture or a document decodes too, but no text holds a NUL.
    if text.contains('\0') { Err(ReadError::NotATable) } else { Ok(text) }
}

/// The delimiter found most often outside quotes in the first line that has one.
fn delimiter(text: &str) -> u8 {
    const DELIMITERS: [u8; 3] = *b",;\t";
    for line in text.lines() {
        let mut counts = [0_usize; DELIMITERS.len()];
        let mut quoted = false;
        for byte in line.bytes() {
            if byte == b'"' {
                quoted = !quoted;
            } else if let Some(index) = DELIMITERS.iter().position(|&delimiter| delimiter == byte && !quoted)
            {
                counts[index] += 1;
            }
        }
        let most = counts.into_iter().max().unwrap_or(0);
        if most > 0 {
            return DELIMITERS[counts.iter().position(|&count| count == most).unwrap_or(0)];
        }
    }
    b','
}

/// The text behind the apostrophe that keeps spreadsheets from taking it for a formula.
fn without_guard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if crate::sheet::looks_like_formula(text) => text,
        _ => cell,
    }
}

/// Counts lines of `text` up to the place a reader has reached.
struct LineCount<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl LineCount<'_> {
    /// The line on which the next record starts; blank lines do not start one.
    fn of_next_record(&mut self) -> u64 {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start_matches(['\n', '\r']).len();
        self.advance((self.at + blank) as u64);
        self.line
    }

    fn advance(&mut self, to: u64) {
        let to = usize::try_from(to).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.get(self.at..to).unwrap_or_default();
        self.line += passed.matches('\n').count() as u64;
        self.at = self.at.max(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Row, read};
    use encoding_rs::{UTF_16BE, UTF_16LE};

    const TEXT: &str = "نام,تلفن\r\nزهرا,09121234567\r\n";

    fn expected() -> Table {
        Table {
            headings: vec!["نام".into(), "تلفن".into()],
            rows: vec![Row { number: 2, cells: vec!["زهرا".into(), "09121234567".into()] }],
        }
    }

    fn utf16(encoding: &'static Encoding, text: &str) -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units
            .flat_map(|unit| if encoding == UTF_16LE { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    }

    #[test]
    fn any_encoding_of_a_spreadsheet_is_read() {
        let marked = [b"\xEF\xBB\xBF", TEXT.as_bytes()].concat();
        let windows = WINDOWS_1256.encode(&TEXT.replace('ی', "ي")).0.into_owned();
        for bytes in [TEXT.as_bytes().to_vec(), marked, utf16(UTF_16LE, TEXT), utf16(UTF_16BE, TEXT), windows]
        {
            assert_eq!(read(&bytes, &Limits::default()), Ok(expected()));
        }
    }

    #[test]
    fn the_delimiter_is_found() {
        for delimiter in [";", "\t"] {
            let text = TEXT.replace(',', delimiter);
            assert_eq!(read(text.as_bytes(), &Limits::default()), Ok(expected()), "{delimiter:?}");
        }
        let quoted = "\"نام؛, و\";تلفن\n";
        let table = read(quoted.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(table.headings, ["نام؛, و", "تلفن"]);
    }

    #[test]
    fn rows_are_known_by_their_line() {
        let text = "\n\na,b\r\n\r\n1,2\n,\n\"x\ny\",3\n\n4\n5,6,7";
        let table = read(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(table.headings, ["a", "b", ""]);
        let rows: Vec<_> = table.rows.iter().map(|row| (row.number, row.cells.join("|"))).collect();
        assert_eq!(
            rows,
            [(5, "1|2|".into()), (7, "x\ny|3|".into()), (10, "4||".into()), (11, "5|6|7".into())]
                as [(u64, String); 4]
        );
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let limits = Limits::default();
        assert_eq!(read(b"", &limits), Err(ReadError::Empty));
        assert_eq!(read(b"\n , ,\n", &limits), Err(ReadError::Empty));
        assert_eq!(read(b"\x89PNG\r\n\x1A\n\0\0", &limits), Err(ReadError::NotATable));
        assert_eq!(read(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1], &limits), Err(ReadError::LegacyWorkbook));
        assert!(matches!(read(b"PK\x03\x04 and nothing else", &limits), Err(ReadError::Damaged(_))));
    }

    #[test]
    fn limits_hold() {
        let limits = Limits { bytes: 60, rows: 2, columns: 2, cell_chars: 5, ..Limits::default() };
        assert_eq!(read(&[b'a'; 61], &limits), Err(ReadError::TooLarge { limit: 60 }));
        assert_eq!(read(b"a\n1\n2\n3", &limits), Err(ReadError::TooManyRows { limit: 2 }));
        assert_eq!(read(b"a\n1,2,3", &limits), Err(ReadError::TooManyColumns { row: 2, limit: 2 }));
        assert_eq!(
            read("a\n1,۱۲۳۴۵۶".as_bytes(), &limits),
            Err(ReadError::CellTooLong { row: 2, column: 2, limit: 5 })
        );
        assert!(read("a\n1,۱۲۳۴۵,".as_bytes(), &limits).is_ok());
    }
}
