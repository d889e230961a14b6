//! Hard: the two volunteers of an `apart` pair never share a shift.

/// The first shift in both sorted lists.
pub(crate) fn shared(a: &[u32], b: &[u32]) -> Option<u32> {
    a.iter().copied().find(|shift| b.binary_search(shift).is_ok())
}

#[cfg(test)]
mod tests {
    use crate::sample::check;
    use crate::{ProblemFile, Rule};

    #[test]
    fn two_who_are_kept_apart_share_no_shift() {
        let apart = |file: &mut ProblemFile| file.apart.push(["amir", "zahra"].map(Into::into));
        let same_shift = |file: &mut ProblemFile| {
            apart(file);
            file.positions[1].shift = "0-garden".into();
        };
        check(|_| {}, &[("amir", "0-garden"), ("zahra", "0-garden")], &[]);
        check(apart, &[("amir", "0-garden"), ("zahra", "0-garden")], &[Rule::Apart]);
        check(apart, &[("amir", "0-garden"), ("zahra", "0-base")], &[]);
        check(same_shift, &[("amir", "0-garden"), ("zahra", "0-base")], &[Rule::Apart]); // other position
    }
}
