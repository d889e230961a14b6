//! Score and bound over time, drawn as SVG.

use std::fmt::Write;

use khademyar_scheduling::Score;

use super::contest::Entry;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
/// Room for figures at the left and below, and elsewhere.
const LEFT: f64 = 90.0;
const BELOW: f64 = 40.0;
const ROOM: f64 = 24.0;
/// Where the axis of time, which is logarithmic, begins.
const FIRST: f64 = 0.05;
/// Costs further above the best than this are drawn at the upper edge.
const WORST: f64 = 1.5;
const COLOURS: [&str; 6] = ["#0b6e4f", "#c1440e", "#2a4b9b", "#8b5e00", "#7a3b8f", "#555555"];

/// One chart: the cost of plans (lines) and bounds (dashed) of each contestant. Plans that lack more essential people than the
/// best one are not on its scale and are left out.
pub(crate) fn draw(title: &str, seconds: f64, entries: &[Entry]) -> String {
    let scores = || entries.iter().flat_map(|entry| &entry.course.0);
    let essential = scores().filter_map(|point| point.score).map(|score| score.essential).min().unwrap_or(0);
    let on_scale = |score: Option<Score>| score.filter(|score| score.essential == essential).map(|s| s.cost);
    let costs = || scores().filter_map(|point| on_scale(point.score));
    let best = costs().min().unwrap_or(1) as f64;
    let low = scores().filter_map(|point| on_scale(point.bound)).filter(|&cost| cost as f64 > best * 0.8);
    let low = low.min().map_or(best * 0.95, |cost| cost as f64);
    let high = (costs().max().unwrap_or(1) as f64).min(best * WORST).max(low + 1.0);
    let x = |at: f64| {
        let share = (at.max(FIRST) / FIRST).ln() / (seconds.max(1.0) / FIRST).ln();
        LEFT + share.min(1.0) * (WIDTH - LEFT - ROOM)
    };
    let y = |cost: f64| {
        let share = ((cost - low) / (high - low)).clamp(0.0, 1.0);
        HEIGHT - BELOW - share * (HEIGHT - BELOW - ROOM)
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"16\">{title}: cost at essential {essential}; dashed: no plan is below</text>\n"
    );
    let mut line = |text: String| {
        svg.push_str(&text);
        svg.push('\n');
    };
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let cost = low + share * (high - low);
        let (at, right) = (y(cost), WIDTH - ROOM);
        line(format!("<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#ddd\"/>"));
        line(format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{cost:.0}</text>",
            LEFT - 6.0,
            at + 4.0
        ));
    }
    for moment in [0.1, 1.0, 10.0, 60.0, 600.0].into_iter().filter(|&moment| moment <= seconds) {
        let below = HEIGHT - BELOW + 18.0;
        line(format!("<text x=\"{:.1}\" y=\"{below}\" text-anchor=\"middle\">{moment} s</text>", x(moment)));
    }
    for (i, entry) in entries.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        for (is_bound, dashes) in [(false, ""), (true, " stroke-dasharray=\"5 4\"")] {
            let points = entry.course.0.iter().filter_map(|point| {
                let told = if is_bound { point.bound } else { point.score };
                Some((point.seconds, on_scale(told)? as f64))
            });
            let mut path = String::new();
            for (at, cost) in points {
                // Steps: what was true stays true until it is better.
                let (x, y) = (x(at), y(cost));
                let _ = if path.is_empty() {
                    write!(path, "M{x:.1} {y:.1}")
                } else {
                    write!(path, "H{x:.1}V{y:.1}")
                };
            }
            if !path.is_empty() {
                line(format!(
                    "<path d=\"{path}H{:.1}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"{dashes}/>",
                    x(seconds)
                ));
            }
        }
        let at = ROOM + 16.0 * (i + 1) as f64;
        let right = WIDTH - ROOM;
        line(format!(
            "<text x=\"{right}\" y=\"{at}\" text-anchor=\"end\" fill=\"{colour}\">{}</text>",
            entry.name
        ));
    }
    svg.push_str("</svg>\n");
    svg
}
