//! `khademyar user`: the first user of an empty installation, and a new password for whoever lost theirs.

use std::{
    io::{self, BufRead, IsTerminal},
    process::ExitCode,
};

use anyhow::{Context, bail};
use chrono::Utc;
use khademyar_api::auth;
use khademyar_domain::Text;
use khademyar_storage::{
    devices, second_factors, sign_in_challenges,
    users::{self, NewUser},
};
use uuid::Uuid;

use crate::{config::Flags, database, password};

/// Create a user, or give one a new password.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Create a user who can sign in; print the password where none is given.
    Create {
        /// What they sign in with: 3 to 60 small letters, digits and . _ - @ +
        #[arg(value_parser = username)]
        username: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// They run the installation: they may found festivals.
        #[arg(long)]
        operator: bool,
        /// Read the password from the first line of standard input instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give a user a new password; print it where none is given.
    Password {
        /// What they sign in with.
        username: String,
        /// Read the password from the first line of standard input instead of making one.
        #[arg(long)]
        password_stdin: bool,
        /// Take their second factor away too, where they lost it with its recovery codes.
        #[arg(long)]
        remove_second_factor: bool,
    },
}

/// Whether a text is one to sign in with.
fn username(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@+".contains(c);
    if (3..=60).contains(&text.len()) && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("give 3 to 60 small letters a to z, digits and . _ - @ +".to_owned())
    }
}

/// The shortest password that a person may choose.
const SHORTEST_PASSWORD: usize = 10;

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let store = database::connect(&args.flags.config()?).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;
    match &args.action {
        Action::Create { username, name, operator, password_stdin } => {
            let password = chosen_or_random(*password_stdin, &[username, name]).await?;
            let user = NewUser {
                id: Uuid::now_v7().into(),
                username: username.clone(),
                name: Text::new(name).context("the name")?,
                password_hash: auth::password::hash(password.text.clone()).await?,
                operator: *operator,
            };
            let db = store.begin().await?;
            if !users::insert(&db, &user, Utc::now()).await? {
                bail!("there is a user {username} already");
            }
            db.commit().await?;
            password.tell(username)?;
        }
        Action::Password { username, password_stdin, remove_second_factor } => {
            let password = chosen_or_random(*password_stdin, &[username]).await?;
            let hash = auth::password::hash(password.text.clone()).await?;
            let db = store.begin().await?;
            let account =
                users::find(&db, username).await?.with_context(|| format!("there is no user {username}"))?;
            users::set_password_hash(&db, account.id, &hash).await?;
            // Whoever knew the old password is signed out.
            devices::end_all(&db, account.id).await?;
            sign_in_challenges::end_all(&db, account.id).await?;
            if *remove_second_factor {
                second_factors::remove(&db, account.id).await?;
            }
            db.commit().await?;
            password.tell(username)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Password {
    text: String,
    chosen: bool,
}

impl Password {
    fn tell(&self, username: &str) -> io::Result<()> {
        if self.chosen {
            say!("{username} can sign in")
        } else {
            say!("{username} can sign in with the password {}", self.text)
        }
    }
}

async fn chosen_or_random(from_stdin: bool, names: &[&str]) -> anyhow::Result<Password> {
    if !from_stdin {
        return Ok(Password { text: password::random()?, chosen: false });
    }
    if io::stdin().is_terminal() {
        eprintln!("password, which will be seen:");
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("cannot read the password")?;
    let text = line.trim_end_matches(['\r', '\n']).to_owned();
    if text.chars().count() < SHORTEST_PASSWORD {
        bail!("a password has {SHORTEST_PASSWORD} characters or more");
    }
    if let Some(weak) = auth::strength::fault("the password", &text, names).await {
        bail!("{weak}");
    }
    Ok(Password { text, chosen: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_plain() {
        for good in ["zahra.karimi", "a@b", "0913"] {
            assert!(username(good).is_ok(), "{good}");
        }
        for bad in ["ab", "Zahra", "زهرا", "a b c", &"a".repeat(61)] {
            assert!(username(bad).is_err(), "{bad}");
        }
    }
}
