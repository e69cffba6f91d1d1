//! Hash tables whose keys are hashes already: they are not hashed again.

/// Builds the hasher of such a table.
pub(super) type Identity = std::hash::BuildHasherDefault<IdentityHasher>;

/// Hands a 64-bit key through.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct IdentityHasher(u64);

impl std::hash::Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
