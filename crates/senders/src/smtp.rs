//! E-mail by an SMTP server.

use std::{fmt, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message as Letter, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{Error, authentication::Credentials},
};

use crate::{Email, SendError, WrongSetting};

/// How long one command may take.
const LONGEST: Duration = Duration::from_secs(20);

/// How the way to the server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// By TLS from the beginning.
    Tls,
    /// By TLS that is asked for; without it nothing is sent.
    StartTls,
    /// Not at all: for a server on the same machine.
    None,
}

/// A server, and who we are to it.
#[derive(Clone)]
pub struct SmtpServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is secured.
    pub security: Security,
    /// Whom it knows us as. Empty: it does not ask.
    pub username: String,
    /// By which password.
    pub password: String,
    /// Whom the mail is from: an address, or `Name <address>`.
    pub from: String,
}

/// An SMTP server. Debug output does not show who we are to it.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Mail by this server.
    ///
    /// # Errors
    /// [`WrongSetting`] when it is none to send by.
    pub fn new(server: SmtpServer) -> Result<Self, WrongSetting> {
        let from = server.from.parse().map_err(|_| {
            WrongSetting("smtp_from: give an address, or a name and an address in angle brackets".to_owned())
        })?;
        let wrong = |_: Error| WrongSetting("smtp_host: give the name of a server".to_owned());
        let transport = match server.security {
            Security::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&server.host).map_err(wrong)?,
            Security::StartTls => {
                AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&server.host).map_err(wrong)?
            }
            Security::None if !server.username.is_empty() => {
                let told =
                    "smtp_username: a password is sent by TLS alone; give smtp_security tls or starttls";
                return Err(WrongSetting(told.to_owned()));
            }
            Security::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host),
        };
        let mut transport = transport.port(server.port).timeout(Some(LONGEST));
        if !server.username.is_empty() {
            transport = transport.credentials(Credentials::new(server.username, server.password));
        }
        Ok(Self { transport: transport.build(), from })
    }

    pub(crate) async fn send(&self, mail: &Email) -> Result<(), SendError> {
        // What the builder and the server say may hold the address.
        let to = mail.to.parse().map_err(|_| SendError::Refused("the address is none".to_owned()))?;
        let mut letter = Letter::builder().from(self.from.clone()).to(to).subject(mail.subject.clone());
        if let Some(id) = mail.id {
            letter = letter.message_id(Some(format!("<{id}@{}>", self.from.email.domain())));
        }
        let letter = letter
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|_| SendError::Refused("the mail cannot be put into a letter".to_owned()))?;
        match self.transport.send(letter).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let code = error.status().map_or_else(String::new, |code| format!(" with {code}"));
                if error.is_permanent() {
                    Err(SendError::Refused(format!("the mail server refused it{code}")))
                } else {
                    Err(SendError::Passing(format!("the mail server did not take it{code}")))
                }
            }
        }
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp(…)")
    }
}
