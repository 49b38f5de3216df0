use std::net::IpAddr;

use super::*;

fn env(value: &str) -> Env {
    Env::from_pairs([("A", value)])
}

/// The problem that `line` of this file reports.
fn problem(line: u32, what: &str) -> String {
    let cure = "correct A in the environment, or unset it to use the default";
    format!("src/config/getters/tests.rs:{line}: {what}\n     cure: {cure}")
}

#[track_caller]
fn assert_problem(env: &Env, expected: &str) {
    let problems = env.problems();
    let problems: Vec<_> = problems.problems().iter().map(ToString::to_string).collect();
    assert_eq!(problems, [expected]);
}

#[test]
fn unset_variables_give_the_default_and_no_problem() {
    for env in [Env::empty(), env("null"), env("(null)")] {
        assert_eq!(env.string("A", "x"), "x");
        assert_eq!(env.list("A", &["x", "y"]), ["x", "y"]);
        assert_eq!(env.optional("A"), None);
        assert!(env.bool("A", true));
        assert_eq!(env.integer("A", 7_u16), 7);
        assert_eq!(env.path("A", "a/b"), PathBuf::from("a/b"));
        assert_eq!(env.one_of("A", &["x"], "x"), "x");
        assert!(env.problems().into_result().is_ok());
    }
}

#[test]
fn null_is_a_name_where_a_name_is_asked_for() {
    for (value, expected) in [("null", "null"), ("NULL", "null"), ("(null)", "x"), ("y", "y")] {
        assert_eq!(env(value).name("A", "x"), expected, "{value}");
    }
    assert_eq!(Env::empty().name("A", "x"), "x");
}

#[test]
fn an_empty_text_is_a_text_and_no_typed_value() {
    for env in [env(""), env("empty")] {
        assert_eq!(env.string("A", "x"), "");
        assert!(env.list("A", &["x"]).is_empty());
        assert_eq!(env.optional("A"), None);
        assert!(env.secret("A").is_none());
        assert!(env.bool("A", true));
        assert_eq!(env.integer("A", 7), 7);
        assert_eq!(env.minutes("A", 2), Duration::from_secs(120));
        assert_eq!(env.path("A", "p"), PathBuf::from("p"));
        assert!(env.problems().into_result().is_ok());
    }
}

#[test]
fn switches_have_several_words() {
    for (text, expected) in [
        ("true", true),
        ("(TRUE)", true),
        ("1", true),
        ("On", true),
        ("yes", true),
        ("false", false),
        ("(false)", false),
        ("0", false),
        ("off", false),
        ("No", false),
    ] {
        assert_eq!(env(text).bool("A", !expected), expected, "{text}");
    }
}

#[test]
fn values_are_parsed() {
    assert_eq!(env("-3").integer::<i8>("A", 0), -3);
    assert_eq!(env("90").seconds("A", 0), Duration::from_secs(90));
    assert_eq!(env("90").minutes("A", 0), Duration::from_secs(5400));
    assert_eq!(env(" a, b ,,c").list("A", &[]), ["a", "b", "c"]);
    let local: IpAddr = [127, 0, 0, 1].into();
    assert_eq!(env("127.0.0.1").parse("A", IpAddr::from([0, 0, 0, 0])), local);
    assert_eq!(env("b").one_of("A", &["a", "b"], "a"), "b");
    assert_eq!(env("x").secret("A").unwrap().expose(), "x");
}

#[test]
fn a_value_that_does_not_parse_gives_the_default_and_a_problem() {
    let env = env("abc");
    let anywhere = IpAddr::from([0, 0, 0, 0]);
    let line = line!();
    assert!(env.bool("A", true));
    assert_eq!(env.integer("A", 7_u16), 7);
    assert_eq!(env.minutes("A", 2), Duration::from_secs(120));
    assert_eq!(env.seconds("A", 2), Duration::from_secs(2));
    assert_eq!(env.parse("A", anywhere), anywhere);
    assert_eq!(env.one_of("A", &["x", "y"], "x"), "x");
    let expected = [
        "A=`abc` (the environment) is not `true` or `false`",
        "A=`abc` (the environment) is not a number of type `u16`",
        "A=`abc` (the environment) is not a whole number of minutes",
        "A=`abc` (the environment) is not a whole number of seconds",
        "A=`abc` (the environment) is not a valid `IpAddr`: invalid IP address syntax",
        "A=`abc` (the environment) is not one of: x, y",
    ];
    let expected: Vec<_> =
        (line + 1..).zip(expected).map(|(line, what)| problem(line, what)).collect();
    let problems = env.problems();
    let problems: Vec<_> = problems.problems().iter().map(ToString::to_string).collect();
    assert_eq!(problems, expected);
}

#[test]
fn a_number_of_minutes_that_overflows_is_a_problem() {
    let env = env("18446744073709551615");
    assert_eq!(env.minutes("A", 1), Duration::from_secs(60));
    assert_eq!(env.problems().problems().len(), 1);
}

#[test]
fn a_problem_names_the_line_of_the_file_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "# sessions\nLUNOX_TEST_LIFETIME=abc\n").unwrap();
    let (env, line) = (Env::load(folder.path()), line!() + 1);
    env.minutes("LUNOX_TEST_LIFETIME", 120);
    assert_problem(
        &env,
        &format!(
            "src/config/getters/tests.rs:{line}: LUNOX_TEST_LIFETIME=`abc` (.env line 2) is not \
             a whole number of minutes\n     \
             cure: correct .env line 2, or remove it to use the default"
        ),
    );
}

#[test]
fn a_problem_never_shows_a_secret() {
    let env = Env::from_pairs([("TOKEN_TTL", "s3cret"), ("REDIS_URL", "redis://:s3cret@host")]);
    env.minutes("TOKEN_TTL", 1);
    #[derive(Debug)]
    struct Picky;
    impl FromStr for Picky {
        type Err = String;
        fn from_str(text: &str) -> Result<Self, String> {
            Err(format!("cannot read {text}"))
        }
    }
    env.parse("REDIS_URL", Picky);
    let text = env.problems().to_string();
    assert!(!text.contains("s3cret"), "{text}");
    assert!(text.contains("TOKEN_TTL (the environment) is not a whole number of minutes"));
    assert!(text.contains("REDIS_URL (the environment) is not a valid `Picky`\n"));
}

#[test]
fn a_key_that_is_none_says_how_one_is_made() {
    let env = Env::from_pairs([("APP_KEY", "s3cret"), ("APP_PREVIOUS_KEYS", "base64:s3cret,b")]);
    env.parse_optional::<crate::encryption::AppKey>("APP_KEY");
    env.parse_list::<crate::encryption::AppKey>("APP_PREVIOUS_KEYS");
    let text = env.problems().to_string();
    assert!(!text.contains("s3cret"), "{text}");
    assert_eq!(text.matches("`cargo artisan key:generate` makes one").count(), 2, "{text}");
}

#[test]
fn app_env_names_the_environment_and_unset_is_production() {
    assert!(Env::empty().environment().is_production());
    assert!(Env::empty().with("APP_ENV", "local").environment().is_local());
    assert!(Env::empty().with("APP_ENV", "testing").environment().is_testing());
    let staging = Env::empty().with("APP_ENV", "staging").environment();
    assert_eq!(staging, Environment::Other("staging".to_owned()));
    assert_eq!(staging.to_string(), "staging");
}
