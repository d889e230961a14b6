//! Tables in and out: CSV and XLSX.
