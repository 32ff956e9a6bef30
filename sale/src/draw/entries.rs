//! The entries of a lobby that has closed.

use ct_merkle::InclusionProof;
use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use super::{EntryDigest, Root};

/// All entries, sorted by their digests: when somebody entered is no part of it. About 100 bytes each in memory.
pub struct Entries(MemoryBackedTree<Sha256, EntryDigest>);

/// That an entry is among those that were drawn: its number among the sorted ones, from 0, and the hashes beside its way to
/// the root, the lowest first (RFC 6962, section 2.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Its number, from 0.
    pub number: u64,
    /// The hashes.
    pub path: Vec<[u8; 32]>,
}

impl Entries {
    /// Closes the lobby: these, each once, in whatever order.
    pub fn closed(digests: impl IntoIterator<Item = EntryDigest>) -> Self {
        let mut sorted: Vec<EntryDigest> = digests.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut tree = MemoryBackedTree::new();
        sorted.into_iter().for_each(|digest| tree.push(digest));
        Self(tree)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// All of them, in the order of the tree's leaves.
    pub fn sorted(&self) -> &[EntryDigest] {
        self.0.items()
    }

    /// What stands for all of them.
    pub fn root(&self) -> Root {
        Root((*self.0.root().as_bytes()).into())
    }

    /// That an entry is among them; `None` if it is not.
    pub fn inclusion(&self, entry: EntryDigest) -> Option<Inclusion> {
        let number = self.sorted().binary_search(&entry).ok()?;
        let proof = self.0.prove_inclusion(number);
        let path = proof.as_bytes().as_chunks::<32>().0.to_vec();
        Some(Inclusion { number: number as u64, path })
    }
}

impl Inclusion {
    /// Whether it shows that `entry` is one of `count` entries with this root.
    pub fn shows(&self, entry: EntryDigest, root: Root, count: u64) -> bool {
        if self.number >= count {
            return false;
        }
        let root = RootHash::<Sha256>::new(root.0.into(), count);
        let Ok(proof) = InclusionProof::<Sha256>::try_from_bytes(self.path.concat()) else { return false };
        root.verify_inclusion(&entry, self.number, &proof).is_ok()
    }
}
