//! A table of text, read from a file that anyone may have sent.

use crate::{delimited, workbook};

/// A heading and the rows below it, all of the same width; cells are trimmed, absent ones are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The first line that is not blank.
    pub headings: Vec<String>,
    /// The lines below it that are not blank, in the file's order.
    pub rows: Vec<Row>,
}

/// One line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the file, from 1: the line of a CSV, the row of an XLSX.
    pub number: u64,
    /// One text for each heading.
    pub cells: Vec<String>,
}

/// How much of a file is read before it is refused.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Bytes of what an XLSX unpacks to, and of all cells' text.
    pub unpacked_bytes: usize,
    /// Rows below the heading.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Characters of one cell.
    pub cell_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 10 * 1024 * 1024,
            unpacked_bytes: 64 * 1024 * 1024,
            rows: 20_000,
            columns: 100,
            cell_chars: 2_000,
        }
    }
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file is larger than allowed.
    #[error("the file has more than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// It unpacks to more than allowed.
    #[error("the file unpacks to more than {limit} bytes")]
    UnpacksTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// It has more rows than allowed.
    #[error("there are more than {limit} rows")]
    TooManyRows {
        /// Rows allowed.
        limit: usize,
    },
    /// A row is wider than allowed.
    #[error("row {row} has more than {limit} columns")]
    TooManyColumns {
        /// Where the row stands in the file.
        row: u64,
        /// Columns allowed.
        limit: usize,
    },
    /// A cell is longer than allowed.
    #[error("row {row}, column {column} has more than {limit} characters")]
    CellTooLong {
        /// Where the row stands in the file.
        row: u64,
        /// The column, from 1.
        column: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// There is no heading.
    #[error("the table is empty")]
    Empty,
    /// An old binary workbook, or one locked with a password.
    #[error("an old .xls or a password-protected workbook; save it as .xlsx or .csv without a password")]
    LegacyWorkbook,
    /// Neither CSV nor XLSX.
    #[error("neither a CSV nor an XLSX file")]
    NotATable,
    /// An XLSX, but broken.
    #[error("the workbook is damaged: {0}")]
    Damaged(String),
}

/// Reads CSV or the first sheet of an XLSX, whichever the bytes are.
///
/// CSV may be UTF-8, UTF-16 with its mark, or Windows-1256, parted by commas, semicolons or tabs.
///
/// # Errors
/// [`ReadError`] when the file is no table or goes beyond `limits`.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Table, ReadError> {
    if bytes.len() > limits.bytes {
        return Err(ReadError::TooLarge { limit: limits.bytes });
    }
    if bytes.starts_with(b"PK\x03\x04") {
        workbook::read(bytes, limits)
    } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        Err(ReadError::LegacyWorkbook)
    } else {
        delimited::read(bytes, limits)
    }
}

/// A table being read, within its limits.
pub(crate) struct Reading<'a> {
    limits: &'a Limits,
    text_bytes: usize,
    width: usize,
    headings: Option<Vec<String>>,
    rows: Vec<Row>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, text_bytes: 0, width: 0, headings: None, rows: Vec::new() }
    }

    /// Sets one cell of a row that is not yet pushed; `column` counts from 0.
    pub(crate) fn set(
        &mut self,
        cells: &mut Vec<String>,
        row: u64,
        column: usize,
        text: &str,
    ) -> Result<(), ReadError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(());
        }
        let Limits { columns, cell_chars, unpacked_bytes, .. } = *self.limits;
        if column >= columns {
            return Err(ReadError::TooManyColumns { row, limit: columns });
        }
        if text.len() > cell_chars && text.chars().count() > cell_chars {
            return Err(ReadError::CellTooLong { row, column: column + 1, limit: cell_chars });
        }
        self.text_bytes += text.len();
        if self.text_bytes > unpacked_bytes {
            return Err(ReadError::UnpacksTooLarge { limit: unpacked_bytes });
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        text.clone_into(&mut cells[column]);
        Ok(())
    }

    /// Takes a row, unless it is blank.
    pub(crate) fn push(&mut self, number: u64, cells: Vec<String>) -> Result<(), ReadError> {
        if cells.is_empty() {
            return Ok(());
        }
        self.width = self.width.max(cells.len());
        if self.headings.is_none() {
            self.headings = Some(cells);
        } else if self.rows.len() == self.limits.rows {
            return Err(ReadError::TooManyRows { limit: self.limits.rows });
        } else {
            self.rows.push(Row { number, cells });
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Table, ReadError> {
        let Self { width, headings, mut rows, .. } = self;
        let mut headings = headings.ok_or(ReadError::Empty)?;
        headings.resize(width, String::new());
        for row in &mut rows {
            row.cells.resize(width, String::new());
        }
        Ok(Table { headings, rows })
    }
}
