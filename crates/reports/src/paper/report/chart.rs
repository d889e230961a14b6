//! What a chapter of the report shows: numbers as shares of the longest, with the words beside them. How it is drawn is the
//! template's.

use serde::Serialize;

use super::super::writer::{Labelled, Table};

/// A picture of some numbers.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Chart {
    /// Large figures beside each other.
    Figures { items: Vec<Labelled> },
    /// A field for each row and column, the fuller the darker.
    Heat { columns: Vec<String>, rows: Vec<HeatRow>, scale: Vec<HeatCell> },
    /// Lying bars, one below the other.
    Bars { title: String, rows: Vec<Bar>, key: Vec<Key> },
    /// Standing bars, one beside the other.
    Columns { title: String, columns: Vec<Column>, below: String },
    /// Bars of several parts.
    Stack { title: String, rows: Vec<StackRow>, key: Vec<Key> },
    /// A table.
    Table(Table),
}

/// A row of fields; one is none where nothing was asked for.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HeatRow {
    pub(super) label: String,
    pub(super) cells: Vec<Option<HeatCell>>,
}

/// A field.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HeatCell {
    pub(super) share: f64,
    pub(super) text: String,
}

/// A lying bar.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: String,
    /// How long it is beside the longest.
    pub(super) share: f64,
    /// Which of the key's colours it has.
    pub(super) colour: usize,
}

/// A standing bar.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Column {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) share: f64,
}

/// A bar of parts.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StackRow {
    pub(super) label: String,
    pub(super) value: String,
    /// In the order of the key; together no more than 1.
    pub(super) shares: Vec<f64>,
}

/// What a colour stands for.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Key {
    pub(super) label: String,
    pub(super) colour: usize,
}

/// Bars of these values beside the largest of them, with what each is said to be.
pub(super) fn bars(rows: Vec<(String, f64, String, usize)>) -> Vec<Bar> {
    let most = rows.iter().map(|(_, value, ..)| *value).fold(0.0, f64::max);
    rows.into_iter()
        .map(|(label, value, said, colour)| Bar { label, value: said, share: share(value, most), colour })
        .collect()
}

/// Columns of these values beside the largest of them.
pub(super) fn columns(columns: Vec<(String, f64, String)>) -> Vec<Column> {
    let most = columns.iter().map(|(_, value, _)| *value).fold(0.0, f64::max);
    columns
        .into_iter()
        .map(|(label, value, said)| Column { label, value: said, share: share(value, most) })
        .collect()
}

/// A part of a whole; of nothing, nothing.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
