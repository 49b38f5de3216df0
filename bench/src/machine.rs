//! What the figures were measured on.

use std::fs;
use std::process::Command;

/// One line on the machine and its tools.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or(0.0, |kib| kib / 1024.0 / 1024.0);
    let kernel = said("uname", &["-sr"]);
    // What a distributor adds to the version tells nothing.
    let kernel = kernel.split('-').next().unwrap_or_default();
    let compiler = said("rustc", &["--version"]);
    let compiler = compiler.split(" (").next().unwrap_or_default();
    format!("{processor}, {cores} cores, {memory:.0} GiB, {kernel}, {compiler}")
}

/// The day, as the clock of this machine has it.
pub fn day() -> String {
    said("date", &["+%Y-%m-%d"])
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|_| format!("no {program}"))
}
