//! Hard: the two volunteers of an `apart` pair never share a shift.

/// The first shift in both sorted lists.
pub(crate) fn shared(a: &[u32], b: &[u32]) -> Option<u32> {
    a.iter().copied().find(|shift| b.binary_search(shift).is_ok())
}
