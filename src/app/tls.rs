//! A certificate of our own, taken up anew when its files change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsSettings;

/// How often the files are looked at, at most.
const LOOK: Duration = Duration::from_secs(1);

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or there is nothing of use in it.
    #[error(
        "{} can't be used as {what} ({reason}); it has to be a PEM file that this user may read", .path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What it is for.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The two files don't belong together.
    #[error(
        "the certificate {} and the key {} can't be used together ({reason}); name the two files of one certificate", .certificate.display(), .key.display()
    )]
    Pair {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The library refuses its own defaults.
    #[error("HTTPS can't be served: {0}")]
    Library(#[from] rustls::Error),
}

/// What is told of two files by their times and lengths: when that changes, they are read again.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// The certificate in use, and when its files were last looked at.
struct Held {
    key: Arc<CertifiedKey>,
    stamp: Stamp,
    looked: Instant,
}

/// Answers each connection with the certificate that the files hold.
struct Certificates {
    files: TlsSettings,
    provider: Arc<CryptoProvider>,
    held: Mutex<Held>,
}

/// What a server with a certificate needs: TLS 1.2 and 1.3, without certificates of clients.
///
/// # Errors
/// When the files can't be read or don't belong together.
pub fn server(files: &TlsSettings) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // The stamp first: what changes while the files are read is read again.
    let stamp = stamp(files);
    let key = Arc::new(read(files, &provider)?);
    let held = Mutex::new(Held { key, stamp, looked: Instant::now() });
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
    let certificates = Certificates { files: files.clone(), provider, held };
    Ok(builder.with_cert_resolver(Arc::new(certificates)))
}

impl Certificates {
    fn current(&self) -> Arc<CertifiedKey> {
        // What it guards is replaced whole.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.looked.elapsed() < LOOK {
            return Arc::clone(&held.key);
        }
        held.looked = Instant::now();
        let stamp = stamp(&self.files);
        if stamp != held.stamp {
            // Also when they are of no use: that is said once, until they change again.
            held.stamp = stamp;
            match read(&self.files, &self.provider) {
                Ok(key) => {
                    held.key = Arc::new(key);
                    tracing::info!("a new certificate is in use");
                }
                Err(error) => {
                    tracing::warn!(%error, "the new certificate is not used; going on with the one before");
                }
            }
        }
        Arc::clone(&held.key)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Certificates").field(&self.files.certificate).finish()
    }
}

/// Follows links, since those who renew certificates often move one.
fn stamp(files: &TlsSettings) -> Stamp {
    [&files.certificate, &files.key].map(|path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    })
}

fn read(files: &TlsSettings, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let wrong = |path: &Path, what| {
        let path = path.to_owned();
        move |error: rustls::pki_types::pem::Error| TlsError::File {
            path,
            what,
            reason: error.to_string(),
        }
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .and_then(|chain| {
            let none = rustls::pki_types::pem::Error::NoItemsFound;
            if chain.is_empty() { Err(none) } else { Ok(chain) }
        })
        .map_err(wrong(&files.certificate, "a certificate"))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(wrong(&files.key, "a key"))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| TlsError::Pair {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        reason: error.to_string(),
    })
}
