//! Tables in and out: CSV and XLSX as people have them and as they open without harm.

mod delimited;
mod sheet;
mod table;
mod workbook;

pub use sheet::{Cell, Sheet, WriteError, to_csv, to_xlsx};
pub use table::{Limits, ReadError, Row, Table, read};
