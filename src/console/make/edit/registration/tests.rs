use super::*;

fn add_provider(text: &str, name: &str) -> Option<String> {
    add_element(text, "providers!", name, Some("RouteServiceProvider"))
}

#[test]
fn a_provider_stands_before_the_routes() {
    let text = "providers: providers![\n    App,\n    // Last.\n    RouteServiceProvider,\n],\n";
    assert_eq!(
        add_provider(text, "Blog").as_deref(),
        Some(
            "providers: providers![\n    App,\n    Blog,\n    // Last.\n    RouteServiceProvider,\n],\n"
        )
    );
    let one_line = "providers![App, RouteServiceProvider]";
    let added = add_provider(one_line, "Blog");
    assert_eq!(added.as_deref(), Some("providers![App, Blog, RouteServiceProvider]"));
    let first = add_provider("providers![RouteServiceProvider]", "Blog");
    assert_eq!(first.as_deref(), Some("providers![Blog, RouteServiceProvider]"));
}

#[test]
fn a_provider_is_last_otherwise_with_a_comma_behind_the_one_before() {
    for (text, wanted) in [
        ("providers![]", "providers![Blog]"),
        ("providers![A]", "providers![A, Blog]"),
        ("providers![A, B,]", "providers![A, B, Blog]"),
        ("providers![\n    A\n]", "providers![\n    A,\n    Blog,\n]"),
        ("providers![\n    A, // one\n]", "providers![\n    A, // one\n    Blog,\n]"),
        ("providers![\n    A // one\n]", "providers![\n    A, // one\n    Blog,\n]"),
        ("lunox::providers! [ A::new(1, 2) ]", "lunox::providers! [ A::new(1, 2), Blog ]"),
    ] {
        assert_eq!(add_provider(text, "Blog").as_deref(), Some(wanted));
    }
}

#[test]
fn a_provider_that_is_there_is_not_added_again() {
    for text in [
        "providers![Blog]",
        "providers![A, crate::providers::Blog, C]",
        "providers![Blog::new(1)]",
        "providers![Blog { per_page: 5 },]",
    ] {
        assert_eq!(add_provider(text, "Blog").as_deref(), Some(text));
    }
}

#[test]
fn a_list_in_a_comment_or_a_string_is_none() {
    assert_eq!(add_provider("// providers![A]\n", "Blog"), None);
    let text = "// providers![Blog]\nlet a = \"providers![\"; providers![A]";
    let added = add_provider(text, "Blog").expect("the list in the code");
    assert!(added.ends_with("; providers![A, Blog]"), "{added}");
    assert_eq!(add_provider("my_providers![A]", "Blog"), None);
}

const KERNEL: &str = "pub fn middleware(registry: &mut MiddlewareRegistry) {\n    registry.group(\"api\", [] as [&str; 0]);\n}\n";

#[test]
fn a_middleware_is_named_at_the_end_of_its_function() {
    let one = add_alias(KERNEL, "auth", "Auth").expect("a function");
    assert!(
        one.ends_with(
            "[&str; 0]);\n\n    // Names for single routes: route.get(...).middleware(\"name\").\n    \
             registry.alias(\"auth\", Auth);\n}\n"
        ),
        "{one}"
    );
    let two = add_alias(&one, "log", "Log").expect("a function");
    assert!(
        two.ends_with("registry.alias(\"auth\", Auth);\n    registry.alias(\"log\", Log);\n}\n"),
        "{two}"
    );
    assert_eq!(add_alias(&two, "auth", "Auth").as_deref(), Some(two.as_str()));
    assert_eq!(add_alias("fn middleware() {}", "auth", "Auth"), None);
}

#[test]
fn an_empty_function_gets_its_first_line() {
    let head = "fn middleware(m: &mut MiddlewareRegistry) {";
    assert_eq!(
        add_alias(&format!("{head}}}\n"), "auth", "Auth"),
        Some(format!("{head}\n    m.alias(\"auth\", Auth);\n}}\n"))
    );
    assert_eq!(
        add_alias(&format!("{head}\n    // None yet.\n}}\n"), "auth", "Auth"),
        Some(format!("{head}\n    // None yet.\n    m.alias(\"auth\", Auth);\n}}\n"))
    );
}

#[test]
fn commands_of_two_folders_may_have_the_same_name() {
    let text = "commands![reports::send::Send]";
    let added = add_element(text, "commands!", "mail::send::Send", None);
    assert_eq!(added.as_deref(), Some("commands![reports::send::Send, mail::send::Send]"));
    assert_eq!(add_element(text, "commands!", "reports::send::Send", None).as_deref(), Some(text));
}
