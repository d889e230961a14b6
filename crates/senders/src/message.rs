//! What is sent.

use std::fmt;

use khademyar_domain::phone::Phone;
use uuid::Uuid;

/// Something for someone. Debug output tells what kind it is and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    /// To a phone.
    Sms(Sms),
    /// To an e-mail address.
    Email(Email),
}

/// A text message.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// The same each time that the same message is sent, for gateways which know by it what they have already.
    pub id: Option<Uuid>,
    /// Whose phone it is for.
    pub to: Phone,
    /// What it says.
    pub text: String,
    /// The code that the text tells, for gateways which have a text for codes themselves and want nothing but the code.
    pub code: Option<String>,
}

/// An e-mail of plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    /// The same each time that the same mail is sent: whoever has it already knows it by this.
    pub id: Option<Uuid>,
    /// The address it is for.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sms(_) => "Sms(…)",
            Self::Email(_) => "Email(…)",
        })
    }
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sms(…)")
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}
