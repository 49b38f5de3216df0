use super::*;

struct Tenant(Arc<Counter>);

fn scoped() -> Container {
    let app = Container::new();
    app.scoped::<Counter>(counting());
    app
}

#[test]
fn a_scoped_object_is_made_once_per_scope() {
    let app = scoped();
    let (one, two) = (app.scope(), app.scope());
    let first = app.make_in::<Counter>(&one).unwrap();
    assert!(Arc::ptr_eq(&first, &app.make_in(&one).unwrap()));
    assert_eq!(app.make_in::<Counter>(&two).unwrap().0, 2);
    assert_eq!(first.0, 1);
}

#[test]
fn what_a_factory_makes_comes_from_the_same_scope() {
    let app = scoped();
    app.bind::<Tenant>(|app| Ok(Tenant(app.make()?)));
    let scope = app.scope();
    let tenant = app.make_in::<Tenant>(&scope).unwrap();
    assert!(Arc::ptr_eq(&tenant.0, &app.make_in(&scope).unwrap()));
}

#[test]
fn without_a_scope_a_scoped_object_is_an_error() {
    let error = scoped().make::<Counter>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Counter` is scoped and there is no scope here; \
         make it in one with make_in(), and not from a singleton"
    );
    assert_eq!(error.kind(), ContainerErrorKind::NoScope);
}

#[test]
fn a_singleton_cannot_hold_a_scoped_object() {
    let app = scoped();
    app.singleton::<Tenant>(|app| Ok(Tenant(app.make()?)));
    let error = app.make_in::<Tenant>(&app.scope()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "`Counter` is scoped and there is no scope here (needed by `Tenant`); \
         make it in one with make_in(), and not from a singleton"
    );
}

#[test]
fn binding_a_scoped_type_again_forgets_its_object_in_every_scope() {
    let app = scoped();
    let scope = app.scope();
    assert_eq!(app.make_in::<Counter>(&scope).unwrap().0, 1);
    app.scoped::<Counter>(|_| Ok(Counter(9)));
    assert_eq!(app.make_in::<Counter>(&scope).unwrap().0, 9);
}

#[test]
fn a_scoped_object_goes_with_its_scope() {
    let app = scoped();
    let scope = app.scope();
    let object = Arc::downgrade(&app.make_in::<Counter>(&scope).unwrap());
    assert!(object.upgrade().is_some());
    drop(scope);
    assert!(object.upgrade().is_none());
}

#[test]
fn tags_and_names_keep_the_scope() {
    let app = scoped();
    app.tag::<Counter, Counter>("all", |counter| counter);
    app.bind_named::<Tenant>("one", |app| Ok(Tenant(app.make()?)));
    let scope = app.scope();
    let app = app.in_scope(&scope);
    let tagged = app.tagged::<Counter>("all").iter().collect::<Result<Vec<_>, _>>().unwrap();
    assert!(Arc::ptr_eq(&tagged[0], &app.make_named::<Tenant>("one").unwrap().0));
}
