//! Every answer that a test gets, against the contract; and the contract against our own rules.

use std::{
    collections::HashMap,
    fs,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use axum::http::{HeaderMap, Method, StatusCode, header};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::house::root;

/// The contract as the code tells it.
static CONTRACT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(khademyar_api::openapi()).unwrap());

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Fails unless the contract has this answer: its status, its content type, the shape of its body. Says nothing of a
/// page that is no operation, such as the documentation.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    let path = path.split('?').next().unwrap_or(path);
    let Some((template, item)) = find_path(path) else { return };
    let method = method.as_str().to_ascii_lowercase();
    let told = format!("{method} {template}: {status}");
    let Some(operation) = item.get(&method) else {
        assert_eq!(
            status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{told}, for a method that is not in the contract"
        );
        return;
    };
    let response = &operation["responses"][status.as_str()];
    assert!(response.is_object(), "{told} is not in the contract: {}", String::from_utf8_lossy(body));
    let response = resolved(response);
    for (name, _) in response["headers"].as_object().into_iter().flatten() {
        assert!(headers.contains_key(name), "{told} lacks the header {name}");
    }
    let Some(contents) = response["content"].as_object().filter(|contents| !contents.is_empty()) else {
        assert!(body.is_empty(), "{told} has a body, which the contract does not know");
        return;
    };
    let content_type = headers.get(header::CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap());
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let Some(content) = contents.get(kind) else {
        panic!("{told} comes as `{kind}`, the contract says {:?}", contents.keys());
    };
    if kind.ends_with("json") {
        let body: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{told}: {error}"));
        let validator = validator(&format!("{told} {kind}"), &content["schema"]);
        let faults: Vec<String> =
            validator.iter_errors(&body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{told} is not as the contract says:\n{}\n{body:#}", faults.join("\n"));
    }
}

/// The path of the contract that `path` is one of, and its operations: the one with the fewest parameters.
fn find_path(path: &str) -> Option<(&'static String, &'static Value)> {
    let parameters = |template: &str| template.matches('{').count();
    let fits = |template: &str| {
        template.split('/').count() == path.split('/').count()
            && template
                .split('/')
                .zip(path.split('/'))
                .all(|(told, sent)| told == sent || (told.starts_with('{') && !sent.is_empty()))
    };
    let paths = CONTRACT["paths"].as_object().unwrap();
    paths.iter().filter(|(template, _)| fits(template)).min_by_key(|(template, _)| parameters(template))
}

/// What a `$ref` refers to, or the value itself.
fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => CONTRACT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// The validator of a body, in which there is nothing that the contract does not name.
fn validator(name: &str, schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    // Most bodies, all refusals among them, share a schema with others.
    let key = schema.to_string();
    if let Some(validator) = validators.get(&key) {
        return Arc::clone(validator);
    }
    let mut components = Map::new();
    collect_components(schema, &mut components);
    let mut schema = schema.clone();
    schema["components"] = json!({"schemas": components});
    close(&mut schema);
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let validator = Arc::new(validator);
    validators.insert(key, Arc::clone(&validator));
    validator
}

/// The schemas of the contract that a schema refers to, directly or through others, by name.
fn collect_components(schema: &Value, into: &mut Map<String, Value>) {
    match schema {
        Value::Object(object) => {
            let name = object.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|reference| reference.strip_prefix("#/components/schemas/"))
                && !into.contains_key(name)
            {
                let component = &CONTRACT["components"]["schemas"][name];
                into.insert(name.to_owned(), component.clone());
                collect_components(component, into);
            }
            object.values().for_each(|part| collect_components(part, into));
        }
        Value::Array(parts) => parts.iter().for_each(|part| collect_components(part, into)),
        _ => {}
    }
}

/// Forbids keys that an object's schema does not name, so that the contract tells of each.
fn close(schema: &mut Value) {
    if let Value::Object(object) = schema {
        let in_parts = ["allOf", "anyOf", "oneOf"].iter().any(|parts| object.contains_key(*parts));
        if object.get("properties").is_some_and(Value::is_object) && !in_parts {
            object.entry("additionalProperties").or_insert(json!(false));
        }
        // What is composed of parts is closed as a whole: each part alone would refuse the keys of the others.
        object
            .iter_mut()
            .filter(|(key, _)| *key != "allOf" && *key != "example")
            .for_each(|(_, part)| close(part));
    } else if let Value::Array(parts) = schema {
        parts.iter_mut().for_each(close);
    }
}

/// Every operation as `(method, path, operation)`.
fn operations() -> impl Iterator<Item = (&'static String, &'static String, &'static Map<String, Value>)> {
    CONTRACT["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().filter_map(move |(method, operation)| {
            operation.as_object().map(|operation| (method, path, operation))
        })
    })
}

#[test]
fn the_committed_contract_is_the_codes() {
    let committed = fs::read_to_string(root().join("openapi.yaml")).unwrap_or_default();
    let told = khademyar_api::openapi().to_yaml().unwrap();
    let line =
        committed.lines().zip(told.lines()).take_while(|(committed, told)| committed == told).count() + 1;
    assert!(
        committed == told,
        "openapi.yaml is not what the code tells, from line {line} on; write it anew:\n\
         cargo run -p khademyar -- openapi > openapi.yaml"
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_a_known_tag() {
    let tags: Vec<&Value> = CONTRACT["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut names = HashMap::new();
    for (method, path, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "{method} {path}: {name:?} is no operation id"
        );
        if let Some(other) = names.insert(name, path) {
            panic!("{name} is the name of {method} {path} and of {other}");
        }
        let summary = operation.get("summary").and_then(Value::as_str).unwrap_or_default();
        assert!(summary.ends_with('.'), "{name} has no summary: {summary:?}");
        let [tag] = operation["tags"].as_array().unwrap().as_slice() else {
            panic!("{name} has not one tag")
        };
        assert!(tags.contains(&tag), "{name}: there is no tag {tag}");
    }
}

#[test]
fn every_json_body_has_an_example_that_fits_its_schema() {
    let mut wrong = Vec::new();
    for (_, _, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap();
        let request = operation.get("requestBody").into_iter().map(|body| ("request", body));
        let answers = operation["responses"].as_object().unwrap().iter();
        let answers = answers.map(|(status, answer)| (status.as_str(), resolved(answer)));
        for (what, body) in request.chain(answers) {
            for (kind, content) in body["content"].as_object().into_iter().flatten() {
                if !kind.ends_with("json") {
                    continue;
                }
                let what = format!("{name} {what} {kind}");
                let schema = &content["schema"];
                let Some(example) = example(content) else {
                    wrong.push(format!("{what}: no example"));
                    continue;
                };
                let validator = validator(&what, schema);
                wrong.extend(
                    validator
                        .iter_errors(example)
                        .map(|fault| format!("{what}: {}: {fault}", fault.instance_path())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The example of a body: its own, or that of its schema.
fn example(content: &'static Value) -> Option<&'static Value> {
    let of_schema = || {
        let schema = resolved(&content["schema"]);
        schema.get("example").or_else(|| schema["examples"].get(0))
    };
    content
        .get("example")
        .or_else(|| content["examples"].as_object()?.values().next()?.get("value"))
        .or_else(of_schema)
}

#[test]
fn every_operation_tells_how_it_can_be_refused() {
    for (method, path, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap();
        let told = operation["responses"].as_object().unwrap();
        let open = operation
            .get("security")
            .is_some_and(|security| *security == json!([{}]) || *security == json!([]));
        let mut expected = vec!["408", "429", "431", "503"];
        if name == "healthz" {
            expected = vec!["408", "431"];
        }
        if !open {
            expected.push("401");
        }
        if path.contains("{festival_id}") {
            expected.push("404");
            if !open {
                expected.push("403");
            }
        }
        if operation.contains_key("requestBody") {
            expected.extend(["400", "413", "415", "422"]);
        }
        if method == "delete" {
            expected.push("404");
        }
        for status in expected {
            assert!(told.contains_key(status), "{name} does not tell of {status}");
        }
        for (status, answer) in told {
            let is_refusal = status.starts_with(['4', '5']);
            let is_problem = resolved(answer)["content"]["application/problem+json"].is_object();
            assert_eq!(is_refusal, is_problem, "{name}: {status} and problems do not go together");
        }
    }
}
