//! Long lists of numbers as plain bytes: read back as fast as memory allows.
//!
//! For `#[serde(with = "…")]`; the general encoding writes each number with a length of its own.

/// Makes a module that writes `Vec<$number>` as one block of little-endian bytes.
macro_rules! block_of {
    ($name:ident, $number:ty, $bytes:literal) => {
        /// One block of little-endian numbers.
        pub(super) mod $name {
            use serde::de::Error as _;
            use serde::{Deserializer, Serializer};

            pub(in crate::retrieval) fn serialize<S: Serializer>(
                numbers: &[$number],
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                let bytes: Vec<u8> = numbers.iter().flat_map(|it| it.to_le_bytes()).collect();
                serializer.serialize_bytes(&bytes)
            }

            pub(in crate::retrieval) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Vec<$number>, D::Error> {
                let bytes: &[u8] = serde::Deserialize::deserialize(deserializer)?;
                let (blocks, rest) = bytes.as_chunks::<$bytes>();
                if !rest.is_empty() {
                    return Err(D::Error::custom("a block of numbers has an odd length"));
                }
                Ok(blocks.iter().map(|it| <$number>::from_le_bytes(*it)).collect())
            }
        }
    };
}

block_of!(u8s, u8, 1);
block_of!(u16s, u16, 2);
block_of!(u32s, u32, 4);
block_of!(u64s, u64, 8);
block_of!(f32s, f32, 4);
