//! Messages to people and to other systems: how they leave, by whichever gateway is configured.
//!
//! What goes wrong is told without secrets, phones, addresses and texts: it may be logged as it stands.

mod courier;
mod file;
mod gateway;
mod message;
mod smtp;
mod template;
mod webhook;

use std::time::Duration;

use thiserror::Error;
use tokio::time::sleep;

pub use courier::Courier;
pub use file::{FileSender, private_folder};
pub use gateway::{Gateway, GatewayRequest};
pub use message::{Email, Message, Sms};
pub use smtp::{Security, Smtp, SmtpServer};
pub use template::UnknownPlace;
pub use webhook::{BadAddress, Webhooks, written_secret};

/// Why a message did not leave.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// Nothing is configured for messages of this kind.
    #[error("no way to send {0} is configured")]
    NoWay(&'static str),
    /// It may succeed later.
    #[error("{0}")]
    Passing(String),
    /// It will not succeed as it is.
    #[error("{0}")]
    Refused(String),
}

/// What is configured is not something to send by.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct WrongSetting(pub String);

/// How text messages leave.
#[derive(Debug)]
pub enum SmsWay {
    /// They do not.
    None,
    /// By an HTTP gateway.
    Gateway(Box<Gateway>),
    /// Into a file, for development.
    File(FileSender),
}

/// How e-mail leaves.
#[derive(Debug)]
pub enum EmailWay {
    /// It does not.
    None,
    /// By an SMTP server.
    Smtp(Box<Smtp>),
    /// Into a file, for development.
    File(FileSender),
}

/// How often something is tried, and how long is waited before it is tried again: each time twice as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// At the most.
    pub tries: u32,
    /// After the first.
    pub first_wait: Duration,
}

/// All ways that messages leave by.
#[derive(Debug)]
pub struct Senders {
    /// For text messages.
    pub sms: SmsWay,
    /// For e-mail.
    pub email: EmailWay,
    /// To other systems.
    pub webhooks: Webhooks,
    /// With what fails.
    pub patience: Patience,
}

impl Senders {
    /// Sends a message, and tries again what may succeed later.
    ///
    /// # Errors
    /// [`SendError`] of the last try.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        let mut wait = self.patience.first_wait;
        let mut tried = 1;
        loop {
            match self.send_once(message).await {
                Err(SendError::Passing(_)) if tried < self.patience.tries => {}
                sent => return sent,
            }
            sleep(wait).await;
            wait *= 2;
            tried += 1;
        }
    }

    /// Sends a message, or does not.
    ///
    /// # Errors
    /// [`SendError`] when it did not leave.
    pub async fn send_once(&self, message: &Message) -> Result<(), SendError> {
        match message {
            Message::Sms(sms) => match &self.sms {
                SmsWay::None => Err(SendError::NoWay("text messages")),
                SmsWay::Gateway(gateway) => gateway.send(sms).await,
                SmsWay::File(file) => file.send(message).await,
            },
            Message::Email(email) => match &self.email {
                EmailWay::None => Err(SendError::NoWay("e-mail")),
                EmailWay::Smtp(smtp) => smtp.send(email).await,
                EmailWay::File(file) => file.send(message).await,
            },
        }
    }
}
