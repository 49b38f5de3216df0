//! The numbers by which migrations are ordered.

use std::path::Path;

/// Where the migrations of an application are.
pub(super) const MIGRATIONS: &str = "database/migrations";

/// The names of the files of migrations that are there.
pub(super) fn files(base: &Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(base.join(MIGRATIONS)).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

/// The time of day as a number, and above all numbers that are there: two migrations of one second have an order.
pub(super) fn number(base: &Path, now: u64) -> u64 {
    let of_file = |file: String| file.split_once('_')?.0.parse::<u64>().ok();
    let highest = files(base).filter_map(of_file).max().unwrap_or(0);
    timestamp(now).max(highest + 1)
}

/// `20261127120000` for a time in seconds, in UTC.
fn timestamp(now: u64) -> u64 {
    // Days to a date of the Gregorian calendar, counted from March of the year 0 (Hinnant, `civil_from_days`).
    let days = now / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let seconds = now % 86_400;
    let date = year * 10_000 + month * 100 + day;
    date * 1_000_000 + seconds / 3600 * 10_000 + seconds / 60 % 60 * 100 + seconds % 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_a_date() {
        for (unix, date) in [
            (0, 19700101000000),
            (951_782_399, 20000228235959),
            (951_782_400, 20000229000000),
            (1_709_164_800, 20240229000000),
            (1_764_246_896, 20251127123456),
            (4_107_542_400, 21000301000000),
        ] {
            assert_eq!(timestamp(unix), date);
        }
    }
}
