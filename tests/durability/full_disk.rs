//! A disk that is full: nothing is acknowledged that is not there, and room is all that is needed to go on.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use almoner::clock::SystemClock;
use almoner::domain::application::Status;
use almoner::service::permitted::OwnApplication;
use almoner::service::read_own;

use crate::support::{Answer, Draft, Home, Server, drafts};

/// Where the small disk is, for the process that sees it.
const DISK: &str = "ALMONER_TEST_SMALL_DISK";
/// Says that this machine gives no small disk, and that the test may be left out.
const WITHOUT: &str = "ALMONER_TEST_WITHOUT_TMPFS";

/// Starts the test below in a mount namespace of its own, with a small disk that goes when it ends.
#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    if std::env::var_os(WITHOUT).is_some() {
        println!("not run: {WITHOUT} is set");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=48m,mode=700 none "$1" || exit 77; shift; exec "$@""#;
    let run = |flags: &str| {
        Command::new("unshare")
            .args([flags, "sh", "-c", script, "sh"])
            .arg(folder.path())
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "full_disk::on_the_small_disk", "--ignored", "--nocapture"])
            .env(DISK, folder.path())
            .output()
    };
    // As root, else as root of a namespace of one's own.
    for flags in ["-m", "-rm"] {
        let Ok(output) = run(flags) else { continue };
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        if out.contains("running 1 test") {
            println!("{out}");
            assert!(output.status.success(), "{out}{err}");
            return;
        }
    }
    panic!(
        "this machine gives no small disk (unshare, mount of a tmpfs); set {WITHOUT}=1 to leave the test out"
    );
}

/// A file that takes all the room there is.
struct Filler(PathBuf);

impl Filler {
    fn on(disk: &Path) -> Self {
        let filler = Self(disk.join("filler"));
        filler.fill();
        filler
    }

    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(&self.0).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// It was done, or the page says that nothing could be saved.
fn is_done(answer: &Answer) -> bool {
    match answer.status {
        303 => true,
        507 => {
            assert!(
                answer.text.contains("There is no room left to save what you sent"),
                "{}",
                answer.text
            );
            false
        }
        other => panic!("{other}: {}", answer.text),
    }
}

#[test]
#[ignore = "the process that the test above starts where the small disk is"]
fn on_the_small_disk() {
    let Some(disk) = std::env::var_os(DISK) else { return };
    let disk = Path::new(&disk);
    let home = Home::at(disk);
    let ctx = home.make(Arc::new(SystemClock));
    let all = drafts(&ctx, 0..40);
    drop(ctx);
    let mut server = Server::start(&home);
    let mut submitted = BTreeSet::new();
    let mut names = Vec::new();
    for round in 0..3 {
        let (mut done, mut refused) = (0, 0);
        let mut filler = None;
        for (number, draft) in all.iter().enumerate().skip(round * 12).take(12) {
            if number % 12 == 3 {
                filler = Some(Filler::on(disk));
            }
            if let Some(filler) = &filler {
                // What the log leaves free is taken as well.
                filler.fill();
            }
            let name = format!("Renamed {round}");
            let renamed = is_done(&draft.save_name(server.port, &name).unwrap());
            names.push((draft, renamed.then_some(name)));
            match is_done(&draft.submit(server.port).unwrap()) {
                true => {
                    done += 1;
                    submitted.insert(draft.id.clone());
                }
                false => refused += 1,
            }
        }
        println!("round {round}: {done} acknowledged, {refused} refused");
        assert!(done >= 3 && refused > 0, "the disk was never full");
        assert!(server.is_up());
        // Room is all it needs: no restart, and what was refused can be done again.
        filler.unwrap().make_room();
        for draft in all.iter().skip(round * 12).take(12) {
            assert!(is_done(&draft.submit(server.port).unwrap()), "there is room again");
            submitted.insert(draft.id.clone());
        }
        if round == 1 {
            // A kill while nothing is amiss must not bring back what was refused.
            server.kill();
            server = Server::start(&home);
        }
    }
    server.stop();
    let ctx = home.open();
    for (draft, renamed) in names {
        let mut expected: Draft = draft.clone();
        if let Some(name) = renamed {
            expected.values.insert("name".to_owned(), name);
        }
        expected.is_whole(&ctx);
    }
    for draft in &all {
        let status =
            read_own::get(&ctx, &OwnApplication::find(&ctx, &draft.who, &draft.id).unwrap())
                .unwrap()
                .row
                .status;
        let expected =
            if submitted.contains(&draft.id) { Status::Submitted } else { Status::Draft };
        assert_eq!(status, expected, "{}", draft.id);
    }
    drop(ctx);
    home.must(&["audit", "verify"]);
    assert_eq!(
        home.count("SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
        0
    );
}
