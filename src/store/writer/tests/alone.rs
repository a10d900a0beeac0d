//! Who comes while nobody else writes does the work on their own thread.

use super::*;

fn writer(place: &Place, patience: Patience) -> Writer {
    Writer::start_with(place.target(), QueryCount::default(), patience).unwrap()
}

#[test]
fn who_comes_alone_waits_for_no_thread() {
    let place = Place::new();
    let writer = writer(&place, SHORT);
    for n in 0..20 {
        let who = writer.write(move |connection| {
            put(connection, 1, n)?;
            Ok(std::thread::current().id())
        });
        assert_eq!(who.unwrap(), std::thread::current().id());
    }
    drop(writer);
    assert_eq!(place.rows().len(), 20);
}

#[test]
fn what_fails_alone_leaves_nothing() {
    let place = Place::new();
    let writer = writer(&place, SHORT);
    writer.write(|connection| put(connection, 1, 0)).unwrap();
    let refused = writer.write(|connection| {
        put(connection, 2, 0)?;
        Err::<(), _>(StoreError::Conflict)
    });
    assert!(matches!(refused, Err(StoreError::Conflict)));
    // The work's own word, not that of whoever begins a transaction: it is not done again.
    let mut times = 0;
    let busy = writer.write(move |connection| {
        times += 1;
        assert_eq!(times, 1);
        put(connection, 3, 0)?;
        Err::<(), _>(StoreError::Busy)
    });
    assert!(matches!(busy, Err(StoreError::Busy)));
    let panicked = writer.write(|connection| -> Result<(), StoreError> {
        put(connection, 4, 0)?;
        panic!("in the middle of it")
    });
    assert!(matches!(panicked, Err(StoreError::Panicked)));
    // Out of a transaction of its own, which nobody ends.
    let deeper = writer.write(|connection| -> Result<(), StoreError> {
        connection.transaction(|connection| {
            put(connection, 5, 0)?;
            panic!("deeper in it")
        })
    });
    assert!(matches!(deeper, Err(StoreError::Panicked)));
    let orphan = writer.write(|connection| {
        run(connection, "PRAGMA defer_foreign_keys = ON")?;
        put(connection, 6, 0)?;
        run(connection, "INSERT INTO children VALUES (7)")
    });
    assert!(matches!(orphan, Err(StoreError::InUse)), "the commit failed");
    let full = writer.write(|connection| {
        run(connection, "PRAGMA max_page_count = 1")?;
        put(connection, 7, 0)?;
        run(connection, "UPDATE rows SET fat = zeroblob(4000000)")
    });
    assert!(matches!(full, Err(StoreError::Full)));
    assert_eq!(place.rows(), [(1, 0)]);
    writer.write(|connection| put(connection, 8, 0)).unwrap();
    assert_eq!(place.rows(), [(1, 0), (8, 0)], "an answer that says ok is on disk");
}

#[test]
fn who_comes_alone_while_another_process_writes_waits_for_it() {
    let place = Place::new();
    let writer = writer(&place, LONG);
    let mut other = place.hold();
    std::thread::scope(|scope| {
        let written = scope.spawn(|| writer.write(|connection| put(connection, 1, 0)));
        while !writer.is_held_up() {
            std::thread::yield_now();
        }
        run(&mut other, "COMMIT").unwrap();
        written.join().unwrap().unwrap();
    });
    // The first was answered before it was noted that it is over; that stands by the time of the next.
    writer.write(|connection| put(connection, 2, 0)).unwrap();
    assert!(!writer.is_held_up());
    assert_eq!(place.rows(), [(1, 0), (2, 0)]);
}

#[test]
fn who_reads_while_nobody_writes_changes_nothing_and_is_in_nobodys_way() {
    let place = Place::new();
    let writer = writer(&place, SHORT);
    writer.write(|connection| put(connection, 1, 0)).unwrap();
    // Whatever it does is undone, and the next write stands.
    let read = writer.read_if_idle(|connection| {
        put(connection, 2, 0)?;
        Ok(5)
    });
    assert!(matches!(read, Ok(Ok(5))));
    let refused = writer.read_if_idle(|_| Err::<(), _>(StoreError::NotFound));
    assert!(matches!(refused, Ok(Err(StoreError::NotFound))));
    writer.write(|connection| put(connection, 3, 0)).unwrap();
    assert_eq!(place.rows(), [(1, 0), (3, 0)]);
    // One that panics takes its panic along and nothing else.
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _ = writer.read_if_idle(|connection| -> Result<(), StoreError> {
            connection.transaction::<(), StoreError, _>(|_| panic!("in the middle of it"))
        });
    }));
    assert!(panicked.is_err());
    writer.write(|connection| put(connection, 4, 0)).unwrap();
    let again = writer.read_if_idle(|_| Ok(std::thread::current().id()));
    assert!(matches!(again, Ok(Ok(id)) if id == std::thread::current().id()));
    assert_eq!(place.rows(), [(1, 0), (3, 0), (4, 0)]);
    // Who writes is not disturbed: the work comes back.
    std::thread::scope(|scope| {
        let (begun, is_begun) = sync_channel(1);
        let (go, may_go) = sync_channel(1);
        let may_go = Arc::new(Mutex::new(may_go));
        let held = &writer;
        let written = scope.spawn(move || {
            held.write(move |connection| {
                begun.send(()).unwrap();
                may_go.lock().unwrap().recv().unwrap();
                put(connection, 5, 0)
            })
        });
        is_begun.recv().unwrap();
        assert!(writer.read_if_idle(|_| Ok(())).is_err());
        go.send(()).unwrap();
        written.join().unwrap().unwrap();
    });
    assert_eq!(place.rows(), [(1, 0), (3, 0), (4, 0), (5, 0)]);
}
