use super::*;

fn named(app: &Container, name: &str) -> usize {
    app.make_named::<Counter>(name).unwrap().0
}

#[test]
fn a_type_has_as_many_objects_as_it_has_names() {
    let app = Container::new();
    app.instance::<Counter>(Counter(0));
    app.instance_named::<Counter>("a", Counter(1));
    app.singleton_named::<Counter>("b", counting());
    app.bind_named::<Counter>("c", counting());
    assert_eq!((number(&app), named(&app, "a")), (0, 1));
    assert_eq!((named(&app, "b"), named(&app, "b")), (1, 1));
    assert_eq!((named(&app, "c"), named(&app, "c")), (1, 2));
    assert!(app.bound_named::<Counter>("a"));
    assert!(!app.bound_named::<Counter>("d") && !app.bound_named::<Plain>("a"));
}

#[test]
fn an_alias_stands_for_a_name_or_for_the_type_itself() {
    let app = Container::new();
    app.instance::<Counter>(Counter(0));
    app.instance_named::<Counter>("a", Counter(1));
    app.alias_named::<Counter>("b", "a");
    app.alias_named::<Counter>("c", "b");
    app.alias_named::<Counter>("counter", None);
    assert_eq!((named(&app, "c"), named(&app, "counter")), (1, 0));
    app.extend_named::<Counter>("c", |counter, _| Ok(Arc::new(Counter(counter.0 + 10))));
    assert_eq!((named(&app, "a"), named(&app, "counter")), (11, 0));
}

#[test]
fn binding_a_name_ends_its_alias() {
    let app = Container::new();
    app.instance_named::<Counter>("a", Counter(1));
    app.alias_named::<Counter>("b", "a");
    app.instance_named::<Counter>("b", Counter(2));
    assert_eq!((named(&app, "a"), named(&app, "b")), (1, 2));
    app.alias_named::<Counter>("b", "a");
    app.bind_named::<Counter>("b", |_| Ok(Counter(3)));
    assert_eq!((named(&app, "a"), named(&app, "b")), (1, 3));
}

#[test]
fn an_alias_of_itself_is_an_error() {
    let app = Container::new();
    app.alias_named::<Counter>("a", "b");
    app.alias_named::<Counter>("b", "a");
    app.alias_named::<Counter>("start", "a");
    assert!(!app.bound_named::<Counter>("a"));
    let error = app.make_named::<Counter>("start").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Counter` named `a` needs itself: \
         `Counter` named `a` -> `Counter` named `b` -> `Counter` named `a`"
    );
}
