//! Builds again when there is a new migration: the program contains them.

fn main() {
    println!("cargo::rerun-if-changed=database/migrations");
}
