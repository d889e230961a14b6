//! `khademyar verify`: whether a letter is what a festival signed, without a database.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use khademyar_api::auth::{LetterFacts, PublicKeys};

/// Check a letter: that its file is as it was sealed, or that the token in its QR code was signed by the festival.
///
/// Prints what the festival signed, which must be what stands on the paper. Ends with 0 where it is true, 1 where it is not,
/// 2 where a file cannot be read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The letter's PDF file; or the token in its QR code, or the address there.
    letter: String,
    /// The festival's public key, a file as `/v1/festivals/ID/keys` lists it.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let keys = fs::read(&args.keys).with_context(|| format!("cannot read {}", args.keys.display()))?;
    let keys = PublicKeys::read(&keys)
        .with_context(|| format!("{} is no list of public keys", args.keys.display()))?;
    // A token has two dots and no slash; an address leads to a page.
    let is_token = args.letter.contains("token=") || args.letter.split('.').count() == 3;
    let facts = match fs::read(&args.letter) {
        Ok(file) => keys.file(&file),
        Err(_) if is_token => keys.letter(&args.letter),
        Err(error) => bail!("cannot read {}: {error}", args.letter),
    };
    match facts {
        Ok(facts) if args.json => say!("{}", serde_json::to_string(&facts)?)?,
        Ok(facts) => print(&facts)?,
        Err(forged) => {
            say!("NOT TRUE: {forged}")?;
            return Ok(ExitCode::from(1));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(facts: &LetterFacts) -> anyhow::Result<()> {
    let LetterFacts { festival_id, kind, number, name, festival, nights, minutes, issued_on } = facts;
    say!("true: {} {number} of {issued_on}", kind.as_str())?;
    say!("  for      {name}")?;
    say!("  of       {festival} ({festival_id})")?;
    if let Some(nights) = nights {
        say!("  nights   {nights}")?;
    }
    if let Some(minutes) = minutes {
        say!("  hours    {}:{:02}", minutes / 60, minutes % 60)?;
    }
    Ok(())
}
