// A name that two imports with `*` bring: the cure is to import it by name.

mod helpers {
    pub fn config(_key: &str) -> u16 {
        25
    }
}

use helpers::*;
use lunox::prelude::*;

fn main() {
    let port: u16 = config("mail.port");
    println!("{port}");
}
