//! What keeps somebody from a seat, in words.

use khademyar_domain::Fault;
use khademyar_roster::reason::EligibilityReason;

/// The reason as a fault of what was asked for, at `path`.
pub(crate) fn fault(path: &str, reason: EligibilityReason) -> Fault {
    let (code, en, fa) = words(reason);
    Fault::new(path, code, en, fa)
}

fn words(reason: EligibilityReason) -> (&'static str, &'static str, &'static str) {
    match reason {
        EligibilityReason::SpecialtyMissing => (
            "specialty_missing",
            "The volunteer has not the specialty.",
            "این خادمیار در این عرصه تخصصی ندارد.",
        ),
        EligibilityReason::LevelTooLow => (
            "level_too_low",
            "The volunteer's level in the specialty is too low.",
            "درجهٔ این خادمیار برای این جایگاه کافی نیست.",
        ),
        EligibilityReason::SpecialtyUnconfirmed => (
            "specialty_unconfirmed",
            "Nobody has confirmed the volunteer's specialty.",
            "تخصص این خادمیار هنوز تأیید نشده است.",
        ),
        EligibilityReason::Gender => {
            ("gender", "The position asks for the other gender.", "این جایگاه برای جنسیت دیگری است.")
        }
        EligibilityReason::Unavailable => (
            "unavailable",
            "The volunteer cannot come at that time.",
            "این خادمیار در آن زمان نمی‌تواند بیاید.",
        ),
        EligibilityReason::Overlap => (
            "overlap",
            "The volunteer has another shift at that time.",
            "این خادمیار در همان زمان خدمت دیگری دارد.",
        ),
        EligibilityReason::TravelTooLong => {
            ("travel_too_long", "The way is too long for the volunteer.", "راه برای این خادمیار دور است.")
        }
        EligibilityReason::RestTooShort => (
            "rest_too_short",
            "The volunteer would rest too little between two nights.",
            "فرصت استراحت این خادمیار میان دو شب کافی نیست.",
        ),
        EligibilityReason::ShiftsPerNight => (
            "shifts_per_night",
            "The volunteer has as many shifts that night as they take.",
            "این خادمیار در آن شب بیش از این شیفت نمی‌پذیرد.",
        ),
        EligibilityReason::NightsLimit => (
            "nights_limit",
            "The volunteer serves on as many nights as they take.",
            "این خادمیار شب‌های بیشتری نمی‌پذیرد.",
        ),
        EligibilityReason::ConsecutiveNights => (
            "consecutive_nights",
            "The volunteer would serve on too many consecutive nights.",
            "شب‌های پیاپی این خادمیار بیش از اندازه می‌شود.",
        ),
        EligibilityReason::Apart => (
            "apart",
            "Someone they must be kept apart from is on the shift.",
            "کسی که نباید با او هم‌شیفت باشد در این شیفت است.",
        ),
        EligibilityReason::Full => ("full", "Every seat is taken.", "همهٔ جاها پر است."),
        EligibilityReason::AlreadyAssigned => {
            ("already_assigned", "The volunteer has the seat already.", "این خادمیار همین جا را دارد.")
        }
        EligibilityReason::DeclinedBefore => (
            "declined_before",
            "The volunteer said no to this seat before.",
            "این خادمیار پیش‌تر به همین خدمت پاسخ نه داده است.",
        ),
        EligibilityReason::NotPublished => {
            ("not_published", "No roster was published yet.", "هنوز برنامه‌ای منتشر نشده است.")
        }
        EligibilityReason::Started => ("started", "The shift has started.", "این شیفت آغاز شده است."),
        EligibilityReason::Ended => ("ended", "The shift is over.", "این شیفت پایان یافته است."),
    }
}
