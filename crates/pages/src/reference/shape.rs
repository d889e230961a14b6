//! Schemas in words: of what kind a value is, and what the parts of a body are.

use std::collections::VecDeque;

use super::contract::{Components, Kinds, More, Schema, named};

/// A piece of what is said of a value.
#[derive(Debug, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether it is the name of a shape, which the page tells of.
    pub(super) is_shape: bool,
}

/// A member of an object.
pub(super) struct Field {
    /// Where it stands in the object: `nights[].date`.
    pub(super) path: String,
    pub(super) required: bool,
    pub(super) kind: Vec<Word>,
    pub(super) description: String,
}

/// A shape that has a name.
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) kind: Vec<Word>,
    pub(super) description: String,
    /// The members it has, or may have: one of these lists.
    pub(super) choices: Vec<Vec<Field>>,
}

/// The shapes that `words` name, and those that they name in turn, each once: those named first come first.
pub(super) fn shapes<'a>(components: &Components, words: impl Iterator<Item = &'a Word>) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    let mut next: VecDeque<String> = names(words).collect();
    while let Some(name) = next.pop_front() {
        if shapes.iter().any(|shape| shape.name == name) {
            continue;
        }
        let Some(schema) = components.schemas.get(&name) else { continue };
        let shape = shape(name, schema);
        let within = shape.choices.iter().flatten().flat_map(|field| &field.kind);
        next.extend(names(shape.kind.iter().chain(within)));
        shapes.push(shape);
    }
    shapes
}

fn names<'a>(words: impl Iterator<Item = &'a Word>) -> impl Iterator<Item = String> {
    words.filter(|word| word.is_shape).map(|word| word.text.clone())
}

fn shape(name: String, schema: &Schema) -> Shape {
    let variants: Vec<&Schema> =
        if schema.one_of.is_empty() { vec![schema] } else { schema.one_of.iter().collect() };
    let choices = variants.into_iter().filter(|variant| !variant.properties.is_empty()).map(|variant| {
        let mut fields = Vec::new();
        members("", variant, &mut fields);
        fields
    });
    Shape { name, kind: words(schema), description: schema.description.clone(), choices: choices.collect() }
}

/// The members of an object, and of those within it that have no name of their own.
fn members(within: &str, object: &Schema, fields: &mut Vec<Field>) {
    for (name, schema) in &object.properties {
        let path = format!("{within}{name}");
        fields.push(Field {
            path: path.clone(),
            required: object.required.contains(name),
            kind: words(schema),
            description: described(schema).to_owned(),
        });
        members(&format!("{path}."), schema, fields);
        if let Some(items) = &schema.items {
            members(&format!("{path}[]."), items, fields);
        }
    }
}

/// What is said of a value: by itself, or by the one thing that it is when it is not null.
fn described(schema: &Schema) -> &str {
    let choices = schema.one_of.iter().map(|choice| choice.description.as_str());
    [schema.description.as_str()].into_iter().chain(choices).find(|text| !text.is_empty()).unwrap_or_default()
}

/// Of what kind a value is.
pub(super) fn words(schema: &Schema) -> Vec<Word> {
    let mut words = plain(schema);
    if let Some(value) = &schema.default
        && !value.is_null()
    {
        words.push(text(format!("; {value} if left out")));
    }
    words
}

fn plain(schema: &Schema) -> Vec<Word> {
    if let Some(reference) = &schema.reference {
        return vec![Word { text: named(reference).to_owned(), is_shape: true }];
    }
    if !schema.one_of.is_empty() {
        let mut words = Vec::new();
        for choice in &schema.one_of {
            if !words.is_empty() {
                words.push(text(" or "));
            }
            words.append(&mut plain(choice));
        }
        return words;
    }
    let kinds = schema.r#type.as_ref().map_or(&[][..], Kinds::all);
    let kind =
        kinds.iter().find(|kind| *kind != "null").or(kinds.first()).map_or("any value", String::as_str);
    let mut words = match kind {
        "array" => {
            let mut words = vec![text(format!("list{} of ", within(schema.min_items, schema.max_items, "")))];
            words.append(
                &mut schema.items.as_ref().map_or_else(|| vec![text("any values")], |items| plain(items)),
            );
            words
        }
        "object" => match &schema.additional_properties {
            Some(More::Of(value)) => {
                let mut words = vec![text("object, its values each ")];
                words.append(&mut plain(value));
                words
            }
            _ => vec![text("object")],
        },
        "string" if !schema.r#enum.is_empty() => {
            let values = schema.r#enum.iter().map(|value| value.as_str().unwrap_or("null"));
            vec![text(format!("one of {}", values.collect::<Vec<_>>().join(", ")))]
        }
        "string" => {
            let format = schema.format.as_ref().map(|format| format!(" ({format})")).unwrap_or_default();
            vec![text(format!(
                "string{format}{}",
                within(schema.min_length, schema.max_length, " characters")
            ))]
        }
        number => {
            // The limits of the machine's integers say nothing.
            let own = |limit: &Option<serde_json::Value>| {
                let limit = limit.as_ref()?.as_f64()?;
                (limit.abs() < f64::from(i32::MAX)).then_some(limit)
            };
            vec![text(format!("{number}{}", within(own(&schema.minimum), own(&schema.maximum), "")))]
        }
    };
    if kind != "null" && kinds.iter().any(|kind| kind == "null") {
        words.push(text(" or null"));
    }
    words
}

/// The limits of a size.
fn within<T: std::fmt::Display + PartialEq>(least: Option<T>, most: Option<T>, of_what: &str) -> String {
    match (least, most) {
        (None, None) => String::new(),
        (Some(least), Some(most)) if least == most => format!(", {least}{of_what}"),
        (Some(least), Some(most)) => format!(", {least} to {most}{of_what}"),
        (Some(least), None) => format!(", at least {least}{of_what}"),
        (None, Some(most)) => format!(", at most {most}{of_what}"),
    }
}

fn text(text: impl Into<String>) -> Word {
    Word { text: text.into(), is_shape: false }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_is_said_with_its_limits() {
        let cases = [
            (json!({"type": "integer", "minimum": 0, "maximum": 30}), "integer, 0 to 30"),
            (json!({"type": "integer", "minimum": -2_147_483_648_i64, "maximum": 2_147_483_647}), "integer"),
            (json!({"type": ["string", "null"], "maxLength": 200}), "string, at most 200 characters or null"),
            (json!({"type": "string", "format": "uuid"}), "string (uuid)"),
            (json!({"type": "string", "enum": ["a", "b"]}), "one of a, b"),
            (
                json!({"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Shift"}}),
                "list, at least 1 of Shift",
            ),
            (json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Name"}]}), "null or Name"),
            (
                json!({"type": "object", "additionalProperties": {"type": "integer"}}),
                "object, its values each integer",
            ),
            (json!({"type": "integer", "default": 50}), "integer; 50 if left out"),
            (json!({}), "any value"),
        ];
        for (schema, wanted) in cases {
            let schema: Schema = serde_json::from_value(schema).expect("it is a schema");
            let said: String = words(&schema).into_iter().map(|word| word.text).collect();
            assert_eq!(said, wanted);
        }
    }
}
