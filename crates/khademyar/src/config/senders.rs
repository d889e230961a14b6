//! How messages leave, as it is configured.

use std::{path::Path, time::Duration};

use khademyar_senders::{
    EmailWay, FileSender, Gateway, GatewayRequest, Patience, Security, Senders, SmsWay, Smtp, SmtpServer,
    Webhooks, WrongSetting,
};

use super::layers::Layers;

/// A code is good for two minutes: what does not leave within half a minute is given up.
const PATIENCE: Patience = Patience { tries: 5, first_wait: Duration::from_secs(1) };

/// The ways that messages leave by.
pub(super) fn read(layers: &Layers, data: &Path) -> anyhow::Result<Senders> {
    let file = || {
        let path = match layers.text("messages_file") {
            "" => data.join("messages.jsonl"),
            path => path.into(),
        };
        FileSender::new(path)
    };
    let sms = match layers.text("sms") {
        "none" => SmsWay::None,
        "file" => SmsWay::File(file()),
        "gateway" => SmsWay::Gateway(Box::new(gateway(layers)?)),
        _ => return Err(layers.refused("sms", "none, gateway or file")),
    };
    let email = match layers.text("email") {
        "none" => EmailWay::None,
        "file" => EmailWay::File(file()),
        "smtp" => EmailWay::Smtp(Box::new(smtp(layers)?)),
        _ => return Err(layers.refused("email", "none, smtp or file")),
    };
    let webhooks = Webhooks::new(layers.text("webhook_trusted_hosts"))?;
    Ok(Senders { sms, email, webhooks, patience: PATIENCE })
}

fn gateway(layers: &Layers) -> Result<Gateway, WrongSetting> {
    let text = |key| layers.text(key).to_owned();
    Gateway::new(GatewayRequest {
        method: text("sms_method"),
        url: text("sms_url"),
        headers: text("sms_headers"),
        body: text("sms_body"),
        code_url: text("sms_code_url"),
        code_body: text("sms_code_body"),
        key: text("sms_key"),
        success: text("sms_success"),
    })
}

fn smtp(layers: &Layers) -> anyhow::Result<Smtp> {
    let text = |key| layers.text(key).to_owned();
    let security = match layers.text("smtp_security") {
        "tls" => Security::Tls,
        "starttls" => Security::StartTls,
        "none" => Security::None,
        _ => return Err(layers.refused("smtp_security", "tls, starttls or none")),
    };
    let smtp = Smtp::new(SmtpServer {
        host: text("smtp_host"),
        port: layers.parse("smtp_port", "a port, such as 465")?,
        security,
        username: text("smtp_username"),
        password: text("smtp_password"),
        from: text("smtp_from"),
    })?;
    Ok(smtp)
}
