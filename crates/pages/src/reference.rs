//! The reference of the API for those who write programs on it, made of the contract that the API tells. It is in English, as
//! the contract is.

mod contract;
mod shape;

pub(crate) use contract::Contract;

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde_json::Value;

use crate::{
    Pages,
    frame::{Frame, page},
    reference::{
        contract::{Answer, Content, Operation},
        shape::{Shape, Word, shapes, words},
    },
    trouble::Trouble,
    visitor::Visitor,
};

impl Contract {
    /// The path, the method and what is told of an operation.
    fn operation(&self, id: &str) -> Option<(&str, &str, &Operation)> {
        let mut all = self.paths.iter().flat_map(|(path, item)| {
            item.iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        });
        all.find(|(_, _, operation)| operation.id == id)
    }
}

impl Pages {
    /// The contract; what the API is does not change while it runs.
    async fn contract(&self, visitor: &Visitor) -> Result<&Contract, Trouble> {
        self.0.contract.get_or_try_init(|| self.read(visitor, "/v1/openapi.json")).await
    }
}

#[derive(Template)]
#[template(path = "reference/index.html")]
struct IndexPage<'a> {
    frame: Frame,
    version: &'a str,
    about: Vec<Vec<Run<'a>>>,
    address: &'a str,
    chapters: Vec<Chapter<'a>>,
}

/// The operations of one kind.
struct Chapter<'a> {
    name: &'a str,
    description: &'a str,
    operations: Vec<Line<'a>>,
}

struct Line<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: Vec<Run<'a>>,
}

#[derive(Template)]
#[template(path = "reference/operation.html")]
struct OperationPage<'a> {
    frame: Frame,
    method: String,
    path: &'a str,
    description: Vec<Vec<Run<'a>>>,
    needs_token: bool,
    call: String,
    parameters: Vec<Parameter<'a>>,
    body: Vec<Carried<'a>>,
    answers: Vec<Told<'a>>,
    /// The status and meaning of each refusal.
    refusals: Vec<(&'a str, Vec<Run<'a>>)>,
    shapes: Vec<Shape>,
}

struct Parameter<'a> {
    name: &'a str,
    place: &'a str,
    required: bool,
    kind: Vec<Word>,
    description: Vec<Run<'a>>,
}

/// What is sent in one format.
struct Carried<'a> {
    format: &'a str,
    kind: Vec<Word>,
    example: Option<String>,
}

struct Told<'a> {
    status: &'a str,
    description: Vec<Run<'a>>,
    headers: Vec<(&'a str, Vec<Run<'a>>)>,
    contents: Vec<Carried<'a>>,
}

/// A run of text, or of what is written as code.
struct Run<'a> {
    text: &'a str,
    is_code: bool,
}

/// A line of prose, in which `` ` `` stands around code.
fn runs(text: &str) -> Vec<Run<'_>> {
    let parts = text.split('`').enumerate().map(|(k, text)| Run { text, is_code: k % 2 == 1 });
    parts.filter(|run| !run.text.is_empty()).collect()
}

fn paragraphs(text: &str) -> Vec<Vec<Run<'_>>> {
    text.split("\n\n").filter(|paragraph| !paragraph.is_empty()).map(runs).collect()
}

fn carried(contents: &BTreeMap<String, Content>) -> Vec<Carried<'_>> {
    let carried = contents.iter().map(|(format, content)| Carried {
        format,
        kind: content.schema.as_ref().map(words).unwrap_or_default(),
        example: content.example.as_ref().and_then(written),
    });
    carried.collect()
}

/// An example as it is sent.
fn written(example: &Value) -> Option<String> {
    match example {
        Value::String(text) => Some(text.clone()),
        example => serde_json::to_string_pretty(example).ok(),
    }
}

/// All operations, by what they are for.
pub(crate) async fn index(State(pages): State<Pages>, visitor: Visitor) -> Result<Response, Trouble> {
    let contract = pages.contract(&visitor).await?;
    let mut chapters: Vec<Chapter<'_>> = Vec::new();
    for tag in &contract.tags {
        chapters.push(Chapter { name: &tag.name, description: &tag.description, operations: Vec::new() });
    }
    for (path, item) in &contract.paths {
        for (method, operation) in item {
            let line = Line {
                id: &operation.id,
                method: method.to_uppercase(),
                path,
                summary: runs(&operation.summary),
            };
            let chapter =
                chapters.iter_mut().find(|chapter| operation.tags.iter().any(|tag| tag == chapter.name));
            if let Some(chapter) = chapter {
                chapter.operations.push(line);
            }
        }
    }
    let frame = Frame::new(&visitor, visitor.say("راهنمای API", "API reference"));
    let template = IndexPage {
        frame,
        version: &contract.info.version,
        about: paragraphs(&contract.info.description),
        address: &pages.0.address,
        chapters,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// One operation: how it is asked, what it answers, why it refuses.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let contract = pages.contract(&visitor).await?;
    let (path, method, operation) = contract.operation(&id).ok_or(Trouble::NotFound)?;
    let components = &contract.components;
    let answers = operation.responses.iter().filter_map(|(status, answered)| {
        let answer: &Answer = components.answer(answered)?;
        Some((status.as_str(), answer))
    });
    let (answers, refusals): (Vec<_>, Vec<_>) = answers.partition(|(status, _)| *status < "400");
    let answers: Vec<Told<'_>> = answers.into_iter().map(told).collect();
    let refusals = refusals.into_iter().map(|(status, answer)| (status, runs(&answer.description))).collect();
    let parameters = operation.parameters.iter().map(|parameter| Parameter {
        name: &parameter.name,
        place: &parameter.place,
        required: parameter.required,
        kind: words(&parameter.schema),
        description: runs(&parameter.description),
    });
    let parameters: Vec<Parameter<'_>> = parameters.collect();
    let body = operation.request_body.as_ref().map(|body| carried(&body.content)).unwrap_or_default();
    let needs_token = !operation.security.iter().any(serde_json::Map::is_empty);
    let sent = body.iter().chain(answers.iter().flat_map(|answer| &answer.contents));
    let named =
        sent.flat_map(|part| &part.kind).chain(parameters.iter().flat_map(|parameter| &parameter.kind));
    let template = OperationPage {
        frame: Frame::new(&visitor, operation.summary.replace('`', "")),
        method: method.to_uppercase(),
        path,
        description: paragraphs(&operation.description),
        needs_token,
        call: call(&pages.0.address, path, method, needs_token, &body),
        shapes: shapes(components, named),
        parameters,
        body,
        answers,
        refusals,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

fn told<'a>((status, answer): (&'a str, &'a Answer)) -> Told<'a> {
    let headers = answer.headers.iter().map(|(name, header)| (name.as_str(), runs(&header.description)));
    Told {
        status,
        description: runs(&answer.description),
        headers: headers.collect(),
        contents: carried(&answer.content),
    }
}

/// The request as a shell would send it; what the path holds is for the asker to set.
fn call(address: &str, path: &str, method: &str, needs_token: bool, body: &[Carried<'_>]) -> String {
    let path =
        path.split('/').map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => format!("${}", name.to_uppercase()),
            None => part.to_owned(),
        });
    let path = path.collect::<Vec<_>>().join("/");
    let method = if method == "get" { String::new() } else { format!(" -X {}", method.to_uppercase()) };
    let token = if needs_token { " \\\n  -H \"Authorization: Bearer $TOKEN\"" } else { "" };
    let body = body.first().map(|part| match part.format {
        "application/json" => " \\\n  --json @body.json".to_owned(),
        "multipart/form-data" => " \\\n  -F file=@file".to_owned(),
        format => format!(" \\\n  -H 'Content-Type: {format}' --data-binary @file"),
    });
    let body = body.unwrap_or_default();
    format!("curl{method} \"{address}{path}\" -H 'Accept-Language: en'{token}{body}")
}
