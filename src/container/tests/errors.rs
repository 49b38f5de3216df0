use std::error::Error;

use super::*;

struct Mailer;
struct Newsletter;
struct SignupController;

fn newsletter() -> Container {
    let app = Container::new();
    app.bind::<SignupController>(|app| {
        app.make::<Newsletter>()?;
        Ok(SignupController)
    });
    app.singleton::<Newsletter>(|app| {
        app.make::<Mailer>()?;
        Ok(Newsletter)
    });
    app
}

fn failure<T: Send + Sync + 'static>(app: &Container) -> ContainerError {
    app.make::<T>().err().unwrap()
}

#[test]
fn what_is_not_bound_is_named_with_those_who_need_it() {
    let error = failure::<SignupController>(&newsletter());
    assert_eq!(
        error.to_string(),
        "`Mailer` is not bound (needed by `Newsletter` <- `SignupController`); \
         bind it in a service provider's register()"
    );
    assert_eq!(error.kind(), ContainerErrorKind::NotBound);
    assert!(error.type_name().ends_with("::Mailer"));
    assert_eq!(error.needed_by().count(), 2);
    assert!(error.source().is_none());
    assert_eq!(
        failure::<Mailer>(&newsletter()).to_string(),
        "`Mailer` is not bound; bind it in a service provider's register()"
    );
}

#[test]
fn a_missing_name_is_answered_with_the_bound_ones() {
    let app = Container::new();
    app.instance_named::<Counter>("visits", Counter(0));
    app.instance_named::<Counter>("clicks", Counter(0));
    assert_eq!(
        app.make_named::<Counter>("vists").unwrap_err().to_string(),
        "`Counter` named `vists` is not bound; its bound names are `clicks`, `visits`"
    );
}

#[test]
fn a_factorys_own_error_is_the_source() {
    let app = newsletter();
    app.bind::<Mailer>(|_| Err::<Mailer, _>(std::fmt::Error.into()));
    let error = failure::<SignupController>(&app);
    assert_eq!(
        error.to_string(),
        "`Mailer` could not be made (needed by `Newsletter` <- `SignupController`)"
    );
    assert!(error.source().unwrap().is::<std::fmt::Error>());
    assert_eq!(
        format!("{error:?}"),
        format!("{error}: an error occurred when formatting an argument")
    );
}

#[test]
fn a_failed_singleton_is_tried_again() {
    let app = newsletter();
    failure::<Newsletter>(&app);
    app.instance::<Mailer>(Mailer);
    assert!(app.make::<Newsletter>().is_ok());
}

#[test]
fn a_panicking_factory_leaves_the_container_usable() {
    let app = Container::new();
    let calls = AtomicUsize::new(0);
    app.singleton::<Counter>(move |_| {
        assert!(calls.fetch_add(1, Ordering::SeqCst) > 0, "the first call panics");
        Ok(Counter(1))
    });
    let first = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| app.make::<Counter>()));
    assert!(first.is_err());
    assert_eq!(number(&app), 1);
}

#[test]
fn a_cycle_is_shown() {
    let app = newsletter();
    app.singleton::<Mailer>(|app| {
        app.make::<Newsletter>()?;
        Ok(Mailer)
    });
    let error = failure::<SignupController>(&app);
    assert_eq!(
        error.to_string(),
        "`Newsletter` needs itself: `Newsletter` -> `Mailer` -> `Newsletter`"
    );
    assert_eq!(error.kind(), ContainerErrorKind::Cycle);
}

#[test]
fn a_cycle_through_a_captured_container_is_seen() {
    let app = Container::new();
    let captured = app.clone();
    app.singleton::<Mailer>(move |_| {
        captured.make::<Mailer>()?;
        Ok(Mailer)
    });
    assert_eq!(failure::<Mailer>(&app).to_string(), "`Mailer` needs itself: `Mailer` -> `Mailer`");
    app.forget_instance::<Mailer>();
    app.instance::<Mailer>(Mailer);
}

#[test]
fn aliases_of_each_other_are_a_cycle_also_when_decorated() {
    let app = Container::new();
    app.alias::<Mailer, Newsletter>(|_| Arc::new(Mailer));
    app.alias::<Newsletter, Mailer>(|_| Arc::new(Newsletter));
    app.extend::<Mailer>(|mailer, _| Ok(mailer));
    assert_eq!(
        failure::<Mailer>(&app).to_string(),
        "`Mailer` needs itself: `Mailer` -> `Newsletter` -> `Mailer`"
    );
}

#[test]
fn an_extender_that_makes_what_it_extends_is_a_cycle() {
    let app = Container::new();
    app.instance::<Mailer>(Mailer);
    app.extend::<Mailer>(|_, app| Ok(app.make::<Mailer>()?));
    assert_eq!(failure::<Mailer>(&app).to_string(), "`Mailer` needs itself: `Mailer` -> `Mailer`");
}

#[test]
fn a_missing_parameter_is_named() {
    let app = Container::new();
    app.bind::<Mailer>(|app| {
        app.param::<std::time::Duration>()?;
        Ok(Mailer)
    });
    let error = failure::<Mailer>(&app);
    assert_eq!(
        error.to_string(),
        "`Mailer` needs a parameter of type `Duration`; make it with make_with()"
    );
    assert_eq!(error.kind(), ContainerErrorKind::MissingParameter);
    app.bind::<Mailer>(|app| {
        app.param_named::<u8>("port")?;
        Ok(Mailer)
    });
    assert_eq!(
        app.make_with::<Mailer>(Params::new().with(1_u8)).err().unwrap().to_string(),
        "`Mailer` needs a parameter of type `u8` named `port`; make it with make_with()"
    );
}
