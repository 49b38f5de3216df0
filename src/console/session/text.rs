//! Numbers as people read them.

use cookie::time::OffsetDateTime;
use indicatif::HumanCount;

/// `12 s`, `14 min`, `3 h 5 min`, `2 d 4 h`.
pub(super) fn duration(seconds: u64) -> String {
    let two = |large: u64, unit: &str, small: u64, lesser: &str| match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {lesser}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// `312 B`, `1.5 KiB`, `20 MiB`.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    let text = format!("{size:.1}");
    format!("{} {}", text.strip_suffix(".0").unwrap_or(&text), UNITS[unit])
}

/// `1,234,567`.
pub(super) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// `1 session`, `2 sessions`.
pub(super) fn sessions(number: u64) -> String {
    format!("{} {}", count(number), if number == 1 { "session" } else { "sessions" })
}

/// `2026-11-23 12:04:40 UTC`.
pub(super) fn moment(unix: u64) -> String {
    let moment = i64::try_from(unix).ok().and_then(|unix| {
        let moment = OffsetDateTime::from_unix_timestamp(unix).ok()?;
        let (date, month) = (moment.date(), u8::from(moment.month()));
        let (hour, minute, second) = moment.to_hms();
        Some(format!(
            "{:04}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC",
            date.year(),
            date.day()
        ))
    });
    moment.unwrap_or_else(|| "never".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_say_them() {
        let durations = [0, 59, 60, 3_599, 3_600, 11_100, 86_400, 100 * 86_400 + 3_600];
        assert_eq!(
            durations.map(duration),
            ["0 s", "59 s", "1 min", "59 min", "1 h", "3 h 5 min", "1 d", "100 d 1 h"]
        );
        let sizes = [0, 1_023, 1_024, 1_536, (1 << 20) - 1, 1 << 20, u64::MAX];
        assert_eq!(
            sizes.map(bytes),
            ["0 B", "1023 B", "1 KiB", "1.5 KiB", "1 MiB", "1 MiB", "16777216 TiB"]
        );
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(moment(1_800_000_000), "2027-01-15 08:00:00 UTC");
        assert_eq!(moment(u64::MAX), "never");
    }
}
