//! `make:controller`, `make:middleware`, `make:provider`, `make:command`.
//!
//! Each writes the file, the `mod` line, and the registration. A file that is there is never replaced without
//! `--force`.

use std::path::Path;

use super::Output;
use super::project::{self, Edit, Name};
use super::run::Failure;

/// What most generators take.
#[derive(clap::Args)]
pub(super) struct MakeArgs {
    /// The type's name: `PhotoController`; folders before it: `admin/PhotoController`
    name: String,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

/// What `make:controller` takes.
#[derive(clap::Args)]
pub(super) struct ControllerArgs {
    #[command(flatten)]
    common: MakeArgs,
    /// With the seven actions of a resource
    #[arg(long, conflicts_with = "invokable")]
    resource: bool,
    /// With one action
    #[arg(long)]
    invokable: bool,
}

pub(super) fn controller(args: &ControllerArgs, base: &Path, out: &Output) -> Result<(), Failure> {
    let name = Name::parse(&args.common.name)?;
    let stub = if args.resource {
        include_str!("../stubs/resource_controller.rs.stub")
    } else if args.invokable {
        include_str!("../stubs/invokable_controller.rs.stub")
    } else {
        include_str!("../stubs/controller.rs.stub")
    };
    let folder = base.join("app/http/controllers");
    let path = project::write_type(&folder, &name, stub, args.common.force)?;
    project::declare(&folder, &name, "pub mod")?;
    wrote(base, &path, out);
    let module = name.module_path("crate::http::controllers");
    let example = match (args.resource, args.invokable) {
        (true, _) => {
            let plural = format!("{}s", name.stem("Controller"));
            format!("route.resource(\"{plural}\", resource!({}));", name.type_name)
        }
        (_, true) => format!("route.get(\"/\", {}::handle);", name.type_name),
        _ => format!("route.get(\"/\", {}::index);", name.type_name),
    };
    out.line(format_args!("  routes/web.rs: use {module}::{}; {example}", name.type_name));
    Ok(())
}

pub(super) fn middleware(args: &MakeArgs, base: &Path, out: &Output) -> Result<(), Failure> {
    let name = Name::parse(&args.name)?;
    let folder = base.join("app/http/middleware");
    let stub = include_str!("../stubs/middleware.rs.stub");
    let path = project::write_type(&folder, &name, stub, args.force)?;
    project::declare(&folder, &name, "pub mod")?;
    wrote(base, &path, out);
    let alias = name.file.replace('_', "-");
    Edit::open(&base.join("app/http/kernel.rs"))?
        .add_use(&format!(
            "use {}::{};",
            name.module_path("crate::http::middleware"),
            name.type_name
        ))
        .add_statement(
            "pub fn middleware(",
            &format!("middleware.alias(\"{alias}\", {});", name.type_name),
        )?
        .save()?;
    out.line(format_args!("  app/http/kernel.rs names it `{alias}`"));
    Ok(())
}

pub(super) fn provider(args: &MakeArgs, base: &Path, out: &Output) -> Result<(), Failure> {
    let name = Name::parse(&args.name)?.flat()?;
    let folder = base.join("app/providers");
    let stub = include_str!("../stubs/provider.rs.stub");
    let path = project::write_type(&folder, &name, stub, args.force)?;
    project::declare(&folder, &name, "mod")?;
    Edit::open(&folder.join("mod.rs"))?
        .add_line_after("pub use ", &format!("pub use {}::{};", name.file, name.type_name))
        .save()?;
    wrote(base, &path, out);
    Edit::open(&base.join("config/app.rs"))?
        .add_use(&format!("use crate::providers::{};", name.type_name))
        .add_to_list("providers![", &name.type_name, Some("RouteServiceProvider"))?
        .save()?;
    out.line("  config/app.rs lists it");
    Ok(())
}

pub(super) fn command(args: &MakeArgs, base: &Path, out: &Output) -> Result<(), Failure> {
    let name = Name::parse(&args.name)?.flat()?;
    let folder = base.join("app/console");
    let stub = include_str!("../stubs/command.rs.stub")
        .replace("{{ command }}", &name.file.replace('_', ":"));
    let path = project::write_type(&folder, &name, &stub, args.force)?;
    project::declare(&folder, &name, "mod")?;
    Edit::open(&folder.join("mod.rs"))?
        .add_to_list("commands![", &format!("{}::{}", name.file, name.type_name), None)?
        .save()?;
    wrote(base, &path, out);
    out.line("  app/console/mod.rs lists it");
    Ok(())
}

fn wrote(base: &Path, path: &Path, out: &Output) {
    let shown = path.strip_prefix(base).unwrap_or(path);
    out.success(format_args!("{} written", shown.display()));
}
