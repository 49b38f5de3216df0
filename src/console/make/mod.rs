//! `make:*`: writes a file, the `mod` line that finds it and the line that registers it.
//!
//! The edits are of text, as a person would make them: [`source`] tells code from comments and strings, and
//! [`edit`] holds one function for each place. A [`Plan`] collects everything before the first byte is written,
//! so that a refusal leaves the project as it was.

mod auth;
mod edit;
#[cfg(feature = "database")]
mod migration;
mod name;
mod number;
mod plan;
mod source;

use std::path::Path;

use clap::Args;

use super::Output;
use super::failure::Failure;
pub(super) use auth::{AuthArgs, auth};
#[cfg(feature = "database")]
pub(super) use migration::{MigrationArgs, migration, session_table};
use name::Name;
use plan::Plan;

const CONTROLLERS: &str = "app/http/controllers";
const MIDDLEWARE: &str = "app/http/middleware";
const PROVIDERS: &str = "app/providers";
#[cfg(feature = "validation")]
const REQUESTS: &str = "app/http/requests";
const COMMANDS: &str = "app/console";

#[derive(Args)]
pub(super) struct NameArgs {
    /// The name of the type, below a folder if you like: PhotoImport, admin/PhotoImport
    name: String,
    /// Replaces the file if it is there
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
pub(super) struct ControllerArgs {
    #[command(flatten)]
    name: NameArgs,
    /// With the seven actions of a resource
    #[arg(long, conflicts_with = "invokable")]
    resource: bool,
    /// With a single action, `handle`
    #[arg(long)]
    invokable: bool,
}

/// How a module's type is reached from outside its folder.
#[derive(Clone, Copy)]
enum Reach {
    /// `pub mod photo_controller;`
    Module,
    /// `mod app_service_provider;` and `pub use app_service_provider::AppServiceProvider;`
    Reexport,
}

pub(super) fn controller(base: &Path, args: &ControllerArgs, out: &Output) -> Result<(), Failure> {
    let stub = match args {
        ControllerArgs { resource: true, .. } => {
            include_str!("../stubs/resource_controller.rs.stub")
        }
        ControllerArgs { invokable: true, .. } => {
            include_str!("../stubs/invokable_controller.rs.stub")
        }
        _ => include_str!("../stubs/controller.rs.stub"),
    };
    let name = Name::parse(&args.name.name)?;
    let mut plan = Plan::new(base)?;
    let path = module(&mut plan, CONTROLLERS, &name, Reach::Module, stub, &args.name)?;
    plan.write(out)?;
    let of = &name.type_name;
    let plural = name.plural();
    out.line("  A route in routes/web.rs makes it answer:");
    out.line(format_args!("    use {path}::{of};"));
    out.line(if args.resource {
        format!("    route.resource(\"{plural}\", resource!({of}));")
    } else if args.invokable {
        format!("    route.get(\"/{plural}\", {of}::handle);")
    } else {
        format!("    route.get(\"/{plural}\", {of}::index);")
    });
    Ok(())
}

pub(super) fn middleware(base: &Path, args: &NameArgs, out: &Output) -> Result<(), Failure> {
    let name = Name::parse(&args.name)?;
    let mut plan = Plan::new(base)?;
    let stub = include_str!("../stubs/middleware.rs.stub");
    let path = module(&mut plan, MIDDLEWARE, &name, Reach::Module, stub, args)?;
    let alias = name.alias();
    let of = name.type_name.as_str();
    plan.edit(
        "app/http/kernel.rs",
        |text| Some(edit::add_use(&edit::add_alias(text, &alias, of)?, &path, of)),
        &format!("call middleware.alias(\"{alias}\", {path}::{of}) where the others are named"),
    )?;
    plan.write(out)?;
    out.line(format_args!("  Routes name it: route.get(...).middleware(\"{alias}\");"));
    Ok(())
}

pub(super) fn provider(base: &Path, args: &NameArgs, out: &Output) -> Result<(), Failure> {
    let name = Name::parse(&args.name)?;
    let mut plan = Plan::new(base)?;
    let stub = include_str!("../stubs/provider.rs.stub");
    let path = module(&mut plan, PROVIDERS, &name, Reach::Reexport, stub, args)?;
    let of = name.type_name.as_str();
    plan.edit(
        "config/app.rs",
        |text| {
            // Routes come last: what they use has to be there.
            let text = edit::add_element(text, "providers!", of, Some("RouteServiceProvider"))?;
            Some(edit::add_use(&text, &path, of))
        },
        &format!("add {path}::{of} to the list `providers![...]`"),
    )?;
    plan.write(out)
}

pub(super) fn command(base: &Path, args: &NameArgs, out: &Output) -> Result<(), Failure> {
    let name = Name::parse(&args.name)?;
    let mut plan = Plan::new(base)?;
    let stub = include_str!("../stubs/command.rs.stub");
    let path = module(&mut plan, COMMANDS, &name, Reach::Module, stub, args)?;
    let path = path.trim_start_matches("crate::console::");
    let element = format!("{path}::{}", name.type_name);
    plan.edit(
        &format!("{COMMANDS}/mod.rs"),
        |text| edit::add_element(text, "commands!", &element, None),
        &format!("add {element} to the list `commands![...]`"),
    )?;
    plan.write(out)?;
    out.line(format_args!("  Run it: cargo artisan {}", name.command()));
    Ok(())
}

#[cfg(feature = "validation")]
pub(super) fn request(base: &Path, args: &NameArgs, out: &Output) -> Result<(), Failure> {
    let name = Name::parse(&args.name)?;
    let mut plan = Plan::new(base)?;
    let stub = include_str!("../stubs/request.rs.stub");
    let path = module(&mut plan, REQUESTS, &name, Reach::Module, stub, args)?;
    // A new project has no folder for them.
    plan.edit_module("app/http", |text| edit::add_module(text, "requests", true))?;
    plan.edit(
        "Cargo.toml",
        |text| text.contains("garde").then(|| text.to_owned()),
        "add garde = { version = \"0.23\", features = [\"derive\"] } to [dependencies]",
    )?;
    plan.write(out)?;
    let of = &name.type_name;
    out.line("  An action checks it:");
    out.line(format_args!("    use {path}::{of};"));
    out.line(format_args!("    let form: {of} = req.validate().await?;"));
    Ok(())
}

/// Plans the file of a new type and the `mod` lines of its folders; returns the path at which it is reached.
fn module(
    plan: &mut Plan,
    root: &str,
    name: &Name,
    reach: Reach,
    stub: &str,
    args: &NameArgs,
) -> Result<String, Failure> {
    let mut folder = root.to_owned();
    // Folders are modules below that of `root`, which is `crate::` and the folders below `app/`.
    let mut path = format!("crate::{}", root.trim_start_matches("app/").replace('/', "::"));
    let file = name.folders.iter().fold(root.to_owned(), |path, part| format!("{path}/{part}"));
    plan.create(&format!("{file}/{}.rs", name.module), name.fill(stub), args.force)?;
    for part in &name.folders {
        plan.edit_module(&folder, |text| edit::add_module(text, part, true))?;
        folder = format!("{folder}/{part}");
        path = format!("{path}::{part}");
    }
    match reach {
        Reach::Module => {
            plan.edit_module(&folder, |text| edit::add_module(text, &name.module, true))?;
            Ok(format!("{path}::{}", name.module))
        }
        Reach::Reexport => {
            plan.edit_module(&folder, |text| {
                let text = edit::add_module(text, &name.module, false);
                edit::add_reexport(&text, &name.module, &name.type_name)
            })?;
            Ok(path)
        }
    }
}

#[cfg(all(test, feature = "installer"))]
mod tests;
