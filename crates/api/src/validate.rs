//! Bodies against the contract: the schema that is published is the one that is enforced, and it names every fault at
//! once.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jsonschema::{Validator, error::ValidationErrorKind};
use khademyar_domain::{Fault, persian::digits};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::ApiError;

static VALIDATORS: LazyLock<Mutex<HashMap<TypeId, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Reads a `T` from JSON text, or says everything that is wrong with it.
pub(crate) fn read<T: DeserializeOwned + ToSchema + 'static>(text: &[u8]) -> Result<T, ApiError> {
    let mut value: Value = serde_json::from_slice(text).map_err(|error| {
        ApiError::Unreadable(Fault::new(
            "",
            "not_json",
            format!("The body is not JSON: {error}."),
            format!("متن درخواست JSON نیست (سطر {}، ستون {}).", error.line(), error.column()),
        ))
    })?;
    let faults: Vec<Fault> = validator::<T>()?.iter_errors(&value).map(|error| fault(&error)).collect();
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    whole(&mut value);
    // What a schema cannot say (that a text is more than marks and blanks, that a phone can be called) is said here.
    serde_path_to_error::deserialize(&value)
        .map_err(|error| ApiError::Invalid(vec![Fault::unreadable(pointer(error.path()), error.inner())]))
}

/// Writes `2.0` as `2`: a whole number to JSON Schema and to most clients, a fraction to serde.
fn whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            // Larger ones are past every limit of ours, and no longer exact.
            let exact = |x: &f64| x.fract() == 0.0 && x.abs() < 9e15;
            if let Some(x) = number.as_f64().filter(|x| number.is_f64() && exact(x)) {
                *number = (x as i64).into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole),
        Value::Object(members) => members.values_mut().for_each(whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{key}")),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn validator<T: ToSchema + 'static>() -> Result<Arc<Validator>, ApiError> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(validator) = validators.get(&TypeId::of::<T>()) {
        return Ok(Arc::clone(validator));
    }
    let broken =
        |error: &dyn std::fmt::Display| ApiError::Internal(format!("schema of {}: {error}", T::name()));
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let parts: HashMap<String, _> = parts.into_iter().collect();
    let mut schema = serde_json::to_value(T::schema()).map_err(|e| broken(&e))?;
    schema["components"] = json!({ "schemas": serde_json::to_value(parts).map_err(|e| broken(&e))? });
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema)
        .map_err(|e| broken(&e))?;
    let validator = Arc::new(validator);
    validators.insert(TypeId::of::<T>(), Arc::clone(&validator));
    Ok(validator)
}

fn fault(error: &jsonschema::ValidationError<'_>) -> Fault {
    use ValidationErrorKind as Kind;
    let at = error.instance_path().to_string();
    let told = |code: &str, en: String, fa: String| Fault::new(at.clone(), code, en, fa);
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            Fault::new(
                format!("{at}/{name}"),
                "required",
                format!("`{name}` is missing: give it."),
                format!("«{name}» نیامده است: آن را بدهید."),
            )
        }
        Kind::AdditionalProperties { unexpected } => {
            let name = unexpected.first().map_or("", String::as_str);
            Fault::new(
                format!("{at}/{name}"),
                "unknown_key",
                format!(
                    "There is no key `{}` here: check its spelling or leave it out.",
                    unexpected.join("`, `")
                ),
                format!("کلید «{}» شناخته نیست: املای آن را بررسی کنید یا نیاورید.", unexpected.join("»، «")),
            )
        }
        Kind::Type { .. } => told(
            "type",
            format!("This is of the wrong type: {error}."),
            "نوع این مقدار درست نیست.".to_owned(),
        ),
        Kind::Enum { options } => {
            told("enum", format!("Give one of {options}."), format!("یکی از این‌ها را بدهید: {options}."))
        }
        Kind::Minimum { limit } => {
            told("minimum", format!("Give at least {limit}."), format!("دست‌کم {} بدهید.", digits(limit)))
        }
        Kind::Maximum { limit } => {
            told("maximum", format!("Give at most {limit}."), format!("حداکثر {} بدهید.", digits(limit)))
        }
        Kind::MinLength { limit } => told(
            "min_length",
            format!("Give at least {limit} characters."),
            format!("دست‌کم {} نویسه بدهید.", digits(limit)),
        ),
        Kind::MaxLength { limit } => told(
            "max_length",
            format!("Give at most {limit} characters."),
            format!("حداکثر {} نویسه بدهید.", digits(limit)),
        ),
        Kind::MinItems { limit } => told(
            "min_items",
            format!("Give at least {limit} items."),
            format!("دست‌کم {} مورد بدهید.", digits(limit)),
        ),
        Kind::MaxItems { limit } => told(
            "max_items",
            format!("Give at most {limit} items."),
            format!("حداکثر {} مورد بدهید.", digits(limit)),
        ),
        Kind::Format { format } => {
            told("format", format!("This is not a {format}."), format!("این مقدار به شکل «{format}» نیست."))
        }
        Kind::Pattern { .. } => told(
            "pattern",
            "This holds a character that is not allowed here, or nothing that can be read.".to_owned(),
            "این مقدار نویسهٔ نادرستی دارد یا چیزی برای خواندن ندارد.".to_owned(),
        ),
        _ => told(
            "schema",
            format!("This does not fit: {error}."),
            "این مقدار با قالب خواسته‌شده نمی‌خواند.".to_owned(),
        ),
    }
}
