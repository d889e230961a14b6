//! Texts with places that are filled for each message.

use std::fmt::Write;

use thiserror::Error;

use crate::Sms;

/// What a place is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// `{to}`: the phone in E.164 form, `+989121234567`.
    To,
    /// `{to_digits}`: without the plus, `989121234567`.
    ToDigits,
    /// `{to_local}`: an Iranian number as people dial it, `09121234567`; others as `00…`.
    ToLocal,
    /// `{text}`: what the message says.
    Text,
    /// `{code}`: the code in it, or nothing.
    Code,
    /// `{id}`: what the gateway can know the message by, or nothing: the same when it is sent again.
    Id,
    /// `{key}`: what the gateway knows us by.
    Key,
}

const PLACES: &[(&str, Place)] = &[
    ("to", Place::To),
    ("to_digits", Place::ToDigits),
    ("to_local", Place::ToLocal),
    ("text", Place::Text),
    ("code", Place::Code),
    ("id", Place::Id),
    ("key", Place::Key),
];

/// How what is filled in is written, so that it cannot end what it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// In a URL or a form.
    Percent,
    /// Within a string of JSON.
    Json,
    /// In XML.
    Xml,
    /// Nowhere that has a syntax.
    Plain,
}

/// A place in a template that nothing fills.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "there is no place {{{0}}}: there are {{to}}, {{to_digits}}, {{to_local}}, {{text}}, {{code}}, {{id}} and {{key}}"
)]
pub struct UnknownPlace(String);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Fixed(String),
    Place(Place),
}

/// A text with places.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
    escape: Escape,
}

impl Template {
    /// Reads a template. A place is a word in braces; other braces stand for themselves, as JSON has them.
    pub(crate) fn read(text: &str, escape: Escape) -> Result<Self, UnknownPlace> {
        let mut parts = Vec::new();
        let mut fixed = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, braced) = rest.split_at(at);
            fixed.push_str(before);
            let inner = &braced[1..];
            let name = inner.split_once('}').map(|(name, _)| name).filter(|name| is_word(name));
            let Some(name) = name else {
                fixed.push('{');
                rest = inner;
                continue;
            };
            let place = PLACES.iter().find(|(known, _)| *known == name);
            let (_, place) = place.ok_or_else(|| UnknownPlace(name.to_owned()))?;
            parts.push(Part::Fixed(std::mem::take(&mut fixed)));
            parts.push(Part::Place(*place));
            rest = &inner[name.len() + 1..];
        }
        fixed.push_str(rest);
        parts.push(Part::Fixed(fixed));
        Ok(Self { parts, escape })
    }

    /// The text for a message.
    pub(crate) fn fill(&self, sms: &Sms, key: &str) -> String {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Fixed(text) => filled.push_str(text),
                Part::Place(place) => self.escape.write(&mut filled, &worth(*place, sms, key)),
            }
        }
        filled
    }
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn worth(place: Place, sms: &Sms, key: &str) -> String {
    let to = sms.to.as_str();
    let digits = to.trim_start_matches('+');
    match place {
        Place::To => to.to_owned(),
        Place::ToDigits => digits.to_owned(),
        Place::ToLocal => match digits.strip_prefix("98") {
            Some(national) => format!("0{national}"),
            None => format!("00{digits}"),
        },
        Place::Text => sms.text.clone(),
        Place::Code => sms.code.clone().unwrap_or_default(),
        Place::Id => sms.id.map(|id| id.to_string()).unwrap_or_default(),
        Place::Key => key.to_owned(),
    }
}

impl Escape {
    /// That of a body of this content type.
    pub(crate) fn of_content_type(kind: &str) -> Self {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/x-www-form-urlencoded" => Self::Percent,
            kind if kind.ends_with("json") => Self::Json,
            kind if kind.ends_with("xml") => Self::Xml,
            _ => Self::Plain,
        }
    }

    fn write(self, filled: &mut String, text: &str) {
        match self {
            Self::Plain => filled.push_str(text),
            Self::Percent => {
                for byte in text.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                        filled.push(byte.into());
                    } else {
                        write!(filled, "%{byte:02X}").expect("a string takes all that is written");
                    }
                }
            }
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                filled.push_str(&quoted[1..quoted.len() - 1]);
            }
            Self::Xml => {
                for c in text.chars() {
                    match c {
                        '<' => filled.push_str("&lt;"),
                        '>' => filled.push_str("&gt;"),
                        '&' => filled.push_str("&amp;"),
                        '"' => filled.push_str("&quot;"),
                        '\'' => filled.push_str("&apos;"),
                        c => filled.push(c),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use khademyar_domain::phone::Phone;

    use super::*;

    fn fill(template: &str, escape: Escape) -> String {
        let to = Phone::parse("09121234567").unwrap();
        let sms =
            Sms { id: None, to, text: "کد: \"۱&۲\"\n<3>".to_owned(), code: Some("012345".to_owned()) };
        Template::read(template, escape).unwrap().fill(&sms, "k/y+1")
    }

    #[test]
    fn every_place_is_filled() {
        let all = "{to} {to_digits} {to_local} {code} {key}";
        assert_eq!(fill(all, Escape::Plain), "+989121234567 989121234567 09121234567 012345 k/y+1");
    }

    #[test]
    fn what_is_filled_in_cannot_end_what_it_stands_in() {
        let told: serde_json::Value =
            serde_json::from_str(&fill(r#"{"mobile": "{to}", "text": "{text}"}"#, Escape::Json)).unwrap();
        assert_eq!(told["text"], "کد: \"۱&۲\"\n<3>");
        assert_eq!(told["mobile"], "+989121234567");
        assert_eq!(
            fill("https://g.example/{key}/send?to={to_local}", Escape::Percent),
            "https://g.example/k%2Fy%2B1/send?to=09121234567"
        );
        assert!(fill("{text}", Escape::Percent).ends_with("%26%DB%B2%22%0A%3C3%3E"));
        assert_eq!(fill("<t>{text}</t>", Escape::Xml), "<t>کد: &quot;۱&amp;۲&quot;\n&lt;3&gt;</t>");
    }

    #[test]
    fn other_braces_stand_for_themselves_and_a_slip_is_told() {
        assert_eq!(fill(r#"{"a": {"b": []}, "c": "{}"}"#, Escape::Json), r#"{"a": {"b": []}, "c": "{}"}"#);
        assert_eq!(fill("{", Escape::Plain), "{");
        let slip = Template::read("{txt}", Escape::Plain).err().unwrap();
        assert!(slip.to_string().starts_with("there is no place {txt}"), "{slip}");
    }
}
