//! Running a server under callgrind, and what callgrind found.
//!
//! A server is run twice, with few requests and with many. The difference holds neither its start nor whatever is done
//! but once. Instructions of the processor in user space are counted; what the kernel does is not.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::process::{Folders, Running};
use crate::servers::{Route, Server};
use crate::visitor::Visitor;

/// What a function took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Instructions of its own.
    pub own: f64,
    /// Instructions of its own and of all that it called. Counted twice where it called itself.
    pub inclusive: f64,
    /// How often it was called.
    pub calls: f64,
}

/// What callgrind found, in one run or for one request.
#[derive(Debug, Default)]
pub struct Profile {
    /// All instructions.
    pub instructions: f64,
    /// Each function by its name.
    pub functions: HashMap<String, Cost>,
    /// Instructions by the file and line that they were written in, wherever they were inlined into.
    pub lines: HashMap<(String, u32), f64>,
    /// Calls by caller and called.
    pub edges: HashMap<(String, String), Edge>,
    /// How often memory was asked for.
    pub allocations: f64,
}

/// The calls of a function by another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Edge {
    /// How many.
    pub calls: f64,
    /// Instructions of the called function and all that it called.
    pub inclusive: f64,
}

const ALLOCATING: [&str; 5] = ["malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign"];

impl Profile {
    /// What one request costs.
    ///
    /// # Panics
    /// When the server does not run, or answers wrongly.
    pub fn of(server: Server, route: Route, few: u64, many: u64, threads: usize) -> Self {
        let before = Self::run(server, route, few, threads);
        let after = Self::run(server, route, many, threads);
        after.minus(&before).per((many - few) as f64)
    }

    fn run(server: Server, route: Route, requests: u64, threads: usize) -> Self {
        let out = Folders::path().join(format!("{}-{requests}.callgrind", server.name()));
        let option = format!("--callgrind-out-file={}", out.display());
        let running =
            Running::start(server, &["valgrind", "--quiet", "--tool=callgrind", &option], threads);
        let mut connection = running.connect();
        let mut visitor = Visitor::default();
        connection.ask(&mut visitor, Route::Make);
        for _ in 0..requests {
            connection.ask(&mut visitor, route);
        }
        running.stop();
        let profile = Self::parse(&out);
        let _ = fs::remove_file(&out);
        profile
    }

    fn parse(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| {
            panic!("callgrind left nothing at {}: {error}", path.display())
        });
        Parser::default().parse(&text)
    }

    fn minus(mut self, other: &Self) -> Self {
        self.instructions -= other.instructions;
        self.allocations -= other.allocations;
        for (name, before) in &other.functions {
            let cost = self.functions.entry(name.clone()).or_default();
            cost.own -= before.own;
            cost.inclusive -= before.inclusive;
            cost.calls -= before.calls;
        }
        for (edge, before) in &other.edges {
            let edge = self.edges.entry(edge.clone()).or_default();
            edge.calls -= before.calls;
            edge.inclusive -= before.inclusive;
        }
        for (line, before) in &other.lines {
            *self.lines.entry(line.clone()).or_default() -= before;
        }
        self
    }

    fn per(mut self, requests: f64) -> Self {
        self.instructions /= requests;
        self.allocations /= requests;
        self.lines.values_mut().for_each(|cost| *cost /= requests);
        for edge in self.edges.values_mut() {
            edge.calls /= requests;
            edge.inclusive /= requests;
        }
        for cost in self.functions.values_mut() {
            cost.own /= requests;
            cost.inclusive /= requests;
            cost.calls /= requests;
        }
        self
    }
}

/// Names are written once, with a number that stands for them from then on.
#[derive(Default)]
struct Names<'t>(HashMap<&'t str, &'t str>);

impl<'t> Names<'t> {
    fn resolve(&mut self, text: &'t str) -> &'t str {
        let (number, name) = text.split_once(") ").unwrap_or((text.trim_end_matches(')'), ""));
        if name.is_empty() {
            return self.0.get(number).copied().unwrap_or_default();
        }
        self.0.insert(number, name);
        name
    }
}

/// What begins a line that names the file of what follows.
const FILE: [&str; 3] = ["fl=", "fi=", "fe="];
const CALLED_FILE: [&str; 2] = ["cfi=", "cfl="];

/// Reads callgrind's format: lines of cost below the function that they belong to, positions relative to the one before.
#[derive(Default)]
struct Parser<'t> {
    functions: Names<'t>,
    files: Names<'t>,
    file: &'t str,
    line: u32,
    current: &'t str,
    called: &'t str,
    /// The next line of cost is what a call took.
    in_call: bool,
    profile: Profile,
}

impl<'t> Parser<'t> {
    fn parse(mut self, text: &'t str) -> Profile {
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("fn=") {
                self.current = self.functions.resolve(name);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                self.called = self.functions.resolve(name);
            } else if let Some(name) = FILE.iter().find_map(|key| line.strip_prefix(key)) {
                self.file = self.files.resolve(name);
            } else if let Some(name) = CALLED_FILE.iter().find_map(|key| line.strip_prefix(key)) {
                self.files.resolve(name);
            } else if let Some(calls) = line.strip_prefix("calls=") {
                self.call(calls);
            } else if let Some(total) = line.strip_prefix("totals:") {
                self.profile.instructions = number(total.trim());
            } else if line
                .starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first))
            {
                self.cost(line);
            }
        }
        self.profile
    }

    fn call(&mut self, calls: &str) {
        let count = number(calls.split(' ').next().unwrap_or_default());
        self.profile.functions.entry(self.called.to_owned()).or_default().calls += count;
        self.edge().calls += count;
        if ALLOCATING.contains(&self.called) && !ALLOCATING.contains(&self.current) {
            self.profile.allocations += count;
        }
        self.in_call = true;
    }

    fn edge(&mut self) -> &mut Edge {
        let edge = (self.current.to_owned(), self.called.to_owned());
        self.profile.edges.entry(edge).or_default()
    }

    fn cost(&mut self, line: &str) {
        let (position, cost) = line.split_once(' ').unwrap_or((line, ""));
        self.line = match position.split_at(1) {
            ("+", by) => self.line + number(by) as u32,
            ("-", by) => self.line - number(by) as u32,
            ("*", _) => self.line,
            _ => number(position) as u32,
        };
        let cost = number(cost);
        let function = self.profile.functions.entry(self.current.to_owned()).or_default();
        function.inclusive += cost;
        if std::mem::take(&mut self.in_call) {
            self.edge().inclusive += cost;
        } else {
            function.own += cost;
            *self.profile.lines.entry((self.file.to_owned(), self.line)).or_default() += cost;
        }
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_belong_to_the_function_above_them_and_calls_to_both() {
        let text =
            "fn=(1) main\n10 5\ncfn=(2) malloc\ncalls=3 0\n+1 30\nfn=(2)\n7 30\ntotals: 35\n";
        let profile = Parser::default().parse(text);
        assert_eq!(profile.instructions, 35.0);
        assert_eq!(profile.allocations, 3.0);
        assert_eq!(profile.functions["main"], Cost { own: 5.0, inclusive: 35.0, calls: 0.0 });
        assert_eq!(profile.functions["malloc"], Cost { own: 30.0, inclusive: 30.0, calls: 3.0 });
    }
}
