//! Files that only their owner may read, replaced whole or not at all.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::super::error::VaultError;

/// More than any keyring has, in bytes.
const LIMIT: u64 = 16 << 20;

/// The permissions of others than the owner.
const OTHERS: u32 = 0o077;

/// Where the two files of a keyring are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyringFiles {
    /// The keyring.
    pub keyring: PathBuf,
    /// The root key; best on another disk than the keyring, and out of its backups.
    pub root: PathBuf,
}

impl KeyringFiles {
    /// Both files in one folder, `keyring.toml` and `root.key`.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { keyring: folder.join("keyring.toml"), root: folder.join("root.key") }
    }
}

/// Tells one version of a file from the next without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Stamp([i64; 7]);

impl Stamp {
    /// The stamp of a file; none where there is no file.
    pub(in super::super) fn of(path: &Path) -> Result<Option<Self>, VaultError> {
        match fs::metadata(path) {
            Ok(data) => Ok(Some(Self([
                data.dev().cast_signed(),
                data.ino().cast_signed(),
                data.size().cast_signed(),
                data.mtime(),
                data.mtime_nsec(),
                data.ctime(),
                data.ctime_nsec(),
            ]))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(VaultError::io(path)(error)),
        }
    }
}

/// The path with something appended to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether others than the owner have any right to a file or folder.
pub(in super::super) fn open_to_others(path: &Path) -> Result<bool, VaultError> {
    let data = fs::metadata(path).map_err(VaultError::io(path))?;
    Ok(data.mode() & OTHERS != 0)
}

/// What is in a file; none where there is no file.
///
/// # Errors
/// [`VaultError::Readable`] when others than the owner may read or write it, [`VaultError::Io`].
pub(super) fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(VaultError::io(path)(error)),
    };
    let data = file.metadata().map_err(VaultError::io(path))?;
    if data.mode() & OTHERS != 0 {
        return Err(VaultError::Readable { path: path.to_owned() });
    }
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let room = usize::try_from(data.size().min(LIMIT)).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(LIMIT).read_to_end(&mut bytes).map_err(VaultError::io(path))?;
    Ok(Some(bytes))
}

/// Writes a new file of mode 0600, in place of one that may be left over, and waits until it is on disk.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    remove(path)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(VaultError::io(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(VaultError::io(path))
}

/// Gives a file the name of another, which is gone then, and waits until that is on disk.
pub(super) fn replace(from: &Path, to: &Path) -> Result<(), VaultError> {
    fs::rename(from, to).map_err(VaultError::io(to))?;
    sync_folder(to)
}

/// Waits until the names in the folder of `path` are on disk.
pub(super) fn sync_folder(path: &Path) -> Result<(), VaultError> {
    let folder = folder(path);
    File::open(folder).and_then(|file| file.sync_all()).map_err(VaultError::io(folder))
}

/// The folder that a path lies in.
pub(in super::super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Makes the folder of `path`, of mode 0700, where there is none.
pub(super) fn make_folder(path: &Path) -> Result<(), VaultError> {
    let folder = folder(path);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(VaultError::io(folder))
}

/// Overwrites a file with zeros where it lies. On some disks and file systems the old bytes stay all the same;
/// it costs nothing to try.
pub(super) fn wipe(path: &Path) -> Result<(), VaultError> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(VaultError::io(path)(error)),
    };
    let length = file.metadata().map_err(VaultError::io(path))?.len().min(LIMIT);
    let zeros = vec![0; usize::try_from(length).unwrap_or_default()];
    file.write_all(&zeros).and_then(|()| file.sync_all()).map_err(VaultError::io(path))
}

/// Removes a file, where there is one.
pub(super) fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(VaultError::io(path)(error)),
    }
}

/// A lock on a keyring, held until dropped, and let go by the system when the process dies.
pub(super) struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// Waits until nobody reads or writes the keyring, and keeps others off it.
pub(super) fn lock_to_write(keyring: &Path) -> Result<Lock, VaultError> {
    let path = keyring.with_extension("lock");
    let file = lock_file(&path).map_err(VaultError::io(&path))?;
    file.lock().map_err(VaultError::io(&path))?;
    Ok(Lock(file))
}

/// Waits until nobody writes the keyring, and keeps writers off it. None where the folder can't be written to:
/// nobody writes there then, but for an operator who puts another file in place.
pub(super) fn lock_to_read(keyring: &Path) -> Result<Option<Lock>, VaultError> {
    let path = keyring.with_extension("lock");
    let opened = match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => lock_file(&path),
        other => other,
    };
    match opened {
        Ok(file) => {
            file.lock_shared().map_err(VaultError::io(&path))?;
            Ok(Some(Lock(file)))
        }
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(VaultError::io(&path)(error)),
    }
}

fn lock_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
