//! Isfahan: its fifteen districts, and how long the ways between them take.
//!
//! Places and numbers of inhabitants are near the truth; priorities follow need, and the mayors are invented.

use khademyar_domain::{Stored, district::District, district::TravelMinutes};

use crate::{Maker, text};

/// What the city is like where a district is.
pub(crate) struct Area {
    pub(crate) north: f64,
    pub(crate) east: f64,
    /// In thousands.
    pub(crate) inhabitants: u32,
    pub(crate) priority: i32,
    mayor: &'static str,
}

const fn area(north: f64, east: f64, inhabitants: u32, priority: i32, mayor: &'static str) -> Area {
    Area { north, east, inhabitants, priority, mayor }
}

/// Districts 1 to 15, in order.
pub(crate) const AREAS: [Area; 15] = [
    area(32.655, 51.655, 79, 1, "مهندس سعید گلکار"),
    area(32.675, 51.628, 69, 2, "دکتر مرتضی نیک‌اندیش"),
    area(32.662, 51.688, 111, 1, "مهندس حمیدرضا صفاری"),
    area(32.667, 51.722, 134, 1, "دکتر احسان بهرامیان"),
    area(32.612, 51.652, 160, 1, "مهندس علی‌اصغر رهنما"),
    area(32.622, 51.692, 112, 1, "دکتر بهزاد کوهستانی"),
    area(32.700, 51.695, 167, 2, "مهندس محسن کاشفی"),
    area(32.708, 51.645, 239, 2, "دکتر داوود مهرورز"),
    area(32.640, 51.615, 75, 2, "مهندس پیمان جوادیان"),
    area(32.690, 51.727, 211, 4, "دکتر عباس خوش‌نیت"),
    area(32.687, 51.600, 59, 3, "مهندس رسول فرهمند"),
    area(32.722, 51.620, 138, 3, "دکتر ایمان سپهری"),
    area(32.605, 51.615, 131, 2, "مهندس نادر طلوعی"),
    area(32.718, 51.718, 165, 5, "دکتر یوسف امیدوار"),
    area(32.675, 51.770, 115, 4, "مهندس کمال زارع‌پیشه"),
];

/// Kilometres of one degree, north and east, in Isfahan.
const KILOMETRES: (f64, f64) = (111.0, 93.5);

pub(crate) fn districts(maker: &mut Maker) -> Vec<Stored<District>> {
    let mut districts = Vec::with_capacity(AREAS.len());
    for (k, area) in AREAS.iter().enumerate() {
        let number = k + 1;
        districts.push(maker.stored(District {
            code: crate::code(&format!("district-{number}")),
            name: crate::name(&format!("منطقهٔ {number}"), &format!("District {number}")),
            priority: area.priority,
            mayor: Some(text(area.mayor)),
        }));
    }
    districts
}

/// Minutes by car along the streets, which run more or less north and east.
pub(crate) fn travel_minutes(districts: &[Stored<District>]) -> TravelMinutes {
    let minutes = |a: &Area, b: &Area| {
        let kilometres = (a.north - b.north).abs() * KILOMETRES.0 + (a.east - b.east).abs() * KILOMETRES.1;
        (8.0 + 2.3 * kilometres).round() as i32
    };
    TravelMinutes {
        districts: districts.iter().map(|district| district.id).collect(),
        minutes: AREAS.iter().map(|a| AREAS.iter().map(|b| minutes(a, b)).collect()).collect(),
    }
}
