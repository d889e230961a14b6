//! What a client would rather have.

/// The items of an `Accept` or `Accept-Language`, each with its weight from 0 to 1.
pub(crate) fn weighted(header: &str) -> impl Iterator<Item = (&str, f32)> {
    header.split(',').filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let what = parts.next()?;
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok())?;
        Some((what, weight))
    })
}
