//! Bodies against the contract: the schema that is published is the one that is enforced, and it names every fault at
//! once.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jsonschema::{
    JsonType, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use khademyar_domain::{Fault, check::short, persian::digits};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::ApiError;

/// How many keys that are unknown are named.
const FEW: usize = 3;

static VALIDATORS: LazyLock<Mutex<HashMap<TypeId, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Reads a `T` from JSON text, or says everything that is wrong with it.
pub(crate) fn read<T: DeserializeOwned + ToSchema + 'static>(text: &[u8]) -> Result<T, ApiError> {
    let mut value: Value = serde_json::from_slice(text).map_err(|error| {
        ApiError::Unreadable(Fault::new(
            "",
            "not_json",
            format!("The body is not JSON: {error}."),
            format!("متن درخواست JSON نیست (سطر {}، ستون {}).", digits(error.line()), digits(error.column())),
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
            let unexpected: Vec<String> = unexpected.iter().take(FEW).map(|name| short(name)).collect();
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
        Kind::Type { kind } => {
            let (en, fa) = wanted(kind);
            told("type", format!("Give {en}."), format!("{fa} بدهید."))
        }
        Kind::Enum { options } => {
            let word = |option: &Value| option.as_str().map_or_else(|| option.to_string(), str::to_owned);
            let words: Vec<String> = options.as_array().into_iter().flatten().map(word).collect();
            told(
                "enum",
                format!("Give one of {}.", words.join(", ")),
                format!("یکی از این‌ها را بدهید: {}.", words.join("، ")),
            )
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
            let (en, fa) = shaped(format);
            told("format", format!("Give {en}."), format!("{fa} بدهید."))
        }
        Kind::Pattern { .. } => told(
            "pattern",
            "This holds a character that is not allowed here, or nothing that can be read.".to_owned(),
            "این مقدار نویسهٔ نادرستی دارد یا چیزی برای خواندن ندارد.".to_owned(),
        ),
        _ => told(
            "schema",
            format!("This does not fit: {}.", error.masked_with("it")),
            "این مقدار با قالب خواسته‌شده نمی‌خواند.".to_owned(),
        ),
    }
}

/// The types that a schema asks for, in words.
fn wanted(kind: &TypeKind) -> (String, String) {
    let types: Vec<JsonType> = match kind {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(several) => several.iter().collect(),
    };
    let words = types.into_iter().map(|kind| match kind {
        JsonType::String => ("a text", "متن"),
        JsonType::Integer => ("a whole number", "عدد صحیح"),
        JsonType::Number => ("a number", "عدد"),
        JsonType::Boolean => ("`true` or `false`", "true یا false"),
        JsonType::Array => ("a list", "فهرست"),
        JsonType::Object => ("an object", "شیء JSON"),
        JsonType::Null => ("`null`", "null"),
    });
    let (en, fa): (Vec<_>, Vec<_>) = words.unzip();
    (en.join(" or "), fa.join(" یا "))
}

/// The format that a schema asks for, in words.
pub(crate) fn shaped(format: &str) -> (String, String) {
    let (en, fa) = match format {
        "uuid" => ("an id, as other answers have it", "شناسه‌ای که در پاسخ‌های دیگر آمده است"),
        "date" => ("a day such as 2027-04-08", "روزی مانند 2027-04-08"),
        "date-time" => ("an instant such as 2027-04-08T18:00:00Z", "زمانی مانند 2027-04-08T18:00:00Z"),
        "email" => {
            ("an e-mail address such as name@place.example", "نشانی رایانامه‌ای مانند name@place.example")
        }
        "uri" => {
            ("an address such as https://place.example/path", "نشانی‌ای مانند https://place.example/path")
        }
        other => return (format!("a {other}"), format!("مقداری به شکل «{other}»")),
    };
    (en.to_owned(), fa.to_owned())
}
