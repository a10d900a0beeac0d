//! The keyring as it is written: TOML, each key sealed under the root key, and a MAC over the whole.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use chrono::NaiveDate;
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::class::Class;
use crate::domain::id::Id;

use super::super::calendar::{Cohort, KeyName, KeyState};
use super::super::error::VaultError;
use super::super::primitives::length;
use super::super::service_key::ServiceKey;
use super::Scope;

/// The format that is written, and the newest that is read. The first one knew no key pairs.
pub(super) const FORMAT: i64 = 2;
/// The oldest that is read.
const OLDEST: i64 = 1;

/// What a reader of the file sees first.
const HEAD: &str = "\
# The keyring of an Almoner site. Almoner writes it; a MAC covers all of it, so that no entry can be changed,
# added or taken out by hand. Without the root key it opens nothing. keys.example explains the format.
";

/// A value written as its text.
pub(super) struct Text<T>(pub T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// Bytes written in base64.
pub(super) struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Bytes written in hexadecimal.
pub(super) struct Hex(pub Vec<u8>);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        HEXLOWER.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A class, as a keyring says that it holds keys of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub class: Class,
    /// Whether it can seal and not open.
    pub only_seals: bool,
}

/// What stands behind a class that a keyring can only seal for.
const ONLY_SEALS: &str = ":seal";

impl Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.class, if self.only_seals { ONLY_SEALS } else { "" })
    }
}

impl FromStr for Held {
    type Err = crate::domain::class::NotAClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, only_seals) = match text.strip_suffix(ONLY_SEALS) {
            Some(word) => (word, true),
            None => (text, false),
        };
        let class: Class = word.parse()?;
        if only_seals && !class.is_paired() {
            return Err(crate::domain::class::NotAClass);
        }
        Ok(Self { class, only_seals })
    }
}

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Document {
    pub(super) format: i64,
    pub(super) deployment: Id,
    pub(super) generation: u32,
    pub(super) scope: Text<Scope>,
    pub(super) classes: Vec<Text<Held>>,
    /// The fingerprint of the root key that the entries are sealed under.
    pub(super) root: Hex,
    /// The public key of the audit signatures.
    pub(super) audit_public: Hex,
    pub(super) mac: Base64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) key: Vec<KeyEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pair: Vec<PairEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) index: Vec<IndexEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) service: Vec<ServiceEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) destroyed: Vec<DestroyedEntry>,
}

/// A version of a cohort key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyEntry {
    pub name: Text<KeyName>,
    pub state: Text<KeyState>,
    pub created: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreferenced_since: Option<NaiveDate>,
    pub wrapped: Base64,
}

/// A version of a cohort key that is a pair.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PairEntry {
    pub name: Text<KeyName>,
    pub state: Text<KeyState>,
    pub created: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreferenced_since: Option<NaiveDate>,
    /// The public key. The MAC covers it.
    pub public: Hex,
    /// The private key; none where the keyring can only seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapped: Option<Base64>,
}

/// The index key of a cohort.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexEntry {
    pub name: Text<Cohort>,
    pub wrapped: Base64,
}

/// A service key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceEntry {
    pub name: Text<ServiceKey>,
    pub wrapped: Base64,
}

/// A key that was destroyed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DestroyedEntry {
    pub name: Text<KeyName>,
    pub on: NaiveDate,
}

impl Document {
    /// Reads a keyring. Nothing in it is to be believed until its MAC is checked.
    pub(in super::super) fn parse(bytes: &[u8], path: &Path) -> Result<Self, VaultError> {
        let damaged = |what| VaultError::KeyringDamaged { path: path.to_owned(), what };
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not text"))?;
        let table: toml::Table = text.parse().map_err(|_| damaged("it is not TOML"))?;
        if table.get("example").is_some() {
            return Err(VaultError::ExampleKeyring { path: path.to_owned() });
        }
        let found = table.get("format").and_then(toml::Value::as_integer);
        let found = found.ok_or_else(|| damaged("it names no format"))?;
        if found > FORMAT {
            return Err(VaultError::NewerFormat { path: path.to_owned(), found });
        }
        if found < OLDEST {
            return Err(damaged("it has a format that never was"));
        }
        let document: Self =
            table.try_into().map_err(|_| damaged("an entry is missing, unknown or misspelt"))?;
        if found == OLDEST && !document.pair.is_empty() {
            // The MAC of that format does not cover them.
            return Err(damaged("its format has no key pairs"));
        }
        Ok(document)
    }

    /// The file.
    pub(super) fn write(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEAD}\n{}", toml::to_string(self)?))
    }

    /// What the MAC is computed over: every entry in the order of the file, each part preceded by its length
    /// and each list by its count, so that no two keyrings give the same bytes.
    pub(in super::super) fn canonical(&self) -> Vec<u8> {
        let mut out = Canonical(Vec::with_capacity(64 << 10));
        out.part(b"almoner keyring");
        out.part(&self.format.to_be_bytes());
        out.text(&self.deployment);
        out.part(&self.generation.to_be_bytes());
        out.text(&self.scope.0);
        out.list(&self.classes, |out, class| out.text(&class.0));
        out.part(&self.root.0);
        out.part(&self.audit_public.0);
        out.list(&self.key, |out, entry| {
            out.text(&entry.name.0);
            out.text(&entry.state.0);
            out.text(&entry.created);
            match entry.unreferenced_since {
                Some(day) => out.text(&day),
                None => out.part(b""),
            }
            out.part(&entry.wrapped.0);
        });
        out.list(&self.index, |out, entry| {
            out.text(&entry.name.0);
            out.part(&entry.wrapped.0);
        });
        out.list(&self.service, |out, entry| {
            out.text(&entry.name.0);
            out.part(&entry.wrapped.0);
        });
        out.list(&self.destroyed, |out, entry| {
            out.text(&entry.name.0);
            out.text(&entry.on);
        });
        if self.format > OLDEST {
            out.list(&self.pair, |out, entry| {
                out.text(&entry.name.0);
                out.text(&entry.state.0);
                out.text(&entry.created);
                match entry.unreferenced_since {
                    Some(day) => out.text(&day),
                    None => out.part(b""),
                }
                out.part(&entry.public.0);
                out.part(entry.wrapped.as_ref().map_or(b"".as_slice(), |own| &own.0));
            });
        }
        out.0
    }
}

/// Bytes in the making, each part with its length before it.
struct Canonical(Vec<u8>);

impl Canonical {
    fn part(&mut self, part: &[u8]) {
        self.0.extend_from_slice(&length(part));
        self.0.extend_from_slice(part);
    }

    fn text(&mut self, part: &impl Display) {
        self.part(part.to_string().as_bytes());
    }

    fn list<T>(&mut self, list: &[T], write: impl Fn(&mut Self, &T)) {
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        self.part(&count.to_be_bytes());
        for entry in list {
            write(self, entry);
        }
    }
}
