//! How letters are worded where nobody worded them otherwise.

use khademyar_domain::{
    Text,
    language::Language::{self, English, Persian},
    letter::{
        LetterKind::{self, Certificate, District, Partner, Volunteer},
        Prose, Wording,
    },
};

/// The wording of a kind of letter in a language.
///
/// # Panics
/// Never: the texts are short enough to be texts, which a test tries.
#[must_use]
pub fn wording(kind: LetterKind, language: Language) -> Wording {
    let [title, greeting, body, closing, signatory] = match (kind, language) {
        (Certificate, Persian) => [
            "لوح سپاس",
            "با ادب و احترام، پیشکش به {honorific}",
            "به پاس {service}، که با مهر و فروتنی در {festival} به انجام رساندید.\n\
             چراغ این شب‌ها به دست‌های شما روشن ماند. از خداوند مهربان برایتان تندرستی، روزی فراوان و دلی آرام خواهانیم.",
            "با سپاس و آرزوی نیک‌بختی",
            "دبیرخانهٔ {festival}",
        ],
        (Certificate, English) => [
            "Certificate of Service",
            "presented with respect to",
            "in gratitude for {service}, given with kindness and humility in {festival}.\n\
             Your hands kept the lights of these nights burning. May God grant you health, plenty and a heart at peace.",
            "With thanks and every good wish",
            "Secretariat of {festival}",
        ],
        (Volunteer, Persian) => [
            "نامهٔ سپاس",
            "{addressee}، خادمیار گرامی",
            "خدمت به مردم توفیقی است که شما در {festival} آن را غنیمت شمردید.\n\
             از {service} صمیمانه سپاسگزاریم.\n\
             هر که سپاس مردم نگزارد، سپاس خدا نگزارده است؛ از همدلی و همراهی شما و از شکیبایی خانواده‌تان قدردانی می‌کنیم \
             و خدمت‌تان را پذیرفته می‌خواهیم.",
            "با سپاس و آرزوی نیک‌بختی",
            "دبیرخانهٔ {festival}",
        ],
        (Volunteer, English) => [
            "Letter of Thanks",
            "Dear {name}",
            "To serve people is a blessing, and in {festival} you made the most of it.\n\
             We thank you warmly for {service}.\n\
             Whoever does not thank people has not thanked God. We are grateful for your kindness and company, and for the \
             patience of your family.",
            "With thanks and every good wish",
            "Secretariat of {festival}",
        ],
        (District, Persian) => [
            "سپاس‌نامه",
            "{addressee}",
            "{festival} با همراهی مردم و شهرداری {name} برگزار شد.\n\
             {sent}\n\
             {hosted}\n\
             {gifts}\n\
             از همدلی شما، همکاران‌تان و مردم شریف این منطقه صمیمانه سپاسگزاریم و چشم‌به‌راه همراهی‌تان در خدمت‌های پیش رو هستیم.",
            "با سپاس و احترام",
            "دبیرخانهٔ {festival}",
        ],
        (District, English) => [
            "Letter of Thanks",
            "{addressee}",
            "{festival} was held together with the people and the municipality of {name}.\n\
             {sent}\n\
             {hosted}\n\
             {gifts}\n\
             We thank you, your colleagues and the people of the district warmly, and look forward to serving with you again.",
            "With thanks and respect",
            "Secretariat of {festival}",
        ],
        (Partner, Persian) => [
            "سپاس‌نامه",
            "{addressee}",
            "{festival} بی پشتیبانی همراهانی چون شما به سامان نمی‌رسید.\n\
             آنچه در میان نهادید: {gifts}.\n\
             {outcome}\n\
             از همدلی و دست‌گیری شما صمیمانه سپاسگزاریم و پذیرفته شدن آن را از خداوند مهربان خواهانیم.",
            "با سپاس و احترام",
            "دبیرخانهٔ {festival}",
        ],
        (Partner, English) => [
            "Letter of Thanks",
            "{addressee}",
            "{festival} would not have been possible without partners like you.\n\
             What you gave: {gifts}.\n\
             {outcome}\n\
             We thank you warmly for your kindness and support.",
            "With thanks and respect",
            "Secretariat of {festival}",
        ],
    };
    let text = |text| Text::new(text).expect("these are short texts");
    Wording {
        title: text(title),
        greeting: text(greeting),
        body: Prose::new(body).expect("these are short texts"),
        closing: text(closing),
        signatory: text(signatory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wording_names_only_places_of_its_kind() {
        for kind in LetterKind::ALL {
            for language in [Persian, English] {
                let faults = wording(kind, language).faults(kind);
                assert!(faults.is_empty(), "{kind:?} {language:?}: {faults:?}");
            }
        }
    }
}
