//! Where a request's instructions go, as text.

use std::collections::HashMap;
use std::fmt::Write;

use crate::callgrind::Profile;

/// What is less than this share of a request is left out.
const SHARE: f64 = 0.003;

/// The profile of a request: functions by their own cost and by that of all they called, files, and calls.
pub fn text(profile: &Profile) -> String {
    let total = profile.instructions;
    let mut text =
        format!("{total:.0} instructions, {:.1} allocations a request\n", profile.allocations);
    let functions = || profile.functions.iter();
    let rows = functions().map(|(name, cost)| (cost.own, cost.calls, name.clone())).collect();
    section(&mut text, "own instructions", total, rows);
    let rows = functions().map(|(name, cost)| (cost.inclusive, cost.calls, name.clone())).collect();
    section(&mut text, "with all that was called", total, rows);
    let mut files = HashMap::<&str, f64>::new();
    for ((file, _), cost) in &profile.lines {
        *files.entry(file).or_default() += cost;
    }
    let rows = files.into_iter().map(|(file, cost)| (cost, 0.0, short(file).to_owned())).collect();
    section(&mut text, "by the file it was written in", total, rows);
    let lines = profile.lines.iter();
    let rows = lines.map(|((file, line), cost)| (*cost, 0.0, format!("{}:{line}", short(file))));
    section(&mut text, "by line", total, rows.collect());
    let calls = profile.edges.iter();
    let rows =
        calls.map(|((from, to), edge)| (edge.inclusive, edge.calls, format!("{from} -> {to}")));
    section(&mut text, "calls", total, rows.collect());
    text
}

fn section(text: &mut String, title: &str, total: f64, mut rows: Vec<(f64, f64, String)>) {
    let _ = writeln!(text, "\n{title}");
    rows.retain(|(cost, ..)| *cost > total * SHARE);
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (cost, calls, name) in rows {
        let share = 100.0 * cost / total;
        let name: String = name.chars().take(200).collect();
        let _ = writeln!(text, "{cost:9.0} {share:5.1} % {calls:7.2}x  {name}");
    }
}

/// A path from its crate or library on.
fn short(path: &str) -> &str {
    let after = |mark: &str| path.split_once(mark).map(|(_, rest)| rest);
    let registry = after("/registry/src/").and_then(|rest| rest.split_once('/'));
    registry.map(|(_, rest)| rest).or_else(|| after("/library/")).unwrap_or(path)
}
