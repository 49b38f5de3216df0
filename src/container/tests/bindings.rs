use super::*;

#[test]
fn bind_makes_a_new_object_at_every_make() {
    let app = Container::new();
    app.bind::<Counter>(counting());
    assert_eq!((number(&app), number(&app)), (1, 2));
}

#[test]
fn a_singleton_is_made_once_and_only_when_asked_for() {
    let app = Container::new();
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    app.singleton::<Counter>(move |_| Ok(Counter(count.fetch_add(1, Ordering::SeqCst))));
    assert_eq!(made.load(Ordering::SeqCst), 0);
    assert!(Arc::ptr_eq(&app.make::<Counter>().unwrap(), &app.make::<Counter>().unwrap()));
    assert_eq!(made.load(Ordering::SeqCst), 1);
}

#[test]
fn an_instance_is_handed_out_as_it_is() {
    let app = Container::new();
    let given = Arc::new(Counter(7));
    app.instance::<Counter>(given.clone());
    assert!(Arc::ptr_eq(&app.make().unwrap(), &given));
    app.instance::<Counter>(Counter(8));
    assert_eq!(number(&app), 8);
}

#[test]
fn binding_again_forgets_the_object() {
    let app = Container::new();
    app.singleton::<Counter>(|_| Ok(Counter(1)));
    assert_eq!(number(&app), 1);
    app.singleton::<Counter>(|_| Ok(Counter(2)));
    assert_eq!(number(&app), 2);
}

#[test]
fn bind_if_leaves_a_binding_alone() {
    let app = Container::new();
    app.singleton_if::<Counter>(|_| Ok(Counter(1)));
    app.bind_if::<Counter>(|_| Ok(Counter(2)));
    app.singleton_if::<Counter>(|_| Ok(Counter(3)));
    assert_eq!(number(&app), 1);
}

#[test]
fn a_factory_gives_an_object_an_arc_or_a_box() {
    let app = Container::new();
    app.bind::<dyn Greet>(|_| Ok(Arc::new(Plain("arc")) as Arc<dyn Greet>));
    assert_eq!(app.make::<dyn Greet>().unwrap().greet(), "arc");
    app.bind::<dyn Greet>(|_| Ok(Box::new(Plain("box")) as Box<dyn Greet>));
    assert_eq!(app.make::<dyn Greet>().unwrap().greet(), "box");
    app.bind::<Counter>(|_| Ok(Arc::new(Counter(1))));
    assert_eq!(number(&app), 1);
    app.bind::<str>(|_| Ok(Arc::from("text")));
    assert_eq!(&*app.make::<str>().unwrap(), "text");
}

#[test]
fn factories_make_what_they_need() {
    struct Page(Arc<dyn Greet>, Arc<Counter>);
    let app = Container::new();
    app.bind::<Page>(|app| Ok(Page(app.make()?, app.make()?)));
    app.singleton::<Plain>(|_| Ok(Plain("hello")));
    app.alias::<dyn Greet, Plain>(|plain| plain);
    app.instance::<Counter>(Counter(3));
    let page = app.make::<Page>().unwrap();
    assert_eq!((page.0.greet(), page.1.0), ("hello".to_owned(), 3));
}

#[test]
fn an_alias_is_the_same_object_and_follows_the_target() {
    let app = Container::new();
    app.alias::<dyn Greet, Plain>(|plain| plain);
    app.singleton::<Plain>(|_| Ok(Plain("one")));
    let (trait_object, object) = (app.make::<dyn Greet>().unwrap(), app.make::<Plain>().unwrap());
    assert_eq!(Arc::as_ptr(&trait_object).addr(), Arc::as_ptr(&object).addr());
    app.instance::<Plain>(Plain("two"));
    assert_eq!(app.make::<dyn Greet>().unwrap().greet(), "two");
}

#[test]
fn parameters_make_a_singleton_anew_and_are_not_kept() {
    let app = Container::new();
    app.singleton::<Counter>(|app| Ok(Counter(app.params().get().copied().unwrap_or(1))));
    assert_eq!(app.make_with::<Counter>(Params::new().with(5_usize)).unwrap().0, 5);
    assert_eq!(number(&app), 1);
    assert_eq!(app.make_with::<Counter>(Params::new().with(6_usize)).unwrap().0, 6);
    assert_eq!(number(&app), 1);
    let first = app.make::<Counter>().unwrap();
    assert!(Arc::ptr_eq(&first, &app.make_with(Params::new()).unwrap()));
}

#[test]
fn parameters_are_found_by_type_and_by_name() {
    let params = Params::new().with(1_u8).with(2_u8).named("to", "ann").named("from", "bob");
    assert_eq!(params.get::<u8>(), Some(&2));
    assert_eq!(params.get_named::<&str>("to"), Some(&"ann"));
    assert_eq!(params.get::<&str>(), None);
    assert_eq!(params.get_named::<u8>("to"), None);
}

#[test]
fn parameters_go_through_an_alias_and_not_to_what_the_factory_needs() {
    struct Outer(Arc<Counter>, String);
    let app = Container::new();
    app.bind::<Counter>(|app| Ok(Counter(app.params().get().copied().unwrap_or(0))));
    app.bind::<Outer>(|app| Ok(Outer(app.make()?, app.param::<&str>()?.to_string())));
    let outer = app.make_with::<Outer>(Params::new().with("x").with(9_usize)).unwrap();
    assert_eq!((outer.0.0, outer.1.as_str()), (0, "x"));

    struct Other(Arc<Counter>);
    app.alias::<Other, Counter>(|counter| Arc::new(Other(counter)));
    assert_eq!(app.make_with::<Other>(Params::new().with(9_usize)).unwrap().0.0, 9);
}

#[test]
fn forgetting_makes_a_singleton_anew_and_unbinds_an_instance() {
    let app = Container::new();
    app.singleton::<Counter>(counting());
    assert_eq!((number(&app), number(&app)), (1, 1));
    app.forget_instance::<Counter>();
    assert_eq!(number(&app), 2);
    app.instance::<Counter>(Counter(9));
    app.forget_instance::<Counter>();
    assert!(!app.bound::<Counter>());
}

#[test]
fn bound_tells_bindings_from_mere_extenders() {
    let app = Container::new();
    assert!(!app.bound::<dyn Greet>());
    app.extend::<dyn Greet>(|greet, _| Ok(greet));
    assert!(!app.bound::<dyn Greet>());
    app.alias::<dyn Greet, Plain>(|plain| plain);
    assert!(app.bound::<dyn Greet>());
    assert!(!app.bound::<Plain>());
}

#[test]
fn a_clone_is_the_same_container() {
    let app = Container::new();
    app.clone().instance::<Counter>(Counter(4));
    assert_eq!(number(&app), 4);
}

#[test]
fn an_object_that_calls_the_container_when_dropped_blocks_nothing() {
    struct Late(Container);
    impl Drop for Late {
        fn drop(&mut self) {
            self.0.instance::<Counter>(Counter(11));
        }
    }
    let app = Container::new();
    app.instance::<Late>(Late(app.clone()));
    app.forget_instance::<Late>();
    assert_eq!(number(&app), 11);
}
