//! `khademyar openapi`: the contract of the API.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

/// Prints the contract as YAML: what `openapi.yaml` in the repository must be.
pub(crate) fn print() -> anyhow::Result<ExitCode> {
    io::stdout().write_all(khademyar_api::openapi().to_yaml()?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints who may do what: what `docs/rights.md` in the repository must be.
pub(crate) fn print_rights() -> anyhow::Result<ExitCode> {
    io::stdout().write_all(khademyar_api::rights::document().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
