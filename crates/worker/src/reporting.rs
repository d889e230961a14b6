//! Weekly reports: each is made once when it is due, whoever looks how often, and mailed to those who are named as its readers.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khademyar_domain::email::EmailAddress;
use khademyar_roster::weekly_report::count;
use khademyar_storage::{
    StorageError, Store,
    messages::{Channel, Claim},
    weekly_reports::{self, Mail},
};
use tracing::{Instrument, info, info_span};
use uuid::Uuid;

use crate::delivery::{NotCarried, in_time, mark, several};

/// An e-mail as it leaves. Debug output shows neither the address nor the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The same however often it is sent.
    pub id: Uuid,
    /// Whose address it is for.
    pub to: EmailAddress,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Whatever carries e-mail.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync {
    /// Hands a mail over.
    ///
    /// # Errors
    /// [`NotCarried`] when it did not leave.
    async fn mail(&self, envelope: &Envelope) -> Result<(), NotCarried>;
}

/// Makes the reports that are due; how many.
pub(crate) async fn report(store: &Store, now: DateTime<Utc>) -> Result<usize, StorageError> {
    let mut made = 0;
    for wanted in weekly_reports::wanted(&store.reader()).await? {
        let festival_id = wanted.festival_id;
        let due = wanted.setting.last_due(wanted.timezone, now);
        if due.at <= wanted.since || weekly_reports::is_made(&store.reader(), festival_id, due.day).await? {
            continue;
        }
        let snapshot = store.snapshot().await?;
        let counted = count(&snapshot, festival_id, due).await;
        drop(snapshot);
        let figures = match counted {
            // It was deleted meanwhile.
            Err(StorageError::NotFound(_)) => continue,
            counted => counted?,
        };
        let db = store.begin().await?;
        let is_ours = weekly_reports::insert(&db, festival_id, &figures, now, &mut Uuid::now_v7).await?;
        db.commit().await?;
        if is_ours {
            info!(festival = %festival_id, day = %due.day, "a weekly report was made");
            made += 1;
        }
    }
    Ok(made)
}

/// Mails some of what is due; how many mails were seen to.
pub(crate) async fn mail(
    store: &Store,
    mailer: &Arc<dyn Mailer>,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    several(store, Channel::Email, now, |store, claim| {
        let mailer = Arc::clone(mailer);
        let span = info_span!("mail", id = %claim.id, attempt = claim.attempt);
        async move { see_to(&store, mailer.as_ref(), &claim, now).await }.instrument(span)
    })
    .await
}

async fn see_to(
    store: &Store,
    mailer: &dyn Mailer,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let snapshot = store.snapshot().await?;
    let mail = match weekly_reports::mail(&snapshot, claim).await {
        // It went with its reader.
        Err(StorageError::NotFound(_)) => return Ok(()),
        mail => mail?,
    };
    drop(snapshot);
    let mailed = in_time(mailer.mail(&envelope(claim.id, mail))).await;
    mark(store, claim, mailed, now).await
}

fn envelope(id: Uuid, Mail { to, languages, figures }: Mail) -> Envelope {
    let subject = figures.subject(languages.first().copied().unwrap_or_default());
    let texts: Vec<String> = languages.into_iter().map(|language| figures.text(language)).collect();
    Envelope { id, to, subject, text: texts.join("\n\n") }
}
