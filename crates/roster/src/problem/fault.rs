//! What is wrong with a file: where, as a JSON pointer, and in both languages.

use std::ops::RangeInclusive;

use khademyar_domain::{Fault, persian::digits};
use khademyar_scheduling::Fault as EngineFault;

/// How the engine's messages begin, what programs call them, and what they mean; `{}` stands for the rest.
const MESSAGES: &[(&str, &str, &str)] = &[
    ("is missing", "required", "این کلید نیامده است: آن را بدهید."),
    ("is not JSON: ", "not_json", "پرونده JSON نیست ({})."),
    ("must be a string", "type", "باید متن باشد."),
    ("must be a whole number", "type", "باید عدد درست باشد."),
    ("must be a time in RFC 3339", "type", "باید زمانی مانند 2027-04-08T20:00:00+03:30 باشد."),
    ("must be a date", "type", "باید تاریخی مانند 2027-04-08 باشد."),
    ("must be a list", "type", "باید فهرست باشد."),
    ("must be a pair of ids", "type", "باید دو شناسه باشد."),
    ("must be an object", "type", "باید شیء JSON باشد."),
    ("must be one of ", "enum", "یکی از این‌ها را بدهید: {}."),
    ("must be from ", "out_of_range", "عددی در این بازه بدهید: {}."),
    (
        "must be the index of one of the ",
        "unknown_night",
        "شب‌ها از ۰ شمرده می‌شوند؛ شبی از رویداد را نام ببرید.",
    ),
    ("must be later than the night before it", "out_of_order", "تاریخ شب‌ها باید به ترتیب باشد."),
    ("must be later than the start", "end_before_start", "پایان باید پس از آغاز باشد."),
    ("must not be before from", "end_before_start", "پایان نباید پیش از آغاز باشد."),
    ("must not be empty", "too_short", "نباید خالی باشد."),
    ("must not be above desired", "below_minimum", "حداقل نباید از شمار مطلوب بیشتر باشد."),
    ("must name two different volunteers", "same_volunteer", "دو خادمیار متفاوت نام ببرید."),
    ("must have a row for each", "not_square", "برای هر منطقه یک سطر بدهید."),
    ("must have a number for each", "not_square", "برای هر منطقه یک عدد بدهید."),
    ("must equal ", "not_symmetric", "رفت و برگشت باید یکسان باشد."),
    ("repeats the id ", "repeated", "این شناسه پیش‌تر آمده است: {}."),
    ("no ", "unknown_reference", "چنین شناسه‌ای در پرونده نیست."),
    ("must be ", "out_of_range", "مقدار درست این است: {}."),
];

/// A fault that the engine found.
pub(super) fn told(fault: EngineFault) -> Fault {
    let EngineFault { path, message } = fault;
    let path = pointer(&path);
    let known = MESSAGES.iter().find_map(|(start, code, fa)| {
        let rest = message.strip_prefix(start)?;
        Some((*code, fa.replace("{}", rest)))
    });
    let (code, fa) = known.unwrap_or_else(|| {
        let code = if path.starts_with("/locked/") { "cannot_be_locked" } else { "not_acceptable" };
        (code, format!("پذیرفته نیست: {message}."))
    });
    let en = if ["must ", "is ", "repeats "].iter().any(|verb| message.starts_with(verb)) {
        format!("This {message}.")
    } else {
        capitalised(&message) + "."
    };
    Fault::new(path, code, en, fa)
}

fn capitalised(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
}

/// `$.positions[3].minimum` as `/positions/3/minimum`.
fn pointer(path: &str) -> String {
    path.trim_start_matches('$').replace(['.', '['], "/").replace(']', "")
}

pub(super) fn out_of_range(path: String, range: &RangeInclusive<i32>) -> Fault {
    let (least, most) = (range.start(), range.end());
    Fault::new(
        path,
        "out_of_range",
        format!("This must be from {least} to {most}."),
        format!("عددی از {} تا {} بدهید.", digits(least), digits(most)),
    )
}

pub(super) fn unknown(path: String, code: &str) -> Fault {
    Fault::new(
        path,
        "unknown_reference",
        format!("The file has none of the id {code}: give one that is there."),
        format!("شناسهٔ «{code}» در پرونده نیست: شناسه‌ای درست بدهید."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_faults_are_told_in_both_languages() {
        let told = |path: &str, message: &str| {
            let fault = told(EngineFault { path: path.to_owned(), message: message.to_owned() });
            (fault.path, fault.code, fault.en, fault.fa)
        };
        let expected = |path: &str, code: &str, en: &str, fa: &str| {
            (path.to_owned(), code.to_owned(), en.to_owned(), fa.to_owned())
        };
        assert_eq!(
            told("$.positions[3].weight", "must be from 1 to 10"),
            expected(
                "/positions/3/weight",
                "out_of_range",
                "This must be from 1 to 10.",
                "عددی در این بازه بدهید: 1 to 10."
            )
        );
        assert_eq!(
            told("$.companions[0][1]", "no volunteer has the id v9"),
            expected(
                "/companions/0/1",
                "unknown_reference",
                "No volunteer has the id v9.",
                "چنین شناسه‌ای در پرونده نیست."
            )
        );
        assert_eq!(told("$.locked[2]", "the volunteer is not available").1, "cannot_be_locked");
        assert_eq!(told("$", "is not JSON: EOF").0, "");
    }
}
