//! Gathers what was given, from the file, the variables and the flags, and refuses what has no meaning.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use toml::Value;

use super::error::{ConfigError, Origin};

/// Variables that begin with this are settings, every one of them.
const PREFIX: &str = "ALMONER_";

/// Every key there is, in the order of `almoner.example.toml`. A key that ends in `_file` names the file of a
/// secret; its value may be given directly too.
pub(super) const KEYS: &[&str] = &[
    "data",
    "listen",
    "trusted_proxies",
    "surface",
    "limits.factor",
    "tls.certificate",
    "tls.key",
    "base_url",
    "database_url",
    "database_url_file",
    "keys.folder",
    "keys.root_key_file",
    "controller.organisation",
    "controller.address",
    "controller.contact_email",
    "controller.country",
    "controller.authority_name",
    "controller.authority_url",
    "controller.privacy_officer",
    "controller.backup_days",
    PROCESSORS,
    "mail.from",
    "mail.folder",
    "mail.smtp_host",
    "mail.smtp_port",
    "mail.smtp_tls",
    "mail.smtp_user",
    "mail.smtp_password",
    "mail.smtp_password_file",
    "sign_in.staff_by_mail",
    "oidc.issuer",
    "oidc.client_id",
    "oidc.client_secret",
    "oidc.client_secret_file",
    "oidc.name",
    "oidc.allowed_domains",
    "oidc.counts_as_fresh",
    "oidc.create",
    "github.client_id",
    "github.client_secret",
    "github.client_secret_file",
    "github.base_url",
    "github.api_url",
    "log.format",
    "log.filter",
    CONFIG,
];

/// A list of tables: it can be given in the file alone.
pub(super) const PROCESSORS: &str = "controller.processors";

/// The settings file itself: it can be given by flag and variable alone.
const CONFIG: &str = "config";

/// The variable of a key: `mail.smtp_host` is `ALMONER_MAIL_SMTP_HOST`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_ascii_uppercase())
}

/// A setting as it was given.
pub(super) struct Given<'a> {
    pub(super) origin: Origin,
    pub(super) value: &'a Value,
    /// A relative path is meant from here. The file's paths are meant from the file's folder.
    base: Option<&'a Path>,
}

/// All that was given, by key: flags before variables before the file.
#[derive(Default)]
pub(super) struct Sources {
    flags: BTreeMap<&'static str, (&'static str, Value)>,
    variables: BTreeMap<&'static str, (String, Value)>,
    file: BTreeMap<&'static str, Value>,
    file_path: PathBuf,
}

impl Sources {
    /// Takes a flag of the command line.
    pub(super) fn flag(&mut self, key: &'static str, name: &'static str, value: Option<String>) {
        if let Some(value) = value {
            self.flags.insert(key, (name, Value::String(value)));
        }
    }

    /// Takes the variables of the environment. An empty one counts as not given.
    pub(super) fn variables(
        &mut self,
        vars: impl Iterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        let mut platform = BTreeMap::new();
        for (name, value) in vars {
            let key = match name.as_str() {
                // As hosting platforms set them; a variable of our own wins.
                "DATABASE_URL" => {
                    platform.insert("database_url", (name, value));
                    continue;
                }
                _ if !name.starts_with(PREFIX) => continue,
                _ => KEYS.iter().copied().find(|key| *key != PROCESSORS && variable(key) == name),
            };
            let Some(key) = key else {
                let known = KEYS.iter().copied().filter(|key| *key != PROCESSORS).map(variable);
                return Err(ConfigError::UnknownVariable {
                    suggestion: nearest(&name, known),
                    name,
                });
            };
            if !value.is_empty() {
                self.variables.insert(key, (name, Value::String(value)));
            }
        }
        for (key, (name, value)) in platform {
            let given =
                [key, "database_url_file"].iter().any(|key| self.variables.contains_key(key));
            if !given && !value.is_empty() {
                self.variables.insert(key, (name, Value::String(value)));
            }
        }
        Ok(())
    }

    /// Reads the settings file.
    pub(super) fn file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let table = text.parse::<toml::Table>().map_err(|error| {
            // The parser's own text quotes the line, which may hold a secret: only its message is kept.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            ConfigError::FileSyntax {
                path: path.to_owned(),
                line,
                message: error.message().to_owned(),
            }
        })?;
        self.file_path = path.to_owned();
        for (key, value) in flatten(table) {
            let known = KEYS.iter().copied().filter(|key| *key != CONFIG);
            let Some(known_key) = known.clone().find(|known| *known == key) else {
                let suggestion = nearest(&key, known.map(ToOwned::to_owned));
                return Err(ConfigError::UnknownKey { path: path.to_owned(), key, suggestion });
            };
            self.file.insert(known_key, value);
        }
        Ok(())
    }

    /// What was given for a key, from the place that counts most.
    pub(super) fn get(&self, key: &'static str) -> Option<Given<'_>> {
        (0..3).find_map(|rank| self.get_at(key, rank))
    }

    /// What the settings file gives for a key, whatever else was given.
    pub(super) fn get_in_file(&self, key: &'static str) -> Option<Given<'_>> {
        self.get_at(key, 2)
    }

    /// What one place gives: 0 the flags, 1 the variables, 2 the file.
    fn get_at(&self, key: &'static str, rank: u8) -> Option<Given<'_>> {
        match rank {
            0 => self.flags.get(key).map(|(name, value)| Given {
                origin: Origin::Flag(name),
                value,
                base: None,
            }),
            1 => self.variables.get(key).map(|(name, value)| Given {
                origin: Origin::Variable(name.clone()),
                value,
                base: None,
            }),
            _ => self.file.get(key).map(|value| Given {
                origin: Origin::File { key, path: self.file_path.clone() },
                value,
                base: self.file_path.parent(),
            }),
        }
    }

    /// A text.
    pub(super) fn text(&self, key: &'static str) -> Result<Option<String>, ConfigError> {
        self.get(key).map(|given| given.text()).transpose()
    }

    /// A path; a relative one in the file is meant from the file's folder.
    pub(super) fn path(&self, key: &'static str) -> Result<Option<PathBuf>, ConfigError> {
        self.get(key).map(|given| given.path()).transpose()
    }

    /// A list of texts; in a variable they stand between commas.
    pub(super) fn list(
        &self,
        key: &'static str,
        expected: &str,
    ) -> Result<Option<Vec<String>>, ConfigError> {
        let Some(given) = self.get(key) else { return Ok(None) };
        let texts = match (given.value, &given.origin) {
            (Value::Array(values), _) => {
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
            }
            (Value::String(text), Origin::Variable(_) | Origin::Flag(_)) => {
                Some(text.split(',').map(|part| part.trim().to_owned()).collect())
            }
            _ => None,
        };
        texts.map(Some).ok_or_else(|| given.wrong(expected))
    }

    /// Yes or no.
    pub(super) fn truth(&self, key: &'static str) -> Result<Option<bool>, ConfigError> {
        let Some(given) = self.get(key) else { return Ok(None) };
        match (given.value, &given.origin) {
            (Value::Boolean(value), _) => Ok(Some(*value)),
            (Value::String(text), Origin::Variable(_) | Origin::Flag(_)) if text == "true" => {
                Ok(Some(true))
            }
            (Value::String(text), Origin::Variable(_) | Origin::Flag(_)) if text == "false" => {
                Ok(Some(false))
            }
            _ => Err(given.wrong("true or false")),
        }
    }

    /// A whole number that fits.
    pub(super) fn number<T>(
        &self,
        key: &'static str,
        expected: &str,
    ) -> Result<Option<T>, ConfigError>
    where
        T: TryFrom<i64>,
    {
        let Some(given) = self.get(key) else { return Ok(None) };
        let number = match (given.value, &given.origin) {
            (Value::Integer(number), _) => Some(*number),
            (Value::String(text), Origin::Variable(_) | Origin::Flag(_)) => text.parse().ok(),
            _ => None,
        };
        match number.and_then(|number| T::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(given.wrong(expected)),
        }
    }

    /// A secret, given directly or as the path of a file that holds it, and where it was given.
    pub(super) fn secret(
        &self,
        key: &'static str,
        file_key: &'static str,
    ) -> Result<Option<(SecretString, Origin)>, ConfigError> {
        for rank in 0..3 {
            match (self.get_at(key, rank), self.get_at(file_key, rank)) {
                (None, None) => {}
                (Some(value), None) => {
                    let Some(secret) = value.value.as_str() else {
                        // Not shown, even if it can't be used.
                        return Err(ConfigError::Wrong {
                            origin: value.origin,
                            value: "…".to_owned(),
                            expected: "a text in quotes".to_owned(),
                        });
                    };
                    return Ok(Some((SecretString::from(secret), value.origin)));
                }
                (None, Some(file)) => return read_secret(&file).map(Some),
                (Some(value), Some(file)) => {
                    return Err(ConfigError::SecretTwice {
                        value: value.origin,
                        file: file.origin,
                    });
                }
            }
        }
        Ok(None)
    }
}

impl Given<'_> {
    /// The error for a value that won't do.
    pub(super) fn wrong(&self, expected: impl Into<String>) -> ConfigError {
        let value = match self.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        ConfigError::Wrong { origin: self.origin.clone(), value, expected: expected.into() }
    }

    fn text(&self) -> Result<String, ConfigError> {
        match self.value.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
            _ => Err(self.wrong("a text in quotes, and not empty")),
        }
    }

    fn path(&self) -> Result<PathBuf, ConfigError> {
        let path = PathBuf::from(self.text()?);
        Ok(self.base.map_or(path.clone(), |base| base.join(path)))
    }
}

fn read_secret(file: &Given<'_>) -> Result<(SecretString, Origin), ConfigError> {
    let path = file.path()?;
    let origin = file.origin.clone();
    let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::SecretUnreadable {
        origin: origin.clone(),
        path: path.clone(),
        source,
    })?;
    // Editors and `echo` end a file with a line end; it is no part of the secret.
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(ConfigError::SecretEmpty { origin, path });
    }
    Ok((SecretString::from(secret), origin))
}

/// The values of a table with their full keys: `smtp_host` of `[mail]` is `mail.smtp_host`.
fn flatten(table: toml::Table) -> Vec<(String, Value)> {
    let mut flat = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) if !inner.is_empty() => flat.extend(
                flatten(inner).into_iter().map(|(inner, value)| (format!("{key}.{inner}"), value)),
            ),
            // An empty section says nothing, if it exists.
            Value::Table(_) if KEYS.iter().any(|known| known.starts_with(&format!("{key}."))) => {}
            value => flat.push((key, value)),
        }
    }
    flat
}

/// A hint at what may have been meant.
fn nearest(given: &str, known: impl Iterator<Item = String>) -> String {
    if given.eq_ignore_ascii_case("behind_proxy") || given == variable("behind_proxy") {
        return "name the addresses of the proxy with trusted_proxies instead: only they are believed".to_owned();
    }
    let best = known.map(|name| (distance(given, &name), name)).min();
    match best {
        Some((distance, name)) if distance <= 3.max(given.len() / 4) => {
            format!("did you mean {name}?")
        }
        _ => "almoner.example.toml lists all settings".to_owned(),
    }
}

/// How many letters must be put in, taken out or replaced to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut next = vec![line + 1];
        let pairs = row.iter().zip(row.iter().skip(1)).zip(other.chars());
        for ((diagonal, above), against) in pairs {
            let left = next.last().copied().unwrap_or_default();
            let replaced = diagonal + usize::from(letter != against);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Whether a variable of this name is read at all.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX) || name == "DATABASE_URL" || name == "PORT"
}
