//! Measures our server and others. `run.sh` builds them and calls this.
//!
//! ```text
//! bench time    [--rounds 5] [--seconds 1.5] [--made 10000] [--rate 10000] [--servers a,b]
//!               [--threads 0] [--cores 0] [--out results]
//! bench count   [--tries 1] [--threads 0] [--servers a,b] [--routes a,b] [--out results]
//! bench check   --baseline baseline.txt [--tries 2] [--write]
//! bench many    --servers a,b [--from 1000] [--sessions 1000000] [--rate 10000] [--rounds 5] [--seconds 1.5]
//!               [--held] [--out results]
//! bench sweep   [--sessions 20000] [--rate 5000] [--rounds 5] [--seconds 3] [--out results]
//! bench stores  --servers a,b [--routes read,add] [--rounds 4] [--requests 5000] [--process PID] [--probe COMMAND]
//! bench profile --servers a --routes b [--threads 0]
//! ```

mod callgrind;
mod counted;
mod load;
mod machine;
mod many;
mod options;
mod plot;
mod process;
mod profile;
mod report;
mod servers;
mod stores;
mod sweep;
mod targets;
mod timed;
mod visitor;

use std::process::ExitCode;
use std::time::Duration;

use callgrind::Profile;
use counted::Baseline;
use options::Options;
use servers::{Route, SERVERS, Server};

/// Requests of the short run and of the long one whose difference is counted.
const FEW: u64 = 300;
const MANY: u64 = 1_300;

fn main() -> ExitCode {
    let options = Options::read(std::env::args().skip(1));
    let _folders = process::Folders;
    match options.command.as_str() {
        "time" => time(&options),
        "count" => count(&options),
        "check" => return check(&options),
        "many" => many(&options),
        "sweep" => sweep(&options),
        "stores" => stores(&options),
        "profile" => show_profile(&options),
        other => panic!("no command `{other}`; time, count, check, many, sweep, stores or profile"),
    }
    ExitCode::SUCCESS
}

fn time(options: &Options) {
    let plan = timed::Plan {
        servers: options.servers(SERVERS),
        rounds: options.number("rounds", 5),
        time: Duration::from_secs_f64(options.number("seconds", 1.5)),
        made: options.number("made", 10_000),
        rate: options.number("rate", 10_000.0),
        threads: options.number("threads", 0),
        cores: options.number("cores", process::SERVER_CORE.to_owned()),
    };
    let results = runtime().block_on(timed::run(&plan));
    let text = report::timed(&plan, &results);
    let cpu = |server: Server, route| results.median(server, route, |sample| sample.cpu);
    let title = "Processor time of the server for a request, in µs";
    let picture = plot::bars(title, &plan.servers, cpu);
    println!("{text}");
    options.keep("time.md", &text);
    options.keep("cpu.svg", &picture);
}

fn many(options: &Options) {
    let plan = many::Plan {
        from: options.number("from", 1_000),
        to: options.number("sessions", 1_000_000),
        turns: turns(options, 10_000.0, 1.5),
        held: options.has("held"),
    };
    let text = runtime().block_on(many::run(&options.servers(&[]), plan));
    println!("{text}");
    options.keep("many.md", &text);
}

fn sweep(options: &Options) {
    let plan = sweep::Plan {
        expired: options.number("sessions", 20_000),
        turns: turns(options, 5_000.0, 3.0),
    };
    let text = runtime().block_on(sweep::run(plan));
    println!("{text}");
    options.keep("sweep.md", &text);
}

fn stores(options: &Options) {
    let plan = stores::Plan {
        servers: options.servers(&[]),
        routes: options.routes(&[Route::Read, Route::Add]),
        rounds: options.number("rounds", 4),
        requests: options.number("requests", 5_000),
        process: options.given("process").map(|text| text.parse().expect("a process")),
        probe: options.given("probe").map(str::to_owned),
    };
    println!("{}", stores::run(&plan));
}

fn turns(options: &Options, rate: f64, seconds: f64) -> timed::Turns {
    timed::Turns {
        rounds: options.number("rounds", 5),
        time: Duration::from_secs_f64(options.number("seconds", seconds)),
        rate: options.number("rate", rate),
    }
}

/// The load's own, which keeps to one core.
fn runtime() -> tokio::runtime::Runtime {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.expect("a runtime")
}

fn count(options: &Options) {
    let plan = counting(options, SERVERS, &Route::ALL, 1);
    let counts = counted::run(&plan);
    let text = report::counted(&counts);
    println!("{text}");
    options.keep("count.md", &text);
    let figure = |server: Server, route: Route| {
        counts.get(&(server.name(), route.name())).map(|count| count.instructions / 1e3)
    };
    let title = "Thousands of instructions for a request";
    options.keep("instructions.svg", &plot::bars(title, &plan.servers, figure));
}

fn counting(
    options: &Options,
    servers: &[Server],
    routes: &[Route],
    tries: usize,
) -> counted::Plan {
    counted::Plan {
        servers: options.servers(servers),
        routes: options.routes(routes),
        few: FEW,
        many: MANY,
        tries: options.number("tries", tries),
        threads: options.number("threads", 0),
    }
}

/// The short mode: ours and two others, by instructions, against what they were.
fn check(options: &Options) -> ExitCode {
    /// The share by which a ratio may grow.
    const TOLERATED: f64 = 0.1;
    let named = |name| Server::named(name).expect("it is in the list");
    let servers = ["hyper-map", "axum-memory", "lunox-memory", "lunox-file"].map(named);
    let counts =
        counted::run(&counting(options, &servers, &[Route::Hello, Route::Read, Route::Add], 2));
    let baseline = options.path("baseline");
    println!("{}", report::counted(&counts));
    if options.has("write") {
        Baseline::of(&counts).write(&baseline);
        return ExitCode::SUCCESS;
    }
    let broken = Baseline::read(&baseline).broken_by(&counts, TOLERATED);
    for line in &broken {
        eprintln!("worse: {line}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show_profile(options: &Options) {
    for server in options.servers(&[]) {
        for route in options.routes(&Route::ALL) {
            let profile = Profile::of(server, route, FEW, MANY, options.number("threads", 0));
            println!("# {} {}\n{}", server.name(), route.name(), profile::text(&profile));
        }
    }
}
