//! The query of a list: filters by the table's own columns, sort, limit, cursor.

use khademyar_domain::{
    Fault,
    check::short,
    persian::{self, digits},
};
use khademyar_storage::{
    Table,
    listing::{Cursor, Filter, FilterKind, FilterValue, Listing, Sort},
};

use crate::{error::ApiError, validate::shaped};

/// How many rows a page has when nothing is said.
pub(crate) const USUAL_LIMIT: u64 = 50;
/// How many rows a page has at the most.
pub(crate) const LARGEST_LIMIT: u64 = 500;
/// How many characters a text to filter by has at the most.
pub(crate) const LONGEST_TEXT: usize = 100;

/// The page that `query` asks for, or every fault of it.
pub(crate) fn listing<T: Table>(query: Option<&str>) -> Result<Listing, ApiError> {
    listing_by(T::FILTERS, T::SORTS, query)
}

/// The page that `query` asks for of a list that has these filters and sorts, the first of which is the default.
pub(crate) fn listing_by(
    filters: &'static [Filter],
    sorts: &'static [Sort],
    query: Option<&str>,
) -> Result<Listing, ApiError> {
    let names = |comma| sorts.iter().map(|sort| sort.name).collect::<Vec<_>>().join(comma);
    let mut listing =
        Listing { filters: Vec::new(), sort: sorts[0], descending: false, limit: USUAL_LIMIT, after: None };
    let mut faults = Vec::new();
    for (name, value) in pairs(query)? {
        match name.as_str() {
            "limit" => match value.parse() {
                Ok(limit) if (1..=LARGEST_LIMIT).contains(&limit) => listing.limit = limit,
                _ => faults.push(fault(
                    &name,
                    "not_a_limit",
                    format!("Give a whole number from 1 to {LARGEST_LIMIT}."),
                    format!("عددی از ۱ تا {} بدهید.", persian::digits(LARGEST_LIMIT)),
                )),
            },
            "cursor" => match Cursor::decode(&value) {
                Some(cursor) => listing.after = Some(cursor),
                None => faults.push(fault(
                    &name,
                    "unknown_cursor",
                    "Give the `next_cursor` of the page before, or leave it out.",
                    "«next_cursor» صفحهٔ پیش را بدهید یا آن را نیاورید.",
                )),
            },
            "sort" => {
                let (descending, by) =
                    value.strip_prefix('-').map_or((false, value.as_str()), |by| (true, by));
                match sorts.iter().find(|sort| sort.name == by) {
                    Some(&sort) => (listing.sort, listing.descending) = (sort, descending),
                    None => faults.push(fault(
                        &name,
                        "not_sortable",
                        format!("Give one of {}, with `-` before it for the largest first.", names(", ")),
                        format!("یکی از این‌ها را بدهید: {}؛ با «-» از بزرگ به کوچک.", names("، ")),
                    )),
                }
            }
            _ => match filter(filters, &name, &value) {
                Ok(filter) => listing.filters.push(filter),
                Err(fault) => faults.push(fault),
            },
        }
    }
    if faults.is_empty() { Ok(listing) } else { Err(ApiError::Invalid(faults)) }
}

/// What is chosen for each of `parameters`, which are names with the words one may choose from; no other parameter is
/// taken.
pub(crate) fn choices<const N: usize>(
    query: Option<&str>,
    parameters: [(&'static str, &[&'static str]); N],
) -> Result<[Option<&'static str>; N], ApiError> {
    let mut chosen = [None; N];
    let mut faults = Vec::new();
    for (name, value) in pairs(query)? {
        let Some(k) = parameters.iter().position(|&(known, _)| known == name) else {
            faults.push(unknown(&name));
            continue;
        };
        let words = parameters[k].1;
        chosen[k] = words.iter().copied().find(|&word| word == value);
        if chosen[k].is_none() {
            faults.push(fault(
                &name,
                "not_a_choice",
                format!("Give one of {}.", words.join(", ")),
                format!("یکی از این‌ها را بدهید: {}.", words.join("، ")),
            ));
        }
    }
    if faults.is_empty() { Ok(chosen) } else { Err(ApiError::Invalid(faults)) }
}

/// [`listing_by`] for a list whose newest rows come first when no `sort` is asked for.
pub(crate) fn newest_first(
    filters: &'static [Filter],
    sorts: &'static [Sort],
    query: Option<&str>,
) -> Result<Listing, ApiError> {
    let mut listing = listing_by(filters, sorts, query)?;
    if !pairs(query)?.iter().any(|(name, _)| name == "sort") {
        listing.descending = true;
    }
    Ok(listing)
}

/// The filters of something that is answered whole.
pub(crate) fn filters(
    filters: &'static [Filter],
    query: Option<&str>,
) -> Result<Vec<(&'static str, FilterValue)>, ApiError> {
    let (mut wanted, mut faults) = (Vec::new(), Vec::new());
    for (name, value) in pairs(query)? {
        match filter(filters, &name, &value) {
            Ok(filter) => wanted.push(filter),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(wanted) } else { Err(ApiError::Invalid(faults)) }
}

fn filter(filters: &'static [Filter], name: &str, value: &str) -> Result<(&'static str, FilterValue), Fault> {
    let filter = filters.iter().find(|filter| filter.name == name).ok_or_else(|| unknown(name))?;
    let value = filter_value(filter.kind, value).ok_or_else(|| {
        let (en, fa) = match filter.kind {
            FilterKind::Id => shaped("uuid"),
            FilterKind::Integer => ("a whole number".to_owned(), "عدد صحیح".to_owned()),
            FilterKind::Word(words) => {
                (format!("one of {}", words.join(", ")), format!("یکی از این‌ها: {}", words.join("، ")))
            }
            FilterKind::Text | FilterKind::Part => (
                format!("a text of {LONGEST_TEXT} characters at the most"),
                format!("متنی که دست بالا {} نویسه باشد", digits(LONGEST_TEXT)),
            ),
        };
        fault(
            name,
            "not_a_filter_value",
            format!("This is no value of `{name}`: give {en}."),
            format!("این مقدار برای «{name}» درست نیست؛ بدهید: {fa}."),
        )
    })?;
    Ok((filter.name, value))
}

/// The parameters of a query, in order.
fn pairs(query: Option<&str>) -> Result<Vec<(String, String)>, ApiError> {
    let unreadable = || {
        ApiError::Unreadable(Fault::new(
            "",
            "not_a_query",
            "The query is not a form of `name=value`.",
            "پارامترهای نشانی به شکل «نام=مقدار» نیست.",
        ))
    };
    let uri = format!("/?{}", query.unwrap_or_default()).parse().map_err(|_| unreadable())?;
    let axum::extract::Query(pairs) = axum::extract::Query::try_from_uri(&uri).map_err(|_| unreadable())?;
    Ok(pairs)
}

fn fault(name: &str, code: &str, en: impl Into<String>, fa: impl Into<String>) -> Fault {
    Fault::new(name, code, en, fa)
}

fn unknown(name: &str) -> Fault {
    let name = &short(name);
    fault(
        name,
        "unknown_parameter",
        format!("There is no parameter `{name}` here: check its spelling or leave it out."),
        format!("پارامتر «{name}» شناخته نیست: املای آن را بررسی کنید یا نیاورید."),
    )
}

/// The names a list can be sorted by, in words.
pub(crate) fn sorts<T: Table>() -> Vec<&'static str> {
    T::SORTS.iter().map(|sort| sort.name).collect()
}

fn filter_value(kind: FilterKind, value: &str) -> Option<FilterValue> {
    if value.chars().count() > LONGEST_TEXT || value.contains('\0') {
        return None;
    }
    match kind {
        FilterKind::Id => value.parse().ok().map(FilterValue::Id),
        FilterKind::Integer => value.parse().ok().map(FilterValue::Integer),
        FilterKind::Text => Some(FilterValue::Text(value.to_owned())),
        FilterKind::Word(words) => words.contains(&value).then(|| FilterValue::Text(value.to_owned())),
        FilterKind::Part => Some(FilterValue::Part(persian::search_key(value))),
    }
}
