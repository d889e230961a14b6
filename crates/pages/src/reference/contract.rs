//! What the reference reads of the contract (OpenAPI 3.1).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub(crate) struct Contract {
    pub(super) info: Info,
    pub(super) tags: Vec<Tag>,
    /// By path, then by method.
    pub(super) paths: BTreeMap<String, BTreeMap<String, Operation>>,
    pub(super) components: Components,
}

#[derive(Debug, Deserialize)]
pub(super) struct Info {
    pub(super) description: String,
    pub(super) version: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Components {
    pub(super) schemas: BTreeMap<String, Schema>,
    pub(super) responses: BTreeMap<String, Answer>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    #[serde(rename = "operationId")]
    pub(super) id: String,
    pub(super) tags: Vec<String>,
    pub(super) summary: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    pub(super) request_body: Option<Body>,
    pub(super) responses: BTreeMap<String, Answered>,
    /// Ways to be let in; an empty one asks for nothing.
    #[serde(default)]
    pub(super) security: Vec<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) place: String,
    pub(super) description: String,
    pub(super) required: bool,
    pub(super) schema: Schema,
}

#[derive(Debug, Deserialize)]
pub(super) struct Body {
    pub(super) content: BTreeMap<String, Content>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Content {
    pub(super) schema: Option<Schema>,
    pub(super) example: Option<Value>,
}

/// An answer, or where the one is that many operations share.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Answered {
    Shared {
        #[serde(rename = "$ref")]
        reference: String,
    },
    Own(Answer),
}

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) description: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Header>,
    #[serde(default)]
    pub(super) content: BTreeMap<String, Content>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Header {
    #[serde(default)]
    pub(super) description: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Schema {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    pub(super) r#type: Option<Kinds>,
    pub(super) description: String,
    pub(super) format: Option<String>,
    pub(super) minimum: Option<Value>,
    pub(super) maximum: Option<Value>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) r#enum: Vec<Value>,
    pub(super) default: Option<Value>,
    pub(super) items: Option<Box<Schema>>,
    pub(super) properties: BTreeMap<String, Schema>,
    pub(super) required: Vec<String>,
    pub(super) additional_properties: Option<More>,
    pub(super) one_of: Vec<Schema>,
}

/// What a value may be.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Kinds {
    One(String),
    Many(Vec<String>),
}

/// What an object may hold besides its properties.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum More {
    Whether(#[expect(dead_code, reason = "told apart from a schema, and said nowhere")] bool),
    Of(Box<Schema>),
}

impl Kinds {
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(kind) => std::slice::from_ref(kind),
            Self::Many(kinds) => kinds,
        }
    }
}

/// The name at the end of a reference.
pub(super) fn named(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

impl Components {
    /// An answer, be it shared or not.
    pub(super) fn answer<'a>(&'a self, answered: &'a Answered) -> Option<&'a Answer> {
        match answered {
            Answered::Own(answer) => Some(answer),
            Answered::Shared { reference } => self.responses.get(named(reference)),
        }
    }
}
