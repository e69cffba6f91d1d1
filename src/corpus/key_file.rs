//! Key files: a reviewer's private key, encrypted with a passphrase.
//!
//! Argon2id makes a key of the passphrase, XChaCha20-Poly1305 encrypts the 32 secret bytes with it;
//! everything else in the file is authenticated with them. Salt and nonce are arguments: no
//! randomness lives below `config`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use super::digest::canonical;
use super::signature::PrivateKey;

/// Version of the file format.
const FORMAT: &str = "sahihi-key-1";
/// Shortest passphrase, in characters.
pub const MIN_PASSPHRASE_CHARS: usize = 12;
/// Memory of the key derivation in a new file: 64 MiB, with three passes about 0.2 s.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// What a file may ask for at most, so that a foreign file cannot exhaust the machine.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 20;
/// Largest key file that is read, in bytes.
const MAX_BYTES: u64 = 16 * 1024;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read the key file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the key file {path}; an existing file is never written over")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is no key file of this version.
    #[error("{path} is no key file: {why}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Others than the owner may read the file.
    #[error("{path} can be read by others; run `chmod 600` on it")]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase does not open the file, or the file was changed.
    #[error("the passphrase does not open {path}, or the file was changed")]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase is too short.
    #[error("the passphrase has fewer than {MIN_PASSPHRASE_CHARS} characters; take a few words")]
    TooShort,
}

/// What is random in a key file.
#[derive(Debug, Clone, Copy)]
pub struct Randomness {
    /// The secret of the key itself.
    pub seed: [u8; 32],
    /// For the passphrase.
    pub salt: [u8; 16],
    /// For the encryption.
    pub nonce: [u8; 24],
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: String,
    reviewer: String,
    public: String,
    memory_kib: u32,
    passes: u32,
    salt: String,
    nonce: String,
    secret: String,
}

/// Makes a new key and writes it to a new file that its owner alone may read.
///
/// # Errors
///
/// [`KeyError`] when the passphrase is too short or the file exists or cannot be written.
pub fn create_key(
    path: &Path,
    reviewer: &str,
    passphrase: &str,
    random: &Randomness,
) -> Result<PrivateKey, KeyError> {
    if passphrase.chars().count() < MIN_PASSPHRASE_CHARS {
        return Err(KeyError::TooShort);
    }
    let key = PrivateKey::from_seed(&random.seed);
    let mut file = KeyFile {
        format: FORMAT.to_owned(),
        reviewer: reviewer.to_owned(),
        public: key.public().to_string(),
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        salt: STANDARD.encode(random.salt),
        nonce: STANDARD.encode(random.nonce),
        secret: String::new(),
    };
    let write = |source| KeyError::Write { path: path.to_owned(), source };
    let cipher = file.cipher(passphrase, path)?;
    let bound = file.bound();
    let payload = Payload { msg: &key.seed(), aad: bound.as_bytes() };
    let secret = cipher
        .encrypt(&XNonce::from(random.nonce), payload)
        .map_err(|error| write(io::Error::other(error.to_string())))?;
    file.secret = STANDARD.encode(secret);
    let text = serde_json::to_string_pretty(&file).map_err(|it| write(io::Error::other(it)))?;
    let save = || -> io::Result<()> {
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        out.write_all(format!("{text}\n").as_bytes())?;
        out.sync_all()
    };
    save().map_err(write)?;
    Ok(key)
}

/// Opens a key file. Returns whose it is, and the key.
///
/// # Errors
///
/// [`KeyError`] with what is wrong.
pub fn open_key(path: &Path, passphrase: &str) -> Result<(String, PrivateKey), KeyError> {
    let file = read(path)?;
    let broken = |why: &str| KeyError::Format { path: path.to_owned(), why: why.to_owned() };
    let nonce = STANDARD.decode(&file.nonce).ok().and_then(|it| <[u8; 24]>::try_from(it).ok());
    let nonce = nonce.ok_or_else(|| broken("its nonce is damaged"))?;
    let secret = STANDARD.decode(&file.secret).map_err(|_| broken("its secret is damaged"))?;
    let cipher = file.cipher(passphrase, path)?;
    let bound = file.bound();
    let payload = Payload { msg: &secret, aad: bound.as_bytes() };
    let seed = cipher.decrypt(&XNonce::from(nonce), payload).ok();
    let seed = seed.and_then(|it| <[u8; 32]>::try_from(it).ok());
    let seed = seed.ok_or_else(|| KeyError::Passphrase { path: path.to_owned() })?;
    Ok((file.reviewer, PrivateKey::from_seed(&seed)))
}

fn read(path: &Path) -> Result<KeyFile, KeyError> {
    let failed = |source| KeyError::Read { path: path.to_owned(), source };
    let about = fs::metadata(path).map_err(failed)?;
    if std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0 {
        return Err(KeyError::Open { path: path.to_owned() });
    }
    let broken = |why: String| KeyError::Format { path: path.to_owned(), why };
    if about.len() > MAX_BYTES {
        return Err(broken(format!("it has more than {MAX_BYTES} bytes")));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let file: KeyFile = serde_json::from_str(&text).map_err(|it| broken(it.to_string()))?;
    if file.format != FORMAT {
        return Err(broken(format!("it is of format {}, this reads {FORMAT}", file.format)));
    }
    Ok(file)
}

impl KeyFile {
    fn cipher(&self, passphrase: &str, path: &Path) -> Result<XChaCha20Poly1305, KeyError> {
        let broken = |why: String| KeyError::Format { path: path.to_owned(), why };
        if self.memory_kib > MAX_MEMORY_KIB || self.passes > MAX_PASSES {
            return Err(broken("it asks for more work than any key needs".to_owned()));
        }
        let salt = STANDARD.decode(&self.salt).map_err(|it| broken(it.to_string()))?;
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32));
        let params = params.map_err(|it| broken(it.to_string()))?;
        let mut key = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, &mut key)
            .map_err(|it| broken(it.to_string()))?;
        Ok(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// What is authenticated together with the secret.
    fn bound(&self) -> String {
        let (memory, passes) = (self.memory_kib.to_string(), self.passes.to_string());
        let fields = [
            ("reviewer", self.reviewer.as_str()),
            ("public", &self.public),
            ("memory_kib", &memory),
            ("passes", &passes),
            ("salt", &self.salt),
            ("nonce", &self.nonce),
        ];
        canonical(FORMAT, &fields)
    }
}
