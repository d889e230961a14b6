//! `khademyar openapi`: the contract of the API.

use std::process::ExitCode;

/// Prints the contract as YAML: what `openapi.yaml` in the repository must be.
pub(crate) fn print() -> anyhow::Result<ExitCode> {
    print!("{}", khademyar_api::openapi().to_yaml()?);
    Ok(ExitCode::SUCCESS)
}

/// Prints who may do what: what `docs/rights.md` in the repository must be.
pub(crate) fn print_rights() -> ExitCode {
    print!("{}", khademyar_api::rights::document());
    ExitCode::SUCCESS
}
