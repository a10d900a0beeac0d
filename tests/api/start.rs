//! A site starts, stops and starts again; where it can't start, it says why and what to do.

use std::os::unix::fs::PermissionsExt;

use almoner::app::{App, StartError, keyring_files};
use almoner::clock::FixedClock;

use crate::support::app::{Home, TestApp};
use crate::support::on_postgres;

/// What a start in this home answers, which must be an error.
async fn refused(home: Home, change: impl FnOnce(&mut almoner::config::Settings)) -> String {
    let clock = FixedClock::at(TestApp::first_morning());
    let mut settings = home.settings(&clock);
    change(&mut settings);
    match TestApp::start_in(home, settings, clock).await {
        Ok(_) => panic!("this site must not start"),
        Err(error) => error.to_string(),
    }
}

#[actix_web::test]
async fn a_new_site_answers_and_offers_itself_to_a_first_administrator() {
    let app = TestApp::start().await;
    let browser = app.browser();
    assert_eq!(browser.get("/healthz").await.expect(200).html, "alive\n");
    assert_eq!(browser.get("/readyz").await.expect(200).html, "ready\n");
    let rounds = browser.get("/").await.expect(200).attributes("main a", "href");
    let rounds: Vec<String> =
        rounds.into_iter().filter(|link| link.starts_with("/rounds/")).collect();
    assert_eq!(rounds.len(), 4, "the four starting programmes have a round each: {rounds:?}");
    for round in rounds {
        browser.get(&round).await.expect(200);
    }
    assert_eq!(app.context().today(), TestApp::first_morning().date_naive());
    assert!(
        app.first_admin_link
            .starts_with(&format!("http://localhost:{}/staff/welcome/", app.port()))
    );
    browser.visit(&app.first_admin_link).await.expect(200);
    assert_eq!(app.mails().await.len(), 0);
    app.stop().await;
}

#[actix_web::test]
async fn a_site_that_stopped_starts_again_from_what_it_left() {
    let app = TestApp::start().await;
    let keys = std::fs::read(keyring_files(&app.settings).keyring).unwrap();
    let rounds = app.browser().get("/").await.html;
    let app = app.restart().await;
    assert_eq!(std::fs::read(keyring_files(&app.settings).keyring).unwrap(), keys);
    assert_eq!(app.browser().get("/").await.html, rounds);
    app.stop().await;
}

#[actix_web::test]
async fn what_a_first_start_makes_is_for_its_user_alone() {
    let app = TestApp::start().await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&app.settings.data), 0o700);
    assert_eq!(mode(&app.settings.keys.folder), 0o700);
    assert_eq!(mode(&app.settings.keys.root_key_file), 0o600);
    assert_eq!(app.settings.data.parent(), Some(app.folder()));
    app.stop().await;
}

#[actix_web::test]
async fn a_port_that_is_taken_is_said() {
    let app = TestApp::start().await;
    let taken = app.port();
    let home = Home::new();
    let data = home.folder().join("data");
    let error = refused(home, |settings| settings.listen.set_port(taken)).await;
    assert!(error.contains(&taken.to_string()) && error.contains("--listen"), "{error}");
    assert!(!data.join("almoner.db").exists(), "nothing is made where nothing can be served");
    app.stop().await;
}

#[actix_web::test]
async fn a_data_folder_that_can_not_be_written_is_said() {
    let error = refused(Home::new(), |settings| settings.data = "/proc/self".into()).await;
    assert!(error.contains("/proc/self") && error.contains("--data"), "{error}");
}

#[actix_web::test]
async fn a_database_without_its_keyring_is_left_alone() {
    let (home, settings, clock) = TestApp::start().await.stop().await;
    std::fs::remove_dir_all(&settings.keys.folder).unwrap();
    let built = App::build(settings.clone(), std::sync::Arc::new(clock));
    match built {
        Err(StartError::KeyringLost(path)) if !on_postgres() => {
            assert!(path.contains("keyring"), "{path}")
        }
        Err(StartError::KeysFirst(path)) if on_postgres() => {
            assert!(path.contains("keyring"), "{path}")
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("a site without its keys must not start"),
    }
    assert!(!settings.keys.root_key_file.exists(), "no new keys beside an old database");
    drop(home);
}

#[actix_web::test]
async fn the_keyring_of_another_site_is_refused() {
    let other = TestApp::start().await;
    let (home, settings, clock) = TestApp::start().await.stop().await;
    for entry in std::fs::read_dir(&other.settings.keys.folder).unwrap() {
        let file = entry.unwrap();
        std::fs::copy(file.path(), settings.keys.folder.join(file.file_name())).unwrap();
    }
    let error = TestApp::start_in(home, settings, clock).await.err().map(|error| error.to_string());
    let error = error.unwrap_or_else(|| panic!("another site's keys must be refused"));
    assert!(error.contains("belongs to site"), "{error}");
    other.stop().await;
}
