//! The library as a host uses it, and misuses it.

use std::collections::BTreeMap;
use threadsnake::embed::{Capabilities, Data, Engine, Error, Object, Options};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

fn engine(source: &str) -> Engine {
    let e = Engine::new().expect("a runtime");
    e.run(source).expect("the program");
    e
}

#[test]
fn values_and_engines_may_go_from_thread_to_thread() {
    fn shareable<T: Send + Sync + Clone + 'static>() {}
    shareable::<Engine>();
    shareable::<Object>();
}

#[test]
fn data_goes_in_and_comes_back() {
    let e = engine("def same(x): return x");
    let same = e.get("same").unwrap();
    let all = Data::List(vec![
        Data::None,
        true.into(),
        (-5i64).into(),
        i64::MAX.into(),
        1.5.into(),
        "h\u{e9}\u{1F600}".into(),
        Data::Bytes(vec![0, 255]),
        Data::Dict(vec![("k".into(), vec![1i64, 2].into())]),
    ]);
    assert_eq!(
        same.call(std::slice::from_ref(&all))
            .unwrap()
            .data()
            .unwrap(),
        all
    );
    let e = engine("d = {'b': [1.0, 2], 'a': []}\nt = (1, 'x')\nn = 2**100\ns = {1}");
    let d: BTreeMap<String, Vec<f64>> = e.get("d").unwrap().to().unwrap();
    assert_eq!(d["b"], [1.0, 2.0]);
    assert_eq!(e.eval("1 + 1").unwrap().to::<i64>().unwrap(), 2);
    assert_eq!(e.eval("None").unwrap().to::<Option<i64>>().unwrap(), None);
    let not = |r: Result<Data, Error>| matches!(r, Err(Error::NotConvertible(_)));
    assert!(not(e.get("n").unwrap().data()));
    assert!(not(e.get("s").unwrap().data()));
    let wrong = e.get("t").unwrap().to::<String>();
    assert_eq!(wrong, Err(Error::NotConvertible("list".into())));
}

#[test]
fn eight_threads_call_one_function_on_shared_objects() {
    let e = engine(
        "
class Account:
    def __init__(self):
        self.seen = []
        self.by = {}
    def put(self, who, n):
        for i in range(n):
            self.seen.append(who)
            self.by[who, i] = i
        return len(self.seen)
account = Account()
def put(account, who, n):
    return account.put(who, n)
",
    );
    let (put, account) = (e.get("put").unwrap(), e.get("account").unwrap());
    let numbers: Vec<Object> = (0..8).map(|i| e.eval(&i.to_string()).unwrap()).collect();
    let n = e.eval("1000").unwrap();
    std::thread::scope(|s| {
        for who in &numbers {
            s.spawn(|| {
                for _ in 0..3 {
                    put.call_objects(&[&account, who, &n]).unwrap();
                }
            });
        }
    });
    assert_eq!(
        e.eval("len(account.seen)").unwrap().to::<i64>().unwrap(),
        24_000
    );
    assert_eq!(
        e.eval("len(account.by)").unwrap().to::<i64>().unwrap(),
        8_000
    );
    assert_eq!(
        e.eval("[account.seen.count(i) for i in range(8)]")
            .unwrap()
            .to::<Vec<i64>>()
            .unwrap(),
        [3000; 8]
    );
}

#[test]
fn an_exception_carries_its_traceback() {
    let e = Engine::new().unwrap();
    e.run_named("def f(x):\n    return 1 / x\n", "sums.py")
        .unwrap();
    let error = e.get("f").unwrap().call(&[0i64.into()]).unwrap_err();
    let Error::Python {
        class,
        message,
        traceback,
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(
        (class.as_str(), message.as_str()),
        ("ZeroDivisionError", "division by zero")
    );
    assert!(
        traceback.starts_with("Traceback (most recent call last):"),
        "{traceback}"
    );
    assert!(
        traceback.contains("File \"sums.py\", line 2, in f"),
        "{traceback}"
    );
    assert!(matches!(e.run("1 +"), Err(Error::Python { class, .. }) if class == "SyntaxError"));
    assert_eq!(
        e.get("nothing").unwrap_err(),
        Error::NoSuchName("nothing".into())
    );
    assert!(
        matches!(e.run("import sys; sys.exit(3)"), Err(Error::Python { class, .. }) if class == "SystemExit")
    );
}

#[test]
fn a_value_outlives_its_engine() {
    let (f, list) = {
        let e = engine("kept = [1, 2, 3]\ndef total(): return sum(kept)");
        (e.get("total").unwrap(), e.get("kept").unwrap())
    };
    list.call_method("append", &[4i64.into()]).unwrap();
    assert_eq!(f.call(&[]).unwrap().to::<i64>().unwrap(), 10);
    let here = std::thread::spawn(move || {
        let n = f.call(&[]).unwrap().to::<i64>().unwrap();
        drop(f);
        n
    });
    assert_eq!(here.join().unwrap(), 10);
    drop(list);
}

#[test]
fn values_of_another_runtime_are_refused() {
    let (a, b) = (engine("f = len\nx = [1]"), engine("x = [1, 2]"));
    let other = b.get("x").unwrap();
    let refused = a.get("f").unwrap().call_objects(&[&other]);
    assert_eq!(refused.unwrap_err(), Error::WrongRuntime);
    assert_eq!(a.set_object("y", &other).unwrap_err(), Error::WrongRuntime);
    assert!(!a.get("x").unwrap().is(&other));
    // Two runtimes share nothing, and a thread may be in both.
    let n = a.attached(|| b.eval("len(x)").unwrap().to::<i64>().unwrap());
    assert_eq!(n.unwrap(), 2);
    assert_eq!(a.eval("len(x)").unwrap().to::<i64>().unwrap(), 1);
}

#[test]
fn the_last_value_may_be_dropped_by_any_thread() {
    for _ in 0..20 {
        let e = engine("class C:\n    pass\nc = C(); c.me = c");
        let c = e.get("c").unwrap();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (e, c) = (e.clone(), c.clone());
                std::thread::spawn(move || {
                    drop(e);
                    drop(c);
                })
            })
            .collect();
        drop(e);
        drop(c);
        threads.into_iter().for_each(|t| t.join().unwrap());
    }
}

#[test]
fn host_functions_are_called_from_python_and_may_enter_again() {
    let e = engine("def twice(x): return 2 * x");
    let calls = Arc::new(AtomicUsize::new(0));
    let (inner, count) = (e.get("twice").unwrap(), calls.clone());
    e.set_function("through", move |args| {
        count.fetch_add(1, Ordering::Relaxed);
        let n: i64 = args[0].to()?;
        inner.call(&[(n + 1).into()])?.data()
    })
    .unwrap();
    e.run("def run(n): return sum(through(i) for i in range(n))")
        .unwrap();
    let run = e.get("run").unwrap();
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                assert_eq!(
                    run.call(&[100i64.into()]).unwrap().to::<i64>().unwrap(),
                    10_100
                )
            });
        }
    });
    assert_eq!(calls.load(Ordering::Relaxed), 400);
}

#[test]
fn what_goes_wrong_in_a_host_function_is_an_exception() {
    let e = Engine::new().unwrap();
    e.set_function("bad", |args| match args.len() {
        0 => Err(Error::raise("KeyError", "nope")),
        1 => Err(Error::raise("NoSuchClass", "odd")),
        _ => panic!("on purpose"),
    })
    .unwrap();
    let kind = |call: &str| match e.run(call) {
        Err(Error::Python { class, .. }) => class,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("bad()"), "KeyError");
    assert_eq!(kind("bad(1)"), "RuntimeError");
    assert_eq!(kind("bad(1, 2)"), "RuntimeError");
    assert_eq!(kind("bad(x=1)"), "TypeError");
    e.run("ok = 1").unwrap();
}

#[test]
fn a_script_reaches_nothing_that_it_was_not_given() {
    let e = Engine::new().unwrap();
    for (what, source) in [
        ("a file", "open('/etc/passwd')"),
        ("a directory", "import os; os.listdir('/')"),
        ("the network", "import _socket; _socket.socket()"),
        ("a process", "import os; os.system('true')"),
        ("a clock", "import time; time.time()"),
        ("sleep", "import time; time.sleep(0.01)"),
    ] {
        match e.run(source) {
            Err(Error::Python { class, .. }) => {
                assert!(
                    class == "PermissionError" || class == "OSError",
                    "{what}: {class}"
                );
            }
            other => panic!("{what}: {other:?}"),
        }
    }
    let empty = e.eval("dict(__import__('os').environ)").unwrap();
    assert_eq!(empty.data().unwrap(), Data::Dict(Vec::new()));
    // The embedded library needs no files.
    e.run("import json, collections, re\nassert json.loads('[1]') == [1]")
        .unwrap();
    let all = Options {
        capabilities: Capabilities::ALL,
        ..Options::default()
    };
    Engine::with_options(all)
        .unwrap()
        .run("import time; assert time.time() > 1")
        .unwrap();
}

#[test]
fn deep_recursion_is_an_error_on_a_small_stack() {
    let e = engine(
        "def f(n): return f(n + 1)\nclass R:\n    def __repr__(self): return repr(self)\nr = R()",
    );
    let f = e.get("f").unwrap();
    let r = e.get("r").unwrap();
    std::thread::Builder::new()
        .stack_size(512 << 10)
        .spawn(move || {
            for error in [f.call(&[0i64.into()]).unwrap_err(), r.repr().unwrap_err()] {
                assert!(
                    matches!(&error, Error::Python { class, .. } if class == "RecursionError"),
                    "{error}"
                );
            }
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn python_threads_and_host_threads_mix() {
    let e = Engine::with_options(Options {
        capabilities: Capabilities::ALL,
        ..Options::default()
    })
    .unwrap();
    e.run(
        "
import threading
total = []
def work(n):
    ts = [threading.Thread(target=total.append, args=(i,)) for i in range(n)]
    for t in ts: t.start()
    for t in ts: t.join()
",
    )
    .unwrap();
    let work = e.get("work").unwrap();
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| work.call(&[5i64.into()]).unwrap());
        }
    });
    assert_eq!(e.eval("len(total)").unwrap().to::<i64>().unwrap(), 20);
}
