//! What was measured, as a picture: a panel for each route, a bar for each server.

use std::fmt::Write;

use crate::servers::{Route, Server};

const WIDTH: f64 = 960.0;
const LABELS: f64 = 330.0;
const BAR: f64 = 15.0;
const STEP: f64 = 20.0;
const HEAD: f64 = 34.0;
const GAP: f64 = 14.0;

/// Draws one figure of every server, in SVG. Bars are as long as the panel's longest but for outliers, whose bars end
/// in an arrow, with the figure beside it: one slow store must not make all others look alike.
pub fn bars(
    title: &str,
    servers: &[Server],
    figure: impl Fn(Server, Route) -> Option<f64>,
) -> String {
    let panel = HEAD + STEP * servers.len() as f64 + GAP;
    let height = 40.0 + panel * Route::ALL.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"bold\">{}</text>\n",
        escape(title)
    );
    for (index, route) in Route::ALL.into_iter().enumerate() {
        let top = 40.0 + panel * index as f64;
        let figures: Vec<_> =
            servers.iter().map(|server| (*server, figure(*server, route))).collect();
        draw_panel(&mut svg, top, route, &figures);
    }
    svg + "</svg>\n"
}

fn draw_panel(svg: &mut String, top: f64, route: Route, figures: &[(Server, Option<f64>)]) {
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"{:.0}\" font-weight=\"bold\">{}</text>",
        top + 22.0,
        escape(route.title())
    );
    let mut known: Vec<f64> = figures.iter().filter_map(|(_, figure)| *figure).collect();
    known.sort_by(f64::total_cmp);
    let Some(most) = known.last() else { return };
    let longest = most.min(4.0 * known[known.len() / 2]);
    for (row, (server, figure)) in figures.iter().enumerate() {
        let Some(figure) = figure else { continue };
        let y = top + HEAD + STEP * row as f64;
        let length = (figure / longest).min(1.0) * (WIDTH - LABELS - 90.0);
        let colour = if server.framework == "lunox" { "#4457c8" } else { "#b9bec9" };
        let beyond = if *figure > longest { " ▸" } else { "" };
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS:.0}\" y=\"{y:.0}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.0}\">{figure:.1}{beyond}</text>",
            LABELS - 8.0,
            y + 12.0,
            escape(&server.title.replace("**", "")),
            LABELS + length + 6.0,
            y + 12.0,
        );
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::SERVERS;

    #[test]
    fn every_server_has_a_bar_in_every_panel_and_outliers_do_not_flatten_the_others() {
        let slow = SERVERS.len() - 1;
        let figure = |server: Server, _| {
            let place = SERVERS.iter().position(|other| *other == server);
            Some(if place == Some(slow) { 1_000.0 } else { 10.0 })
        };
        let svg = bars("CPU & more", SERVERS, figure);
        assert_eq!(svg.matches("<rect").count(), 1 + SERVERS.len() * Route::ALL.len());
        assert_eq!(svg.matches('▸').count(), Route::ALL.len());
        assert!(svg.contains("CPU &amp; more"));
        // A quarter of the panel.
        assert!(svg.contains("width=\"135.0\""), "{svg}");
    }
}
