use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;

use super::*;

/// Settings from variables alone, in a folder of its own.
fn with(vars: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), vars)
}

fn in_folder(folder: &Path, vars: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let overrides = Overrides { data: Some(folder.to_owned()), ..Overrides::default() };
    Settings::from_parts(overrides, pairs(vars))
}

/// Settings from a file alone.
fn with_file(text: &str) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("almoner.toml"), text).unwrap();
    in_folder(folder.path(), &[])
}

fn pairs(vars: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    vars.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<Vec<_>>()
        .into_iter()
}

/// The text of the error, which must be one.
fn refused(result: Result<Settings, ConfigError>) -> String {
    match result {
        Ok(_) => panic!("these settings must be refused"),
        Err(error) => error.to_string(),
    }
}

/// A site that others reach, named as it must be.
const PUBLIC: [(&str, &str); 5] = [
    ("ALMONER_BASE_URL", "https://grants.example"),
    ("ALMONER_CONTROLLER_ORGANISATION", "A Foundation"),
    ("ALMONER_CONTROLLER_ADDRESS", "2 Lane, Town"),
    ("ALMONER_CONTROLLER_CONTACT_EMAIL", "privacy@a.example"),
    ("ALMONER_CONTROLLER_COUNTRY", "Portugal"),
];

#[test]
fn nothing_given_gives_a_site_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let settings = in_folder(folder.path(), &[]).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.base_url_at(8080), "http://localhost:8080");
    assert_eq!(settings.keys.root_key_file, folder.path().join("keys/root.key"));
    assert_eq!(settings.mail.folder, folder.path().join("mail"));
    assert!(settings.mail.smtp.is_none());
    let Database::Sqlite(path) = settings.database else { panic!("SQLite is the default") };
    assert_eq!(path, folder.path().join("almoner.db"));
}

#[test]
fn the_example_file_shows_the_defaults() {
    let text = include_str!("../../almoner.example.toml");
    let defaults = Settings::below(Path::new("/somewhere"));
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        let path = folder.path().join("given.toml");
        std::fs::write(&path, text).unwrap();
        let overrides = Overrides {
            config: Some(path),
            data: Some(PathBuf::from("/somewhere")),
            ..Overrides::default()
        };
        Settings::from_parts(overrides, pairs(&[]))
    };
    assert_eq!(format!("{:?}", read(text).unwrap()), format!("{defaults:?}"));

    // Every key is there, with or without the mark that makes it a comment.
    let keys: Vec<&str> = source::KEYS.iter().copied().filter(|key| *key != "config").collect();
    let mut section = String::new();
    let mut shown = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches('#');
        let section_name = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        if let Some(name) = section_name.map(|name| name.trim_start_matches('[')) {
            name.trim_end_matches(']').clone_into(&mut section);
            if source::PROCESSORS == section {
                shown.push(section.clone());
            }
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' '))
        {
            let full = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
            if !full.starts_with("controller.processors.") {
                shown.push(full);
            }
        }
    }
    for key in &keys {
        assert!(shown.iter().any(|shown| shown == key), "almoner.example.toml does not show {key}");
    }
    for key in &shown {
        assert!(
            keys.iter().any(|known| known == key),
            "almoner.example.toml shows {key}, which does not exist"
        );
    }

    // With the marks taken off all the same, it is still a file of settings.
    let open: String = text
        .lines()
        .map(
            |line| if line.starts_with("#") && !line.starts_with("# ") { &line[1..] } else { line },
        )
        .filter(|line| !line.starts_with("smtp_password =") && !line.starts_with("database_url ="))
        .filter(|line| !line.contains("_file = \"/run"))
        .map(|line| format!("{line}\n"))
        .collect();
    let error = refused(read(&open));
    assert!(error.contains("mail.smtp_password"), "{error}");
}

#[test]
fn flag_wins_over_variable_and_variable_over_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("almoner.toml"),
        "listen = \"127.0.0.1:1\"\n[log]\nformat = \"json\"",
    )
    .unwrap();
    let from_file = in_folder(folder.path(), &[]).unwrap();
    assert_eq!((from_file.listen.port(), from_file.log.format), (1, LogFormat::Json));

    let vars = [("ALMONER_LISTEN", "127.0.0.1:2"), ("ALMONER_LOG_FORMAT", "text"), ("PORT", "9")];
    let from_variables = in_folder(folder.path(), &vars).unwrap();
    assert_eq!((from_variables.listen.port(), from_variables.log.format), (2, LogFormat::Text));

    let overrides = Overrides {
        data: Some(folder.path().to_owned()),
        listen: Some("127.0.0.1:3".to_owned()),
        ..Overrides::default()
    };
    assert_eq!(Settings::from_parts(overrides, pairs(&vars)).unwrap().listen.port(), 3);
}

#[test]
fn an_empty_variable_counts_as_not_given() {
    let settings = with(&[("ALMONER_LISTEN", ""), ("DATABASE_URL", ""), ("PORT", "")]).unwrap();
    assert_eq!(settings.listen.port(), 8080);
}

#[test]
fn unknown_names_are_refused_with_a_hint() {
    let error = refused(with(&[("ALMONER_LISTN", "127.0.0.1:1")]));
    assert!(
        error.contains("ALMONER_LISTN") && error.contains("did you mean ALMONER_LISTEN?"),
        "{error}"
    );
    let error = refused(with_file("[mail]\nsmtp_hots = \"a.example\""));
    assert!(
        error.contains("`mail.smtp_hots`") && error.contains("did you mean mail.smtp_host?"),
        "{error}"
    );
    assert!(error.contains("almoner.toml"), "{error}");
    let error = refused(with_file("quite_something_else = 1"));
    assert!(error.contains("almoner.example.toml lists all settings"), "{error}");
    let error = refused(with_file("[unheard]"));
    assert!(error.contains("`unheard`"), "{error}");
    let error = refused(with_file("[controller]\nprocessors = [{ name = \"A\", whatever = 1 }]"));
    assert!(error.contains("controller.processors") && error.contains("whatever"), "{error}");
    // Known, but not here: a list can't be a variable, and a file can't name another.
    refused(with(&[("ALMONER_CONTROLLER_PROCESSORS", "[]")]));
    refused(with_file("config = \"other.toml\""));
    // Variables of others are no business of ours.
    with(&[("ALMONERS", "x"), ("HOME", "/root")]).unwrap();
}

#[test]
fn a_file_that_is_not_toml_is_named_with_its_line() {
    let error = refused(with_file("data = \"a\"\n\nlisten 8080\n"));
    assert!(error.contains("almoner.toml, line 3"), "{error}");
    let error = refused(with_file("[mail]\nsmtp_password = \"hunter2\" oops"));
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn a_named_file_must_be_there() {
    let overrides =
        Overrides { config: Some(PathBuf::from("/nowhere/almoner.toml")), ..Overrides::default() };
    let error = refused(Settings::from_parts(overrides, pairs(&[])));
    assert!(error.contains("/nowhere/almoner.toml") && error.contains("--config"), "{error}");
    let error = refused(with(&[("ALMONER_CONFIG", "/nowhere/at-all.toml")]));
    assert!(error.contains("/nowhere/at-all.toml"), "{error}");
}

#[test]
fn the_file_in_the_data_folder_can_not_move_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("almoner.toml"), "data = \"elsewhere\"").unwrap();
    let error = refused(in_folder(folder.path(), &[]));
    assert!(error.contains("`data`") && error.contains("--data"), "{error}");
    let overrides =
        Overrides { config: Some(folder.path().join("almoner.toml")), ..Overrides::default() };
    let named = Settings::from_parts(overrides, pairs(&[])).unwrap();
    assert_eq!(
        named.data,
        folder.path().join("elsewhere"),
        "a path in a file is meant from its folder"
    );
}

#[test]
fn values_of_the_wrong_kind_are_refused() {
    let wrong: [(&str, &str, &str); 15] = [
        ("ALMONER_LISTEN", "localhost:8080", "127.0.0.1:8080"),
        ("ALMONER_LISTEN", "8080", "127.0.0.1:8080"),
        ("ALMONER_TRUSTED_PROXIES", "10.0.0.0/33", "10.0.0.0/8"),
        ("ALMONER_TRUSTED_PROXIES", "10.0.0.1, proxy.example", "10.0.0.0/8"),
        ("ALMONER_SURFACE", "applicants", "applicant, staff, finance and assessor"),
        ("ALMONER_LIMITS_FACTOR", "0", "from 1"),
        ("ALMONER_BASE_URL", "grants.example", "https://grants.example"),
        ("ALMONER_BASE_URL", "https://grants.example/apply", "no path"),
        ("ALMONER_BASE_URL", "https://me@grants.example", "scheme and host alone"),
        ("ALMONER_BASE_URL", "http://grants.example", "http is for localhost alone"),
        ("ALMONER_BASE_URL", "ftp://grants.example", "https"),
        ("ALMONER_LOG_FORMAT", "xml", "\"text\" or \"json\""),
        ("ALMONER_LOG_FILTER", "almoner=loud", "directives"),
        ("ALMONER_CONTROLLER_BACKUP_DAYS", "-1", "number of days"),
        ("ALMONER_MAIL_FROM", "not a sender", "a sender"),
    ];
    for (name, value, hint) in wrong {
        let error = refused(with(&[(name, value)]));
        assert!(error.contains(name) && error.contains(value) && error.contains(hint), "{error}");
    }
    for (name, value, hint) in [
        ("ALMONER_CONTROLLER_CONTACT_EMAIL", "nobody", "contact_email"),
        ("ALMONER_CONTROLLER_AUTHORITY_URL", "javascript:x", "authority_url"),
        ("ALMONER_CONTROLLER_BACKUP_DAYS", "3000", "backup_days"),
    ] {
        let error = refused(with(&[(name, value)]));
        assert!(error.contains(hint) && error.contains("ALMONER_CONTROLLER_"), "{error}");
    }
    // In the file a list is no text, and a text no number.
    refused(with_file("trusted_proxies = \"10.0.0.1\""));
    refused(with_file("trusted_proxies = [10]"));
    refused(with_file("[mail]\nsmtp_port = \"587\""));
    refused(with_file("data = 7"));
    refused(with_file("[log]\nfilter = \"\""));
}

#[test]
fn port_is_honoured_on_loopback_or_behind_a_proxy() {
    assert_eq!(with(&[("PORT", "5000")]).unwrap().listen.to_string(), "127.0.0.1:5000");
    let mut vars = vec![("PORT", "5000"), ("ALMONER_TRUSTED_PROXIES", "10.0.0.0/8")];
    vars.extend(PUBLIC);
    assert_eq!(with(&vars).unwrap().listen.to_string(), "0.0.0.0:5000");
    let error = refused(with(&[("PORT", "http")]));
    assert!(error.contains("PORT") && error.contains("0 to 65535"), "{error}");
}

// proves S12
#[test]
fn plain_http_never_leaves_the_machine() {
    for listen in ["0.0.0.0:8080", "192.0.2.7:80", "[::]:8080"] {
        let error = refused(with(&[("ALMONER_LISTEN", listen)]));
        for way in ["127.0.0.1", "[tls]", "trusted_proxies"] {
            assert!(error.contains(way), "{error}");
        }
    }
    assert!(with(&[("ALMONER_LISTEN", "[::1]:8080")]).is_ok());
    for safe in [
        &[("ALMONER_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7")][..],
        &[("ALMONER_TLS_CERTIFICATE", "/c.pem"), ("ALMONER_TLS_KEY", "/k.pem")],
    ] {
        let mut vars = vec![("ALMONER_LISTEN", "0.0.0.0:8080")];
        vars.extend(safe);
        let error = refused(with(&vars));
        assert!(error.contains("`base_url` is not set"), "{error}");
        vars.extend(PUBLIC);
        assert!(with(&vars).is_ok());
    }
}

#[test]
fn a_certificate_comes_with_its_key() {
    let settings = with_file("[tls]\ncertificate = \"own.pem\"\nkey = \"/own.key\"").unwrap();
    let tls = settings.tls.as_ref().unwrap();
    assert!(tls.certificate.is_absolute() && tls.certificate.ends_with("own.pem"));
    assert_eq!(tls.key, PathBuf::from("/own.key"));
    assert_eq!(settings.base_url_at(8443), "https://localhost:8443");
    for (given, lacks) in [("certificate", "tls.key"), ("key", "tls.certificate")] {
        let error = refused(with_file(&format!("[tls]\n{given} = \"own.pem\"")));
        assert!(error.contains(&format!("`{lacks}` is not set")), "{error}");
    }
}

#[test]
fn the_setting_that_trusted_every_proxy_says_what_came_after_it() {
    for error in [
        refused(with_file("behind_proxy = true")),
        refused(with(&[("ALMONER_BEHIND_PROXY", "true")])),
    ] {
        assert!(error.contains("trusted_proxies"), "{error}");
    }
}

// proves S1
#[test]
fn a_site_that_others_reach_must_say_who_is_responsible() {
    with(&PUBLIC).unwrap();
    for left_out in 1..PUBLIC.len() {
        let mut vars = PUBLIC.to_vec();
        let (name, _) = vars.remove(left_out);
        let error = refused(with(&vars));
        assert!(error.contains(name), "{error}");
    }
    let error = refused(with(&[("ALMONER_TRUSTED_PROXIES", "127.0.0.1")]));
    assert!(error.contains("base_url"), "{error}");
}

#[test]
fn databases_are_told_apart_by_their_address() {
    for (address, path) in [
        ("sqlite:records.db", "records.db"),
        ("sqlite://records.db", "records.db"),
        ("sqlite:///srv/records.db", "/srv/records.db"),
        ("sqlite:/srv/records.db", "/srv/records.db"),
    ] {
        let Database::Sqlite(found) = with(&[("DATABASE_URL", address)]).unwrap().database else {
            panic!("{address} is SQLite")
        };
        assert_eq!(found, PathBuf::from(path));
    }
    for address in ["postgres://a:b@host.example/c", "postgresql://host.example/c"] {
        let Database::Postgres(found) = with(&[("DATABASE_URL", address)]).unwrap().database else {
            panic!("{address} is PostgreSQL")
        };
        assert_eq!(found.expose_secret(), address);
    }
    // A variable of our own wins over the platform's, however it is given.
    let both =
        [("DATABASE_URL", "postgres://h.example/c"), ("ALMONER_DATABASE_URL", "sqlite:mine.db")];
    assert!(matches!(with(&both).unwrap().database, Database::Sqlite(_)));
}

#[test]
fn other_databases_are_refused_and_no_password_is_shown() {
    for (address, shown) in [
        ("mysql://root:hunter2@host.example/x", "`mysql`"),
        ("hunter2", "`?`"),
        ("hunter2 is my password:", "`?`"),
        ("sqlite:", "name the file"),
        ("sqlite::memory:", "path of a file"),
        ("sqlite:x.db?mode=hunter2", "no parameters"),
        ("postgres:hunter2", "postgres://USER:PASSWORD@HOST/NAME"),
        ("postgres://", "postgres://USER:PASSWORD@HOST/NAME"),
    ] {
        let error = refused(with(&[("DATABASE_URL", address)]));
        assert!(error.contains(shown) && error.contains("DATABASE_URL"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn secrets_come_from_files_too_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "postgres://u:hunter2@h.example/d\n").unwrap();
    let path = file.to_str().unwrap();
    let settings = with(&[("ALMONER_DATABASE_URL_FILE", path)]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let Database::Postgres(address) = settings.database else { panic!("PostgreSQL was given") };
    assert_eq!(address.expose_secret(), "postgres://u:hunter2@h.example/d");

    let twice = [("ALMONER_DATABASE_URL_FILE", path), ("ALMONER_DATABASE_URL", "sqlite:a.db")];
    let error = refused(with(&twice));
    assert!(error.contains("both given"), "{error}");
    let error = refused(with(&[("ALMONER_DATABASE_URL_FILE", "/nowhere/secret")]));
    assert!(error.contains("/nowhere/secret"), "{error}");
    std::fs::write(&file, "\n").unwrap();
    assert!(refused(with(&[("ALMONER_DATABASE_URL_FILE", path)])).contains("empty"));
    let error = refused(with_file("[mail]\nsmtp_password = 12345"));
    assert!(error.contains("smtp_password") && !error.contains("12345"), "{error}");
}

#[test]
fn a_variable_wins_over_the_file_of_a_secret_in_the_settings_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("almoner.toml"), "database_url_file = \"url\"").unwrap();
    std::fs::write(folder.path().join("url"), "postgres://h.example/from-file").unwrap();
    let settings = in_folder(folder.path(), &[]).unwrap();
    assert!(
        matches!(settings.database, Database::Postgres(_)),
        "read from beside the settings file"
    );
    let settings = in_folder(folder.path(), &[("DATABASE_URL", "sqlite:mine.db")]).unwrap();
    assert!(matches!(settings.database, Database::Sqlite(_)));
}

#[test]
fn a_mail_server_is_given_whole_or_not_at_all() {
    let whole = [
        ("ALMONER_MAIL_FROM", "A Foundation <grants@a.example>"),
        ("ALMONER_MAIL_SMTP_HOST", "mail.a.example"),
        ("ALMONER_MAIL_SMTP_USER", "grants"),
        ("ALMONER_MAIL_SMTP_PASSWORD", "hunter2"),
    ];
    let smtp = with(&whole).unwrap().mail.smtp.unwrap();
    assert_eq!((smtp.port, smtp.tls), (587, SmtpTls::Starttls));
    assert_eq!(smtp.login.unwrap().password.expose_secret(), "hunter2");
    for left_out in 0..whole.len() {
        let mut vars = whole.to_vec();
        let (name, _) = vars.remove(left_out);
        assert!(refused(with(&vars)).contains(name), "{name} is needed");
    }
    for (name, value) in [
        ("ALMONER_MAIL_SMTP_TLS", "maybe"),
        ("ALMONER_MAIL_SMTP_TLS", "none"),
        ("ALMONER_MAIL_SMTP_PORT", "0"),
        ("ALMONER_MAIL_SMTP_PORT", "65536"),
    ] {
        let mut vars = whole.to_vec();
        vars.push((name, value));
        assert!(refused(with(&vars)).contains(name), "{name}={value}");
    }
    let local = [
        ("ALMONER_MAIL_FROM", "grants@a.example"),
        ("ALMONER_MAIL_SMTP_HOST", "localhost"),
        ("ALMONER_MAIL_SMTP_TLS", "none"),
    ];
    assert_eq!(with(&local).unwrap().mail.smtp.unwrap().port, 25);
}

#[test]
fn the_data_folder_is_made_for_this_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep/data");
    Settings::below(&data).make_data_folder().unwrap();
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "nothing is left behind");
    Settings::below(&data).make_data_folder().unwrap();

    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = Settings::below(&folder.path().join("file/data")).make_data_folder().unwrap_err();
    assert!(error.to_string().contains("can't be made"), "{error}");
    // Root may write wherever it likes, but not below /proc.
    let error = Settings::below(Path::new("/proc/self")).make_data_folder().unwrap_err();
    assert!(error.to_string().contains("can't be written"), "{error}");
}
