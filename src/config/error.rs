//! What can be wrong with the settings, each said so that an operator knows what to do.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::domain::controller::ControllerError;

/// Where a setting was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A key of the settings file.
    File {
        /// The key, with its section.
        key: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A variable of the environment.
    Variable(String),
    /// A flag on the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { key, path } => write!(f, "`{key}` in {}", path.display()),
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::Flag(name) => write!(f, "the flag {name}"),
        }
    }
}

/// The settings can't be used. The text says what to change.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings file was named but can't be read.
    #[error(
        "the settings file {} can't be read ({source}); check the path given with --config or \
         ALMONER_CONFIG and that this user may read it", .path.display()
    )]
    FileUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The settings file is not TOML.
    #[error("{}, line {line}: {message}; see almoner.example.toml for how settings are written", .path.display())]
    FileSyntax {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// The settings file has a key that does not exist.
    #[error("{}: there is no setting `{key}`; {suggestion}", .path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key, with its section.
        key: String,
        /// What may have been meant.
        suggestion: String,
    },
    /// The environment has a variable that looks like ours and is not.
    #[error(
        "there is no setting of the name {name}; {suggestion}. Variables that begin with ALMONER_ are \
         settings, so remove or rename this one"
    )]
    UnknownVariable {
        /// The variable.
        name: String,
        /// What may have been meant.
        suggestion: String,
    },
    /// A variable holds bytes that are not text.
    #[error("the variable {name} is not UTF-8 text; set it anew")]
    VariableNotText {
        /// The variable.
        name: String,
    },
    /// A value is of the wrong kind or out of range. Never used for secrets: the value is shown.
    #[error("{origin} is `{value}`, but it must be {expected}")]
    Wrong {
        /// Where it was given.
        origin: Origin,
        /// What was given.
        value: String,
        /// What would do.
        expected: String,
    },
    /// A secret is given both directly and as a file, in one place.
    #[error("{value} and {file} are both given; keep one of them (the file is the safer one)")]
    SecretTwice {
        /// Where the value was given.
        value: Origin,
        /// Where the file was named.
        file: Origin,
    },
    /// The file of a secret can't be read.
    #[error("{origin} names {}, which can't be read ({source}); check the path and its permissions", .path.display())]
    SecretUnreadable {
        /// Where the file was named.
        origin: Origin,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file of a secret is empty.
    #[error("{origin} names {}, which is empty; write the secret into it", .path.display())]
    SecretEmpty {
        /// Where the file was named.
        origin: Origin,
        /// The file.
        path: PathBuf,
    },
    /// The database is of a kind that is not supported. The address itself may hold a password and is not shown.
    #[error(
        "{origin} names a database of the kind `{scheme}`; give sqlite:PATH, or postgres://USER:PASSWORD@HOST/NAME, \
         or leave it out for a SQLite file in the data folder"
    )]
    UnknownDatabase {
        /// Where it was given.
        origin: Origin,
        /// What stands before the colon; nothing else of the address.
        scheme: String,
    },
    /// The address of a database is cut short.
    #[error("{origin} is not complete: {expected}")]
    IncompleteDatabase {
        /// Where it was given.
        origin: Origin,
        /// What would do.
        expected: &'static str,
    },
    /// Plain HTTP would be reachable from other machines.
    #[error(
        "listening on {listen} would serve plain HTTP to other machines. Listen on 127.0.0.1; or give Almoner a \
         certificate with certificate and key under [tls]; or put a proxy with a certificate before it and name that \
         proxy's addresses with trusted_proxies"
    )]
    PlainHttp {
        /// The address that was asked for.
        listen: SocketAddr,
    },
    /// A setting is needed because of another one.
    #[error("`{key}` is not set, and {because}; set it in the settings file or as {}", super::source::variable(.key))]
    Missing {
        /// The key, with its section.
        key: &'static str,
        /// Why it is needed.
        because: &'static str,
    },
    /// What is said about the organisation can't be printed in the privacy notice.
    #[error("{0}; set it in the settings file or as a variable ALMONER_CONTROLLER_…")]
    Controller(#[from] ControllerError),
    /// The data folder can't be made.
    #[error(
        "the data folder {} can't be made ({source}); choose another with --data, or make it and give it to this user", .path.display()
    )]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The data folder can't be written.
    #[error(
        "the data folder {} can't be written ({source}); give it to the user that runs Almoner, or choose another \
         with --data", .path.display()
    )]
    DataFolderNotWritable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
