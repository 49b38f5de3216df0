use super::*;

fn wrap(app: &Container, with: &'static str) {
    app.extend::<dyn Greet>(move |inner, _| Ok(Arc::new(Wrapped { inner, with })));
}

fn greeting(app: &Container) -> String {
    app.make::<dyn Greet>().unwrap().greet()
}

fn plain(app: &Container) {
    app.singleton::<dyn Greet>(|_| Ok(Arc::new(Plain("hi")) as Arc<dyn Greet>));
}

#[test]
fn extenders_run_in_order_also_when_registered_before_the_binding() {
    let app = Container::new();
    wrap(&app, "a");
    plain(&app);
    wrap(&app, "b");
    assert_eq!(greeting(&app), "b(a(hi))");
}

#[test]
fn extending_a_made_singleton_decorates_that_object() {
    let app = Container::new();
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    app.singleton::<dyn Greet>(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::new(Plain("hi")) as Arc<dyn Greet>)
    });
    wrap(&app, "a");
    assert_eq!(greeting(&app), "a(hi)");
    wrap(&app, "b");
    wrap(&app, "c");
    assert_eq!(greeting(&app), "c(b(a(hi)))");
    assert!(Arc::ptr_eq(&app.make::<dyn Greet>().unwrap(), &app.make::<dyn Greet>().unwrap()));
    assert_eq!(made.load(Ordering::SeqCst), 1);
}

#[test]
fn extenders_survive_a_new_binding_and_a_forgotten_object() {
    let app = Container::new();
    plain(&app);
    assert_eq!(greeting(&app), "hi");
    wrap(&app, "a");
    app.forget_instance::<dyn Greet>();
    assert_eq!(greeting(&app), "a(hi)");
    plain(&app);
    assert_eq!(greeting(&app), "a(hi)");
}

#[test]
fn an_instance_skips_earlier_extenders_and_takes_later_ones() {
    let app = Container::new();
    wrap(&app, "a");
    app.instance::<dyn Greet>(Arc::new(Plain("hi")) as Arc<dyn Greet>);
    assert_eq!(greeting(&app), "hi");
    wrap(&app, "b");
    assert_eq!(greeting(&app), "b(hi)");
    let made = app.make::<dyn Greet>().unwrap();
    assert!(Arc::ptr_eq(&made, &app.make_with(Params::new().with(1)).unwrap()));
}

#[test]
fn objects_made_with_parameters_are_extended() {
    let app = Container::new();
    plain(&app);
    wrap(&app, "a");
    assert_eq!(app.make_with::<dyn Greet>(Params::new().with(1)).unwrap().greet(), "a(hi)");
}

#[test]
fn extenders_can_make_what_they_need() {
    let app = Container::new();
    app.instance::<Counter>(Counter(40));
    app.bind::<usize>(|_| Ok(2));
    app.extend::<usize>(|number, app| Ok(Arc::new(*number + app.make::<Counter>()?.0)));
    assert_eq!(*app.make::<usize>().unwrap(), 42);
}

#[test]
fn a_decorated_alias_lives_as_long_as_its_target() {
    let app = Container::new();
    app.alias::<dyn Greet, Plain>(|plain| plain);
    wrap(&app, "a");
    let same = |app: &Resolver<'_>| {
        let (one, two) = (app.make::<dyn Greet>().unwrap(), app.make::<dyn Greet>().unwrap());
        assert_eq!(one.greet(), "a(x)");
        Arc::ptr_eq(&one, &two)
    };
    let scope = app.scope();
    app.bind::<Plain>(|_| Ok(Plain("x")));
    assert!(!same(&app.in_scope(&scope)));
    app.singleton::<Plain>(|_| Ok(Plain("x")));
    assert!(same(&app.in_scope(&scope)));
    app.scoped::<Plain>(|_| Ok(Plain("x")));
    assert!(same(&app.in_scope(&scope)));
    let other = app.scope();
    let (one, two) = (app.make_in::<dyn Greet>(&scope), app.make_in::<dyn Greet>(&other));
    assert!(!Arc::ptr_eq(&one.unwrap(), &two.unwrap()));
    app.instance::<Plain>(Plain("y"));
    assert_eq!(greeting(&app), "a(y)");
    wrap(&app, "b");
    assert_eq!(greeting(&app), "b(a(y))");
}

#[test]
fn a_tag_hands_out_its_members_in_order_and_twice_if_tagged_twice() {
    let app = Container::new();
    app.singleton::<Plain>(|_| Ok(Plain("plain")));
    app.bind::<Wrapped>(|app| Ok(Wrapped { inner: app.make::<Plain>()?, with: "w" }));
    app.tag::<dyn Greet, Plain>("greetings", |plain| plain);
    app.tag::<dyn Greet, Wrapped>("greetings", |wrapped| wrapped);
    app.tag::<dyn Greet, Plain>("greetings", |plain| plain);
    let tagged = app.tagged::<dyn Greet>("greetings");
    let words: Vec<_> = tagged.iter().map(|greet| greet.unwrap().greet()).collect();
    assert_eq!(words, ["plain", "w(plain)", "plain"]);
    assert!(app.tagged::<dyn Greet>("others").is_empty());
    assert!(app.tagged::<Counter>("greetings").is_empty());
}

#[test]
fn what_is_tagged_is_made_while_it_is_iterated_over() {
    let app = Container::new();
    let tagged = app.tagged::<dyn Greet>("greetings");
    app.singleton::<Plain>(|_| Ok(Plain("plain")));
    app.bind::<Wrapped>(|_| Err::<Wrapped, _>("broken".into()));
    app.tag::<dyn Greet, Plain>("greetings", |plain| plain);
    app.tag::<dyn Greet, Wrapped>("greetings", |wrapped| wrapped);
    assert_eq!((tagged.len(), tagged.is_empty()), (2, false));
    assert_eq!(tagged.iter().next().unwrap().unwrap().greet(), "plain");
    // One that cannot be made does not keep the others away, and it is tried anew.
    assert!(tagged.iter().nth(1).unwrap().is_err());
    app.bind::<Wrapped>(|app| Ok(Wrapped { inner: app.make::<Plain>()?, with: "w" }));
    let words: Vec<_> = (&tagged).into_iter().map(|greet| greet.unwrap().greet()).collect();
    assert_eq!(words, ["plain", "w(plain)"]);
}
