//! Words that Rust keeps for itself.

/// What cannot be the name of a module, and two names that mean something as a file.
const RESERVED: [&str; 53] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "lib", "loop", "macro", "main", "match", "mod", "move", "mut", "override", "priv",
    "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Whether a name cannot be that of a module or a crate.
pub(crate) fn is_word_of_rust(name: &str) -> bool {
    RESERVED.contains(&name)
}
