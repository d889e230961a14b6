//! The certificate that is shown, and the key to it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use thiserror::Error;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// HTTP/2, as it is agreed on.
pub(super) const HTTP2: &[u8] = b"h2";

/// A certificate in a file and its key in another, as they were when they were read last; a clone is the same.
#[derive(Clone, Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    in_force: Arc<RwLock<Arc<ServerConfig>>>,
}

/// Why a certificate cannot be shown.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The file cannot be read, or holds nothing of the kind.
    #[error("{0} cannot be read: {1}")]
    File(PathBuf, rustls::pki_types::pem::Error),
    /// The certificate and the key cannot be used, or not together.
    #[error("the certificate and the key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
}

impl Tls {
    /// Reads a certificate, with those that vouch for it after it, and its key, both as PEM.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn read(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let in_force = Arc::new(RwLock::new(read(&certificate, &key)?));
        Ok(Self { certificate, key, in_force })
    }

    /// Reads both files anew, for whoever connects from now on.
    ///
    /// # Errors
    /// [`TlsError`]; then what was read before stays in force.
    pub fn reload(&self) -> Result<(), TlsError> {
        let read = read(&self.certificate, &self.key)?;
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| TlsError::File(path, error)
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
