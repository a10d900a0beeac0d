//! A site in a folder, prepared in this process and served by another.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use almoner::app::{self, App, keyring_files};
use almoner::clock::{Clock, SystemClock};
use almoner::config::Settings;
use almoner::domain::application::Age;
use almoner::domain::class::Class;
use almoner::domain::consent::Purpose;
use almoner::domain::file::{FileKind, size_words};
use almoner::domain::form::Section;
use almoner::domain::id::Id;
use almoner::domain::programme::{Kind, Question};
use almoner::domain::secret::{Secret, SecretBytes};
use almoner::service::deliver_mail::{self, Content};
use almoner::service::permitted::OwnApplication;
use almoner::service::session::{self, Applicant};
use almoner::service::{
    Context, attach_file, fetch_file, first_start, read_own, rounds, save_draft, sign_in,
    start_application,
};
use almoner::store::{Store, Target};
use almoner::vault::{KeyringFiles, Vault};
use diesel::{Connection, RunQueryDsl, SqliteConnection};

/// How often something is done that has to be done often: `TEST_LONG=1` asks for the whole count.
pub fn times(short: usize, long: usize) -> usize {
    let times =
        if std::env::var_os("TEST_LONG").is_some_and(|long| long == "1") { long } else { short };
    println!("{times} times");
    times
}

/// A number that nobody foresees.
pub fn random() -> u64 {
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// A moment up to so long, at random.
pub fn some_time(most: Duration) {
    let most = u64::try_from(most.as_micros()).unwrap().max(1);
    std::thread::sleep(Duration::from_micros(random() % most));
}

/// A folder with a site in it.
pub struct Home {
    folder: PathBuf,
    /// Removed with this, where it is ours.
    _temporary: Option<tempfile::TempDir>,
}

impl Home {
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Self { folder: temporary.path().to_owned(), _temporary: Some(temporary) }
    }

    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), _temporary: None }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn settings(&self) -> Settings {
        let mut settings = Settings::below(&self.data());
        settings.limits = std::num::NonZeroU32::new(1_000_000).unwrap();
        settings.listen.set_port(0);
        settings
    }

    /// Makes the site and gives what its use cases work with. Nobody serves it yet.
    pub fn make(&self, clock: Arc<dyn Clock>) -> Arc<Context> {
        let app = App::build(self.settings(), clock).unwrap();
        let context = Arc::clone(app.context());
        // Nobody shall wait for this process, which looks for no keys.
        first_start::leave(&context).unwrap();
        context
    }

    /// Opens the site, as a command does.
    pub fn open(&self) -> Context {
        app::open(&self.settings(), Arc::new(SystemClock)).unwrap()
    }

    pub fn vault(&self) -> Vault {
        Vault::open(keyring_files(&self.settings())).unwrap()
    }

    /// A keyring in another folder.
    pub fn vault_of(&self, folder: &Path) -> Vault {
        Vault::open(KeyringFiles::in_folder(folder)).unwrap()
    }

    pub fn store(&self) -> Store {
        Store::open(Target::Sqlite(self.data().join("almoner.db"))).unwrap()
    }

    /// The answer to a question that is one number.
    pub fn count(&self, sql: &str) -> i64 {
        let path = self.data().join("almoner.db");
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        diesel::sql_query("PRAGMA busy_timeout = 10000").execute(&mut connection).unwrap();
        let found: Number = diesel::sql_query(format!("SELECT ({sql}) AS number"))
            .get_result(&mut connection)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        found.number
    }

    /// The program, with nothing of this process's environment.
    pub fn almoner(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
        command.env_clear().current_dir(&self.folder).args(arguments);
        // Everybody in a test comes from one address.
        command.env("ALMONER_LIMITS_FACTOR", "1000000");
        command.arg("--data").arg(self.data());
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.almoner(arguments).output().unwrap())
    }

    /// Runs a command that must do what it is told.
    pub fn must(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

/// A command that has ended.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: std::process::Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// It failed, and said so in one sentence with these words in it.
    pub fn refused(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        assert!(self.err.starts_with("almoner: "), "{}", self.err);
        assert_eq!(self.err.trim_end().lines().count(), 1, "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in: {}", self.err);
        }
    }
}

/// `almoner serve`, killed when dropped.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    pub fn start(home: &Home) -> Self {
        Self::start_saying(home, Stdio::null())
    }

    /// Its log goes where one says.
    pub fn start_saying(home: &Home, log: Stdio) -> Self {
        let mut command = home.almoner(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.rsplit_once("on port ")?.1.trim_end_matches('.').parse().ok())
            .expect("the site serves");
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).count());
        Self { child, port }
    }

    /// `kill -9`
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }

    pub fn is_up(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server answered.
pub struct Answer {
    pub status: u16,
    pub text: String,
}

/// Posts a form of a page of the site; none when no whole answer came.
pub fn post(port: u16, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Option<Answer> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nCookie: {cookie}\r\n\
         Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, _) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().unwrap();
    Some(Answer { status, text })
}

/// An application that is filled in.
#[derive(Clone)]
pub struct Draft {
    pub id: Id,
    pub who: Applicant,
    /// The line of the cookie header.
    pub cookie: String,
    /// What was typed, by the names of the controls, and the files that were attached, as pages name them.
    pub values: BTreeMap<String, String>,
    /// What is in those files, by the keys of their questions.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Draft {
    /// Presses the button.
    pub fn submit(&self, port: u16) -> Option<Answer> {
        let path = format!("/applications/{}/check", self.id);
        post(port, &path, &self.cookie, &[("token", &self.who.forgery)])
    }

    /// Saves another name.
    pub fn save_name(&self, port: u16, name: &str) -> Option<Answer> {
        let path = format!("/applications/{}/form/you", self.id);
        let typed = |key: &str| self.values.get(key).map(String::as_str).unwrap_or_default();
        let mut fields = vec![("token", self.who.forgery.as_str()), ("action", "save")];
        for key in ["pronouns", "location", "github_username", "social_usernames"] {
            fields.push((key, typed(key)));
        }
        fields.push(("name", name));
        post(port, &path, &self.cookie, &fields)
    }

    /// Everything that was typed comes back when it is opened.
    pub fn is_whole(&self, ctx: &Context) {
        let found = OwnApplication::find(ctx, &self.who, &self.id).unwrap();
        for (question, content) in &self.files {
            let kept = fetch_file::own(ctx, &found, question).unwrap();
            assert_eq!(kept.content.expose(), content, "{}", self.id);
        }
        let own = read_own::get(ctx, &found).unwrap();
        let rows: BTreeMap<String, String> = own
            .shared
            .iter()
            .chain(&own.staff_only)
            // Taken at submission, not typed.
            .filter(|row| row.control != "ip")
            .map(|row| (row.control.clone(), row.value.expose().to_owned()))
            .collect();
        assert_eq!(rows, self.values, "{}", self.id);
        assert!(!own.consents.is_empty(), "{}", self.id);
    }
}

/// Somebody for each number goes all the way to a draft that is filled in.
pub fn drafts(ctx: &Context, numbers: std::ops::Range<usize>) -> Vec<Draft> {
    let rounds = rounds::open_rounds(ctx).unwrap();
    let round = rounds.iter().find(|round| round.slug.starts_with("project")).unwrap();
    let slug = &round.slug;
    let mut found = Vec::new();
    for number in numbers {
        let email = format!("person{number}@people.example");
        let journey = start_application::state_age(ctx, slug, Age::Adult).unwrap();
        let journey = journey.unwrap_or_else(|_| panic!("an adult is old enough"));
        let boxes = start_application::consent_page(ctx, slug, &journey).unwrap().boxes;
        let ticked: Vec<String> = boxes.into_iter().map(|own| own.control).collect();
        let journey = start_application::give_consent(ctx, slug, &journey, &ticked).unwrap();
        start_application::ask_address(ctx, slug, &journey, &email, None).unwrap();
        let letters = deliver_mail::due(ctx, &Class::ALL).unwrap();
        let link = letters.iter().find_map(|letter| match &letter.content {
            Content::ConfirmAddress { ways, .. } if letter.to.expose() == email => {
                Some(ways.link.expose().to_owned())
            }
            _ => None,
        });
        let link = link.expect("a mail with a link");
        let entered = sign_in::by_link(ctx, link.rsplit('/').next().unwrap(), None, "").unwrap();
        let id: Id = entered.go_to.split('/').find_map(|part| part.parse().ok()).unwrap();
        let who = session::applicant(ctx, &entered.cookie).unwrap();
        let mut values = BTreeMap::from([("email".to_owned(), email)]);
        for section in round.form.sections() {
            let mut typed: Vec<(String, String)> = Vec::new();
            if section == Section::You {
                for (key, value) in [
                    ("name", format!("Person {number} of Kępa")),
                    ("pronouns", "they/them".to_owned()),
                    ("location", "Lisbon, Portugal".to_owned()),
                    ("github_username", format!("person-{number}")),
                    ("social_usernames", format!("@person{number}@social.example")),
                ] {
                    typed.push((key.to_owned(), value));
                }
            }
            let answered =
                round.form.questions_of(section).filter(|question| question.kind != Kind::File);
            for question in answered {
                let value = answer(question, number, round.form.amount.most);
                typed.push((format!("answer.{}", question.key), value));
            }
            let mut given: Vec<_> =
                typed.iter().map(|(key, value)| (key.clone(), Secret::new(value))).collect();
            for question in round.form.questions_of(section).filter(|question| question.sensitive) {
                let tick = Purpose::Sensitive(question.key.clone()).control();
                given.push((tick, Secret::new("yes")));
            }
            let errors = save_draft::save(
                ctx,
                &OwnApplication::find(ctx, &who, &id).unwrap(),
                section,
                &given,
            )
            .unwrap();
            assert!(errors.is_empty(), "{errors:?}");
            values.extend(typed);
        }
        let mut files = BTreeMap::new();
        for question in round.form.questions.iter().filter(|own| own.kind == Kind::File) {
            let (name, content) = (format!("Plan {number}.txt"), plan(number));
            let own = OwnApplication::find(ctx, &who, &id).unwrap();
            let bytes = SecretBytes::new(content.clone());
            attach_file::attach(ctx, &who, &own, &question.key, &name, bytes).unwrap();
            let (kind, size) = (FileKind::Text.label(), size_words(content.len()));
            values.insert(format!("answer.{}", question.key), format!("{name} ({kind}, {size})"));
            files.insert(question.key.clone(), content);
        }
        assert!(!files.is_empty(), "a form that asks for a file");
        let cookie = format!("__Host-applicant={}", entered.cookie);
        found.push(Draft { id, who, cookie, values, files });
    }
    found
}

/// A file that fills several pages of the database.
fn plan(number: usize) -> Vec<u8> {
    format!("What person {number} plans, week after week.\n").repeat(400).into_bytes()
}

fn answer(question: &Question, number: usize, most: i64) -> String {
    match question.kind {
        Kind::Money => most.to_string(),
        Kind::Choice => question.options.first().cloned().unwrap_or_default(),
        Kind::Number => "40".to_owned(),
        Kind::Date => "2027-05-14".to_owned(),
        Kind::File => String::new(),
        Kind::Line => format!("Line {number} about {}", question.key),
        Kind::Text => format!("What person {number} says about {}.\nIn two lines.", question.key),
    }
}
