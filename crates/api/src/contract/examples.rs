//! Examples of bodies, put together from those of their parts, where an operation brings none of its own.

use serde_json::{Map, Value, json};
use utoipa::openapi::{Content, OpenApi, RefOr, path::Operation};

use super::operations;

/// How deep an example goes: no body of ours nests as deep, a schema that contains itself would.
const DEEPEST: usize = 12;

/// Gives every JSON body an example that has none.
pub(super) fn complete(contract: &mut OpenApi) {
    let schemas = serde_json::to_value(&contract.components).unwrap_or_default();
    for item in contract.paths.paths.values_mut() {
        operations(item).flat_map(bodies).for_each(|content| {
            if content.example.is_none() && content.examples.is_empty() {
                let schema = serde_json::to_value(&content.schema).unwrap_or_default();
                content.example = example(&schema, &schemas, 0);
            }
        });
    }
}

/// The JSON bodies of an operation, but for the problems, which share one example.
fn bodies(operation: &mut Operation) -> impl Iterator<Item = &mut Content> {
    let request = operation.request_body.iter_mut().filter_map(in_place).flat_map(|body| &mut body.content);
    let answers = operation.responses.responses.values_mut().filter_map(in_place);
    let contents = request.chain(answers.flat_map(|answer| &mut answer.content));
    contents.filter(|(kind, _)| *kind == "application/json").filter_map(|(_, content)| in_place(content))
}

/// What stands here itself and is not referred to.
fn in_place<T>(part: &mut RefOr<T>) -> Option<&mut T> {
    match part {
        RefOr::T(part) => Some(part),
        RefOr::Ref(_) => None,
    }
}

/// An example of what `schema` describes; none where a text in it has no example.
fn example(schema: &Value, components: &Value, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let of = |schema: &Value| example(schema, components, depth + 1);
    if let Some(reference) = schema["$ref"].as_str() {
        let path = reference.strip_prefix("#/components")?;
        return of(components.pointer(path)?);
    }
    if let Some(told) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return Some(told.clone());
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts: Vec<Value> = parts.iter().map(of).collect::<Option<_>>()?;
        let members = parts.into_iter().filter_map(|part| part.as_object().cloned());
        return Some(Value::Object(members.flatten().collect()));
    }
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        return choices.iter().filter(|choice| choice["type"] != "null").find_map(of);
    }
    if let Some(word) = schema["enum"].get(0) {
        return Some(word.clone());
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].get(0)?.as_str())?;
    match kind {
        "object" => object(schema, of),
        "array" => Some(of(&schema["items"]).into_iter().collect()),
        "string" => text(schema["format"].as_str()?),
        "integer" | "number" => {
            schema.get("default").or_else(|| schema.get("minimum")).cloned().or(Some(json!(1)))
        }
        "boolean" => schema.get("default").cloned().or(Some(json!(true))),
        _ => Some(Value::Null),
    }
}

fn object(schema: &Value, of: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let members = schema["properties"].as_object().into_iter().flatten();
    members
        .map(|(name, member)| Some((name.clone(), of(member)?)))
        .collect::<Option<Map<_, _>>>()
        .map(Value::Object)
}

fn text(format: &str) -> Option<Value> {
    match format {
        "uuid" => Some(json!("0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e")),
        "date-time" => Some(json!("2027-04-08T16:30:00Z")),
        "date" => Some(json!("2027-04-08")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "callers write the value in place")]
    fn check(schema: &Value, expected: Option<Value>) {
        let components = json!({"schemas": {
            "Night": {"type": "integer", "minimum": 0},
            "Itself": {"type": "object", "properties": {"again": {"$ref": "#/components/schemas/Itself"}}}
        }});
        assert_eq!(example(schema, &components, 0), expected);
    }

    #[test]
    fn an_example_is_put_together_from_those_of_the_parts() {
        check(&json!({"type": "string", "example": "شب سوم"}), Some(json!("شب سوم")));
        check(&json!({"type": "array", "items": {"$ref": "#/components/schemas/Night"}}), Some(json!([0])));
        let object = json!({"type": "object", "properties": {
            "on": {"type": "string", "format": "date"},
            "state": {"type": "string", "enum": ["queued", "running"]},
            "night": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Night"}]},
        }});
        let expected = json!({"on": "2027-04-08", "state": "queued", "night": 0});
        check(&object, Some(expected.clone()));
        check(&json!({"allOf": [object, {"type": "object", "properties": {}}]}), Some(expected));
    }

    #[test]
    fn a_text_without_an_example_is_not_made_up() {
        check(&json!({"type": "string"}), None);
        check(&json!({"type": "object", "properties": {"name": {"type": "string"}}}), None);
        check(&json!({"$ref": "#/components/schemas/Itself"}), None);
    }
}
