//! The thank-you report as tables, for CSV and XLSX.

use khademyar_domain::{Name, Text, partner::ContributionKind};
use khademyar_sheets::{Cell, Sheet};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::thank_you::{ContributionThanks, Effort, PartnerThanks, ThankYou, in_hours};

/// One of the report's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// The totals, a line each.
    Festival,
    /// A line for each volunteer who served.
    Volunteers,
    /// A line for each district.
    Districts,
    /// A line for each venue.
    Venues,
    /// A line for each contribution, and for each partner without one.
    Partners,
}

impl Table {
    /// Every table, as they stand in a workbook.
    pub const ALL: [Self; 5] =
        [Self::Festival, Self::Volunteers, Self::Districts, Self::Venues, Self::Partners];

    /// As it is asked for.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Festival => "festival",
            Self::Volunteers => "volunteers",
            Self::Districts => "districts",
            Self::Venues => "venues",
            Self::Partners => "partners",
        }
    }

    /// The table, filled from the report.
    #[must_use]
    pub fn of(self, report: &ThankYou) -> Sheet {
        match self {
            Self::Festival => festival(report),
            Self::Volunteers => volunteers(report),
            Self::Districts => districts(report),
            Self::Venues => venues(report),
            Self::Partners => partners(report),
        }
    }
}

/// What a kind of contribution is called.
pub(crate) fn kind_name(kind: ContributionKind) -> &'static str {
    match kind {
        ContributionKind::Place => "مکان",
        ContributionKind::Equipment => "تجهیزات",
        ContributionKind::Money => "کمک مالی",
        ContributionKind::People => "نیروی انسانی",
    }
}

fn festival(report: &ThankYou) -> Sheet {
    let festival = &report.festival;
    let Effort { volunteers, shifts, assignments, hours, worklog_minutes, total_hours, .. } = festival.effort;
    let basis = if festival.roll_taken {
        "حضور و غیاب"
    } else {
        "خدمت‌های پذیرفته‌شده (حضور و غیابی ثبت نشده است)"
    };
    let line = |what: &str, value: Cell| vec![what.into(), value];
    sheet(
        "جمع",
        &["شرح", "مقدار"],
        vec![
            line("رویداد", fa(&festival.name)),
            line("شب‌ها", count(festival.nights)),
            line("داوطلبان", count(festival.registered)),
            line("خادمیاران خدمت‌کرده", count(volunteers)),
            line("شیفت‌ها", count(shifts)),
            line("خدمت‌ها (نفر-شیفت)", count(assignments)),
            line("ساعت‌های خدمت", hours.into()),
            line("ساعت‌های بیرون از شیفت", in_hours(worklog_minutes).into()),
            line("جمع ساعت‌ها", total_hours.into()),
            line("بر پایهٔ", basis.into()),
            line("خدمت‌های نامعلوم (شمرده‌نشده)", count(festival.unknown)),
            line("همکاران", count(festival.partners)),
            line("کمک‌ها", count(festival.contributions)),
        ],
    )
}

fn volunteers(report: &ThankYou) -> Sheet {
    let rows = report.volunteers.iter().map(|thanks| {
        vec![
            thanks.code.as_str().into(),
            fa(&thanks.name),
            thanks.district.as_ref().map_or_else(empty, fa),
            thanks.centre.as_ref().map_or_else(empty, fa),
            count(thanks.nights),
            count(thanks.shifts),
            thanks.hours.into(),
            in_hours(thanks.worklog_minutes).into(),
            thanks.total_hours.into(),
            list(&thanks.venues),
            list(&thanks.specialties),
        ]
    });
    sheet(
        "خادمیاران",
        &[
            "کد",
            "نام",
            "منطقه",
            "کانون",
            "شب",
            "شیفت",
            "ساعت",
            "ساعت بیرون از شیفت",
            "جمع ساعت‌ها",
            "مکان‌ها",
            "عرصه‌ها",
        ],
        rows.collect(),
    )
}

fn districts(report: &ThankYou) -> Sheet {
    let rows = report.districts.iter().map(|thanks| {
        vec![
            thanks.code.as_str().into(),
            fa(&thanks.name),
            text(thanks.mayor.as_ref()),
            count(thanks.sent.volunteers),
            count(thanks.sent.assignments),
            thanks.sent.hours.into(),
            in_hours(thanks.sent.worklog_minutes).into(),
            thanks.sent.total_hours.into(),
            count(thanks.hosted.shifts),
            count(thanks.hosted.assignments),
            thanks.hosted.hours.into(),
            list(&thanks.venues),
            thanks.contributions.iter().map(in_words).collect::<Vec<_>>().join("؛ ").into(),
        ]
    });
    sheet(
        "مناطق",
        &[
            "کد",
            "منطقه",
            "شهردار",
            "خادمیاران اعزامی",
            "خدمت‌های اعزامیان",
            "ساعت‌های اعزامیان",
            "ساعت‌های اعزامیان بیرون از شیفت",
            "جمع ساعت‌های اعزامیان",
            "شیفت‌های میزبانی‌شده",
            "خدمت‌های میزبانی‌شده",
            "ساعت‌های میزبانی‌شده",
            "مکان‌ها",
            "کمک‌ها",
        ],
        rows.collect(),
    )
}

fn venues(report: &ThankYou) -> Sheet {
    let rows = report.venues.iter().map(|thanks| {
        vec![
            thanks.code.as_str().into(),
            fa(&thanks.name),
            list(&thanks.districts),
            count(thanks.effort.nights),
            count(thanks.effort.shifts),
            count(thanks.effort.volunteers),
            count(thanks.effort.assignments),
            thanks.effort.hours.into(),
            list(&thanks.specialties),
        ]
    });
    sheet(
        "مکان‌ها",
        &["کد", "مکان", "مناطق", "شب", "شیفت", "خادمیار", "خدمت", "ساعت", "عرصه‌ها"],
        rows.collect(),
    )
}

fn partners(report: &ThankYou) -> Sheet {
    let rows = report.partners.iter().flat_map(|partner| {
        let lines: Vec<Option<&ContributionThanks>> = if partner.contributions.is_empty() {
            vec![None]
        } else {
            partner.contributions.iter().map(Some).collect()
        };
        lines.into_iter().map(|given| partner_line(partner, given))
    });
    sheet(
        "همکاران",
        &["کد", "همکار", "مخاطب", "منطقه", "نوع کمک", "شرح", "مقدار", "واحد", "مکان", "خدمت‌ها", "ساعت‌ها"],
        rows.collect(),
    )
}

fn partner_line(partner: &PartnerThanks, given: Option<&ContributionThanks>) -> Vec<Cell> {
    let mut line = vec![
        partner.code.as_str().into(),
        fa(&partner.name),
        text(partner.contact.as_ref()),
        partner.district.as_ref().map_or_else(empty, fa),
    ];
    if let Some(given) = given {
        line.extend([
            kind_name(given.kind).into(),
            given.description.as_str().into(),
            given.amount.map_or_else(empty, Cell::Integer),
            text(given.unit.as_ref()),
            given.venue.as_ref().map_or_else(empty, fa),
            given.effort.map_or_else(empty, |effort| count(effort.assignments)),
            given.effort.map_or_else(empty, |effort| effort.hours.into()),
        ]);
    }
    line
}

/// «شهرداری منطقهٔ ۱: واگذاری باغ غدیر».
fn in_words(given: &ContributionThanks) -> String {
    format!("{}: {}", given.partner.fa, given.description)
}

fn sheet(title: &str, headings: &[&str], rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet {
        title: title.to_owned(),
        headings: headings.iter().map(|&heading| heading.to_owned()).collect(),
        rows,
    }
}

fn fa(name: &Name) -> Cell {
    name.fa.as_str().into()
}

fn text(text: Option<&Text>) -> Cell {
    text.map_or_else(empty, |text| text.as_str().into())
}

fn list(names: &[Name]) -> Cell {
    names.iter().map(|name| name.fa.as_str()).collect::<Vec<_>>().join("، ").into()
}

fn count(count: usize) -> Cell {
    Cell::Integer(count as i64)
}

fn empty() -> Cell {
    "".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use khademyar_domain::worklog::Credit;
    use khademyar_sheets::{Limits, read, to_csv, to_xlsx};

    #[test]
    fn each_table_reads_back_as_csv() {
        let report = ThankYou::count(&example::facts(12));
        for table in Table::ALL {
            let sheet = table.of(&report);
            let back = read(&to_csv(&sheet), &Limits::default()).unwrap();
            assert_eq!(back.headings, sheet.headings);
            assert_eq!(back.rows.len(), sheet.rows.len());
            assert!(sheet.rows.iter().all(|row| row.len() <= sheet.headings.len()));
        }
    }

    #[test]
    fn hours_of_the_volunteers_add_up_to_the_festivals() {
        let mut facts = example::facts(12);
        facts.credits = vec![Credit { volunteer_id: facts.volunteers[2].id, minutes: 90 }];
        let report = ThankYou::count(&facts);
        let hours = |row: &Vec<Cell>, column: usize| match row[column] {
            Cell::Decimal(hours) => hours,
            ref other => panic!("{other:?}"),
        };
        let volunteers = Table::Volunteers.of(&report);
        let sum = |column| volunteers.rows.iter().map(|row| hours(row, column)).sum::<f64>();
        let Effort { hours, total_hours, .. } = report.festival.effort;
        for (column, expected) in [(6, hours), (7, 1.5), (8, total_hours)] {
            assert!((sum(column) - expected).abs() < 0.1, "{}: {}", volunteers.headings[column], sum(column));
        }
    }

    #[test]
    fn all_tables_make_one_workbook() {
        let report = ThankYou::count(&example::facts(100));
        let sheets = Table::ALL.map(|table| table.of(&report));
        let first = read(&to_xlsx(&sheets).unwrap(), &Limits::default()).unwrap();
        assert_eq!(first.headings, ["شرح", "مقدار"]);
        assert_eq!(first.rows[2].cells, ["داوطلبان", "100"]);
    }

    #[test]
    fn a_partner_without_contributions_still_has_a_line() {
        let mut facts = example::facts(1);
        facts.contributions.clear();
        let rows = Table::Partners.of(&ThankYou::count(&facts)).rows;
        assert_eq!(rows.len(), facts.partners.len());
    }
}
