//! What arrives together is committed together, and one that fails spoils only what it must.

use std::sync::mpsc::{Receiver, sync_channel};

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;

use super::super::checkpointer::{self, EVERY};
use super::*;

mod alone;

#[derive(diesel::QueryableByName, Debug, PartialEq, Eq, Clone, Copy)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    who: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

const SHORT: Patience =
    Patience { soon: Duration::from_millis(50), late: Duration::from_millis(50) };

/// Whoever waits for the second time waits until the database is let go.
const LONG: Patience = Patience { soon: Duration::from_millis(50), late: Duration::from_secs(600) };

/// A database in a folder of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let tables = "CREATE TABLE rows (place INTEGER PRIMARY KEY, who BIGINT, n BIGINT, fat BLOB, UNIQUE (who, n));
             CREATE TABLE parents (id BIGINT PRIMARY KEY);
             CREATE TABLE children (id BIGINT REFERENCES parents (id));";
        run(&mut place.connect(), tables).unwrap();
        place
    }

    fn target(&self) -> Target {
        Target::Sqlite(self.0.path().join("rows.db"))
    }

    fn connect(&self) -> AnyConnection {
        self.target().connect(Access::Write, &QueryCount::default()).unwrap()
    }

    /// What is on disk, in the order in which it came there.
    fn rows(&self) -> Vec<(i64, i64)> {
        let rows: Vec<Row> = diesel::sql_query("SELECT who, n FROM rows ORDER BY place")
            .load(&mut self.connect())
            .unwrap();
        rows.into_iter().map(|row| (row.who, row.n)).collect()
    }

    fn writer(&self) -> Loop {
        Loop::new(self.target(), QueryCount::default(), SHORT)
    }

    /// As another process would hold it.
    fn hold(&self) -> AnyConnection {
        let mut other = self.connect();
        run(&mut other, "BEGIN IMMEDIATE").unwrap();
        other
    }
}

fn run(connection: &mut AnyConnection, sql: &str) -> Result<(), StoreError> {
    Ok(connection.batch_execute(sql)?)
}

fn put(connection: &mut AnyConnection, who: i64, n: i64) -> Result<(), StoreError> {
    run(connection, &format!("INSERT INTO rows (who, n) VALUES ({who}, {n})"))
}

type Answer = Receiver<Result<(), StoreError>>;

fn member(
    work: impl FnMut(&mut AnyConnection) -> Result<(), StoreError> + Send + 'static,
) -> (Member, Answer) {
    let (done, answer) = sync_channel(1);
    (Member { work: Box::new(work), done }, answer)
}

fn putting(who: i64) -> (Member, Answer) {
    member(move |connection| put(connection, who, 0))
}

/// Commits a batch, and gives each member's answer: "ok", or the error.
fn commit(writer: &mut Loop, batch: Vec<(Member, Answer)>) -> Vec<String> {
    let (members, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let (queue, arrivals) = channel();
    let mut members = members.into_iter();
    let first = members.next().unwrap();
    members.for_each(|member| queue.send(member).unwrap());
    writer.take(first, &arrivals);
    let word = |answer: Answer| match answer.recv().unwrap() {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.to_string(),
    };
    answers.into_iter().map(word).collect()
}

#[test]
fn one_that_fails_takes_nothing_else_along() {
    let place = Place::new();
    let mut writer = place.writer();
    let answers = commit(
        &mut writer,
        vec![
            putting(1),
            member(|connection| {
                put(connection, 2, 0)?;
                Err(StoreError::Conflict)
            }),
            putting(3),
            // What breaks a rule of the database is undone as well, with all that came before it in the same work.
            member(|connection| {
                put(connection, 4, 0)?;
                put(connection, 3, 0)
            }),
            putting(5),
        ],
    );
    assert_eq!(answers[0], "ok");
    assert_eq!(answers[1], StoreError::Conflict.to_string());
    assert_eq!(answers[2], "ok");
    assert_eq!(answers[3], StoreError::Conflict.to_string(), "a row that is there already");
    assert_eq!(answers[4], "ok");
    assert_eq!(place.rows(), [(1, 0), (3, 0), (5, 0)]);
}

#[test]
fn one_that_panics_takes_nothing_else_along() {
    let place = Place::new();
    let mut writer = place.writer();
    let answers = commit(
        &mut writer,
        vec![
            putting(1),
            member(|connection| {
                put(connection, 2, 0)?;
                panic!("in the middle of it")
            }),
            putting(3),
            // Out of a transaction of its own, which nobody ends.
            member(|connection| {
                connection.transaction(|connection| {
                    put(connection, 4, 0)?;
                    panic!("deeper in it")
                })
            }),
            putting(5),
        ],
    );
    let panicked = StoreError::Panicked.to_string();
    assert_eq!(answers, ["ok", panicked.as_str(), "ok", panicked.as_str(), "ok"]);
    assert_eq!(place.rows(), [(1, 0), (3, 0), (5, 0)], "an answer that says ok is on disk");
    assert_eq!(commit(&mut writer, vec![putting(6)]), ["ok"]);
    assert_eq!(place.rows().len(), 4);
}

/// Writes more than there is room for. The limit is the connection's, so that the next one has none.
fn too_much(who: i64) -> (Member, Answer) {
    member(move |connection| {
        run(connection, "PRAGMA max_page_count = 1")?;
        put(connection, who, 0)?;
        run(connection, "UPDATE rows SET fat = zeroblob(4000000)")
    })
}

#[test]
fn what_finds_no_room_fails_alone() {
    let place = Place::new();
    let mut writer = place.writer();
    let full = StoreError::Full.to_string();
    let answers =
        commit(&mut writer, vec![putting(1), putting(2), too_much(3), putting(4), too_much(5)]);
    assert_eq!(answers, ["ok", "ok", full.as_str(), "ok", full.as_str()]);
    assert_eq!(place.rows(), [(1, 0), (2, 0), (4, 0)]);
    // Alone it is told the same, and later ones go on.
    assert_eq!(commit(&mut writer, vec![too_much(6)]), [full.as_str()]);
    assert_eq!(commit(&mut writer, vec![putting(7), putting(8)]), ["ok", "ok"]);
    assert_eq!(place.rows(), [(1, 0), (2, 0), (4, 0), (7, 0), (8, 0)]);
}

#[test]
fn a_commit_that_fails_is_not_answered_with_ok() {
    let place = Place::new();
    let mut writer = place.writer();
    let orphan = || {
        member(|connection| {
            run(connection, "PRAGMA defer_foreign_keys = ON")?;
            put(connection, 2, 0)?;
            run(connection, "INSERT INTO children VALUES (7)")
        })
    };
    let answers = commit(&mut writer, vec![putting(1), orphan(), putting(3)]);
    assert_eq!(answers, ["ok", StoreError::InUse.to_string().as_str(), "ok"]);
    assert_eq!(place.rows(), [(1, 0), (3, 0)]);
    assert_eq!(commit(&mut writer, vec![orphan()]), [StoreError::InUse.to_string()]);
    assert_eq!(place.rows().len(), 2);
}

#[test]
fn what_is_answered_is_on_disk_in_order() {
    const THREADS: i64 = 16;
    const EACH: i64 = 40;
    let place = Place::new();
    let writer = Writer::start(place.target(), QueryCount::default()).unwrap();
    let kept: Vec<Vec<(i64, i64)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|who| {
                let writer = &writer;
                scope.spawn(move || {
                    let mut kept = Vec::new();
                    for n in 0..EACH {
                        let outcome = writer.write(move |connection| {
                            put(connection, who, n)?;
                            match n % 10 {
                                7 => Err(StoreError::Conflict),
                                8 => panic!("now and then"),
                                _ => Ok(who * 1000 + n),
                            }
                        });
                        match outcome {
                            Ok(value) => {
                                assert_eq!(value, who * 1000 + n, "the answer is one's own");
                                kept.push((who, n));
                            }
                            Err(StoreError::Conflict) => assert_eq!(n % 10, 7),
                            Err(StoreError::Panicked) => assert_eq!(n % 10, 8),
                            Err(error) => panic!("{error}"),
                        }
                    }
                    kept
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    drop(writer);
    let rows = place.rows();
    assert_eq!(rows.len(), 16 * 32);
    for (who, kept) in (0..THREADS).zip(kept) {
        let own: Vec<_> = rows.iter().copied().filter(|row| row.0 == who).collect();
        assert_eq!(own, kept, "what was answered first lies first");
    }
}

#[test]
fn another_process_that_writes_for_long_is_waited_for_once() {
    let place = Place::new();
    let mut writer = place.writer();
    assert_eq!(commit(&mut writer, vec![putting(1)]), ["ok"]);
    let mut other = place.hold();
    let busy = StoreError::Busy.to_string();
    let begun = std::time::Instant::now();
    let many = (0..100).map(putting).collect();
    assert_eq!(commit(&mut writer, many), vec![busy; 100]);
    assert!(begun.elapsed() < Duration::from_secs(5), "each waited by itself");
    run(&mut other, "COMMIT").unwrap();
    assert_eq!(commit(&mut writer, vec![putting(4)]), ["ok"]);
    assert_eq!(place.rows(), [(1, 0), (4, 0)]);
}

#[test]
fn of_many_who_arrived_a_few_go_on_waiting() {
    let place = Place::new();
    let mut writer = Loop::new(place.target(), QueryCount::default(), LONG);
    let mut other = place.hold();
    let (members, answers): (Vec<_>, Vec<_>) = (0..70).map(putting).unzip();
    let (queue, arrivals) = channel();
    for member in members {
        queue.send(member).unwrap();
    }
    let thread = std::thread::spawn(move || writer.take(arrivals.recv().unwrap(), &arrivals));
    let (few, others) = answers.split_at(MOST_HELD_UP);
    for answer in others {
        assert!(matches!(answer.recv().unwrap(), Err(StoreError::Busy)));
    }
    assert!(few.iter().all(|answer| answer.try_recv().is_err()), "nobody waits");
    run(&mut other, "COMMIT").unwrap();
    thread.join().unwrap();
    assert!(few.iter().all(|answer| matches!(answer.recv(), Ok(Ok(())))));
    assert_eq!(place.rows().len(), MOST_HELD_UP);
}

#[test]
fn while_another_process_writes_few_are_let_in() {
    let place = Place::new();
    let writer = Writer::start_with(place.target(), QueryCount::default(), LONG).unwrap();
    let mut other = place.hold();
    std::thread::scope(|scope| {
        let (told, answers) = channel();
        let write = |who: i64| {
            let (writer, told) = (&writer, told.clone());
            scope.spawn(move || {
                told.send(writer.write(move |connection| put(connection, who, 0))).unwrap();
            });
        };
        write(0);
        while !writer.is_held_up() {
            std::thread::yield_now();
        }
        (1..30).for_each(write);
        for _ in MOST_HELD_UP..30 {
            assert!(matches!(answers.recv().unwrap(), Err(StoreError::Busy)));
        }
        assert!(answers.try_recv().is_err(), "nobody waits");
        run(&mut other, "COMMIT").unwrap();
        for _ in 0..MOST_HELD_UP {
            answers.recv().unwrap().unwrap();
        }
    });
    writer.write(|connection| put(connection, 99, 0)).unwrap();
    assert!(!writer.is_held_up(), "it is over");
    drop(writer);
    assert_eq!(place.rows().len(), MOST_HELD_UP + 1);
}

#[test]
fn the_log_is_emptied_beside_the_writer() {
    let place = Place::new();
    let file = place.0.path().join("rows.db");
    let writer = Writer::start(place.target(), QueryCount::default()).unwrap();
    let before = std::fs::metadata(&file).unwrap().len();
    let fat = |who: i64| {
        move |connection: &mut AnyConnection| {
            put(connection, who, 0)?;
            run(connection, &format!("UPDATE rows SET fat = zeroblob(9000) WHERE who = {who}"))
        }
    };
    // Some five pages each: enough to call the thread, and fewer than those at which the writer would see to it itself.
    let many = EVERY / 4 + 20;
    for who in 0..many {
        writer.write(fat(who)).unwrap();
    }
    let begun = std::time::Instant::now();
    while std::fs::metadata(&file).unwrap().len() < before + 500_000 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it all stays in the log");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(writer);
    assert_eq!(i64::try_from(place.rows().len()).unwrap(), many);
}

#[test]
fn the_log_is_written_over_while_writing_goes_on() {
    let place = Place::new();
    let log = place.0.path().join("rows.db-wal");
    let writer = Writer::start(place.target(), QueryCount::default()).unwrap();
    let mut longest = 0;
    for who in 0..1200 {
        let fat = format!("UPDATE rows SET fat = zeroblob(30000) WHERE who = {who}");
        writer
            .write(move |connection| {
                put(connection, who, 0)?;
                run(connection, &fat)
            })
            .unwrap();
        longest = longest.max(std::fs::metadata(&log).unwrap().len());
    }
    // They make some 40 MB. The writer may find the thread at it a few times before it gets to the end.
    let most = u64::try_from(checkpointer::LONG).unwrap() * 4120 * 2;
    assert!(longest < most, "{longest} bytes");
    drop(writer);
    assert_eq!(place.rows().len(), 1200);
}
