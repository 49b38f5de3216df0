//! `session:stats`: how many sessions, how large, how old.

use clap::Args;

use super::{Output, text};
use crate::console::failure::Failure;
use crate::console::style::Style;
use crate::session::{Bin, SessionManager, Spread};

#[derive(Args)]
pub(in crate::console) struct StatsArgs {
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn handle(
    manager: &SessionManager,
    args: &StatsArgs,
    out: &Output,
) -> Result<(), Failure> {
    let stats = manager.stats().await?;
    if args.json {
        out.line(serde_json::to_string_pretty(&stats)?);
        return Ok(());
    }
    let style = out.style();
    let line = |name: &str, value: &str| {
        out.line(format_args!("  {} {value}", style.dim(&format!("{name:<10}"))));
    };
    line("living", &text::count(stats.living));
    line("expired", &text::count(stats.expired));
    if stats.unreadable > 0 {
        let what = "damaged, or sealed or written in another way";
        line("unreadable", &format!("{} ({what})", text::count(stats.unreadable)));
    }
    line("size", &text::bytes(stats.bytes));
    let group = |title: &str, spread: &Option<Spread>, say: fn(u64) -> String, words: [&str; 2]| {
        if let Some(spread) = spread {
            let ends = style.dim(&ends(spread, say, words));
            out.line(format_args!("\n  {} {ends}", style.heading(title)));
            bars(&spread.histogram, say, style).iter().for_each(|bar| out.line(bar));
        }
    };
    group("Size", &stats.sizes, text::bytes, ["smallest", "largest"]);
    group("Age", &stats.ages, text::duration, ["youngest", "oldest"]);
    Ok(())
}

fn ends(spread: &Spread, say: fn(u64) -> String, [low, high]: [&str; 2]) -> String {
    format!(
        "{low} {}, median {}, 99 % up to {}, {high} {}",
        say(spread.smallest),
        say(spread.median),
        say(spread.p99),
        say(spread.largest)
    )
}

/// A bar for each range, the longest as wide as there is room.
fn bars(bins: &[Bin], say: fn(u64) -> String, style: Style) -> Vec<String> {
    let label = |bin: &Bin| match bin.below {
        Some(below) => format!("below {}", say(below)),
        None => format!("{} and up", say(bin.from)),
    };
    let labels: Vec<String> = bins.iter().map(label).collect();
    let counts: Vec<String> = bins.iter().map(|bin| text::count(bin.count)).collect();
    let width = |texts: &[String]| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let (labelled, counted) = (width(&labels), width(&counts));
    let room = style.width.unwrap_or(80).min(100).saturating_sub(labelled + counted + 6).max(8);
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1);
    let line = |((bin, label), count): ((&Bin, &String), &String)| {
        let bar = match bar(bin.count, most, room, style.colours) {
            bar if bar.is_empty() => bar,
            bar => style.command(&bar),
        };
        format!("  {label:>labelled$}  {count:>counted$} {bar}").trim_end().to_owned()
    };
    bins.iter().zip(&labels).zip(&counts).map(line).collect()
}

/// In eighths of a column where the terminal can show them. What is not zero is never invisible.
fn bar(count: u64, most: u64, room: usize, blocks: bool) -> String {
    let parts = if blocks { 8 } else { 1 };
    let full = room as u64 * parts;
    let length =
        u64::try_from(u128::from(count) * u128::from(full) / u128::from(most)).unwrap_or(full);
    let length = if count > 0 { length.max(1) } else { 0 };
    if !blocks {
        return "#".repeat(length as usize);
    }
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    "█".repeat((length / 8) as usize) + EIGHTHS[(length % 8) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fit_the_width_and_no_count_is_invisible() {
        for count in 0..=1_000 {
            let (blocks, plain) = (bar(count, 1_000, 20, true), bar(count, 1_000, 20, false));
            assert!(blocks.chars().count() <= 20 && plain.len() <= 20, "{count}");
            assert_eq!((blocks.is_empty(), plain.is_empty()), (count == 0, count == 0), "{count}");
        }
        assert_eq!(bar(1_000, 1_000, 5, true), "█████");
        assert_eq!(bar(500, 1_000, 5, true), "██▌");
        assert_eq!(bar(500, 1_000, 5, false), "##");
        assert_eq!(bar(u64::MAX, u64::MAX, 5, false), "#####");
    }
}
