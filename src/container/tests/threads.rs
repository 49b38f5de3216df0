use std::sync::Barrier;
use std::thread;

use super::*;

struct A;
struct B;
struct Between;

#[test]
fn racing_threads_get_the_same_singleton_and_the_factory_runs_once() {
    let app = Container::new();
    app.singleton::<Counter>(counting());
    let start = Barrier::new(32);
    let objects: Vec<_> = thread::scope(|threads| {
        let race = || {
            start.wait();
            app.make::<Counter>().unwrap()
        };
        let running: Vec<_> = (0..32).map(|_| threads.spawn(race)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(objects.iter().all(|object| Arc::ptr_eq(object, &objects[0])));
    assert_eq!(objects[0].0, 1);
}

#[test]
fn racing_threads_share_the_objects_of_a_scope() {
    let app = Container::new();
    app.scoped::<Counter>(counting());
    let (scope, start) = (app.scope(), Barrier::new(8));
    let numbers: Vec<_> = thread::scope(|threads| {
        let race = || {
            start.wait();
            app.make_in::<Counter>(&scope).unwrap().0
        };
        let running: Vec<_> = (0..8).map(|_| threads.spawn(race)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(numbers, [1; 8]);
}

#[test]
fn a_cycle_that_two_threads_close_together_is_an_error_and_no_deadlock() {
    let app = Container::new();
    // Both threads stand inside a factory before either goes on to need the other's object.
    let both_inside = Arc::new(Barrier::new(2));
    let (first, second) = (both_inside.clone(), both_inside);
    let met = [AtomicUsize::new(0), AtomicUsize::new(0)].map(Arc::new);
    let [a_calls, b_calls] = met;
    app.singleton::<A>(move |app| {
        if a_calls.fetch_add(1, Ordering::SeqCst) == 0 {
            first.wait();
        }
        app.make::<Between>()?;
        Ok(A)
    });
    app.bind::<Between>(|app| {
        app.make::<B>()?;
        Ok(Between)
    });
    app.singleton::<B>(move |app| {
        if b_calls.fetch_add(1, Ordering::SeqCst) == 0 {
            second.wait();
        }
        app.make::<A>()?;
        Ok(B)
    });
    let (a, b) = thread::scope(|threads| {
        let a = threads.spawn(|| app.make::<A>().err().unwrap());
        let b = threads.spawn(|| app.make::<B>().err().unwrap());
        (a.join().unwrap(), b.join().unwrap())
    });
    for error in [a, b] {
        let text = error.to_string();
        let (who, cycle) = text.split_once(" needs itself: ").unwrap();
        assert_eq!(error.kind(), ContainerErrorKind::Cycle);
        assert!(cycle.starts_with(who) && cycle.ends_with(who), "{text}");
        assert_eq!(cycle.split(" -> ").count(), 4, "{text}");
    }
}

#[test]
fn a_thread_that_waited_for_a_failure_tries_itself() {
    let app = Container::new();
    let entered = Arc::new(Barrier::new(2));
    let (calls, inside) = (AtomicUsize::new(0), entered.clone());
    app.singleton::<Counter>(move |_| {
        if calls.fetch_add(1, Ordering::SeqCst) == 0 {
            inside.wait();
            return Err("the first call fails".into());
        }
        Ok(Counter(2))
    });
    thread::scope(|threads| {
        let first = threads.spawn(|| app.make::<Counter>());
        entered.wait();
        assert_eq!(number(&app), 2);
        assert!(first.join().unwrap().is_err());
    });
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let app = Container::new();
    app.singleton::<Counter>(|_| Ok(Counter(1)));
    app.bind::<A>(|_| Ok(A));
    app.singleton::<Plain>(|_| Ok(Plain("x")));
    app.alias::<dyn Greet, Plain>(|plain| plain);
    app.scoped::<B>(|_| Ok(B));
    let measure = |what: &str, run: &dyn Fn()| {
        let start = std::time::Instant::now();
        (0..2_000_000).for_each(|_| run());
        println!("{what}: {:.1} ns", start.elapsed().as_nanos() as f64 / 2e6);
    };
    measure("singleton", &|| drop(std::hint::black_box(app.make::<Counter>())));
    measure("bind", &|| drop(std::hint::black_box(app.make::<A>())));
    measure("alias", &|| drop(std::hint::black_box(app.make::<dyn Greet>())));
    measure("empty scope", &|| drop(std::hint::black_box(app.scope())));
    let scope = app.scope();
    measure("scoped, there", &|| drop(std::hint::black_box(app.make_in::<B>(&scope))));
    measure("scoped, made", &|| drop(std::hint::black_box(app.make_in::<B>(&app.scope()))));
}
