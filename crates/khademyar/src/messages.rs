//! What people are written leaves by the ways that are configured.

use khademyar_senders::{Courier, Email, EmailWay, Message, SendError, Sms};
use khademyar_worker::{Carrier, Delivery, Envelope, Mailer, NotCarried, Parcel, Poster};

/// Carries text messages by whatever is configured for them.
#[derive(Clone, Debug)]
pub(crate) struct Post(Courier);

impl Post {
    /// By the ways of `courier`; none, where no way for text messages is configured.
    pub(crate) fn by(courier: Courier) -> Option<Self> {
        courier.sends_texts().then_some(Self(courier))
    }
}

#[async_trait::async_trait]
impl Carrier for Post {
    /// Once: what fails is tried again when the database says so, which remembers it past a restart.
    async fn carry(&self, parcel: &Parcel) -> Result<(), NotCarried> {
        let Parcel { id, to, text } = parcel.clone();
        let message = Message::Sms(Sms { id: Some(id), to, text, code: None });
        self.0.senders().send_once(&message).await.map_err(not_carried)
    }
}

fn not_carried(error: SendError) -> NotCarried {
    match error {
        SendError::Passing(told) => NotCarried::Later(told),
        SendError::Refused(told) => NotCarried::Never(told),
        SendError::NoWay(_) => NotCarried::Later(error.to_string()),
    }
}

/// Mails weekly reports by whatever is configured for e-mail.
#[derive(Clone, Debug)]
pub(crate) struct Mails(Courier);

impl Mails {
    /// By the ways of `courier`; none, where no way for e-mail is configured.
    pub(crate) fn by(courier: Courier) -> Option<Self> {
        match courier.senders().email {
            EmailWay::None => None,
            EmailWay::Smtp(_) | EmailWay::File(_) => Some(Self(courier)),
        }
    }
}

#[async_trait::async_trait]
impl Mailer for Mails {
    /// Once, as [`Post`] does.
    async fn mail(&self, envelope: &Envelope) -> Result<(), NotCarried> {
        let Envelope { id, to, subject, text } = envelope.clone();
        let message = Message::Email(Email { id: Some(id), to: to.into(), subject, text });
        self.0.senders().send_once(&message).await.map_err(not_carried)
    }
}

/// Tells other systems what happens.
#[derive(Clone, Debug)]
pub(crate) struct News(pub(crate) Courier);

#[async_trait::async_trait]
impl Poster for News {
    async fn post(&self, delivery: &Delivery) -> Result<(), NotCarried> {
        let Delivery { id, at, url, secret, body } = delivery;
        let webhooks = &self.0.senders().webhooks;
        let posted = webhooks.post(url, secret, *id, at.timestamp(), body.clone()).await;
        posted.map_err(not_carried)
    }
}
