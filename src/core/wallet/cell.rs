//! TON's bags of cells: reading a small one, and the hash of its root, which is an address.

use crc::{CRC_32_ISCSI, Crc, NoTable};
use sha2::{Digest, Sha256};

const MAGIC: [u8; 4] = [0xb5, 0xee, 0x9c, 0x72];

/// The most cells of a bag. The state of a wallet has about twenty.
const MAXIMUM_CELLS: usize = 128;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) hash: [u8; 32],
    pub(super) depth: u16,
    /// The bits in whole bytes, and how many they are.
    pub(super) data: Vec<u8>,
    pub(super) bits: usize,
    /// The places of the cells that it refers to.
    references: Vec<usize>,
}

/// The cells of a bag with one root.
#[derive(Debug)]
pub(super) struct Bag {
    /// In the reverse of their order: a cell is behind all that it refers to.
    cells: Vec<Cell>,
    count: usize,
    root: usize,
}

impl Bag {
    /// Reads a bag (`serialized_boc#b5ee9c72` of TON's block.tlb).
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut input = Input(bytes);
        if input.take(4)? != MAGIC {
            return None;
        }
        let flags = input.byte()?;
        let (has_index, has_checksum) = (flags & 0x80 != 0, flags & 0x40 != 0);
        // Cache bits change the index's meaning, and two flags are reserved.
        if flags & 0x38 != 0 {
            return None;
        }
        let size = usize::from(flags & 7);
        let offset_size = usize::from(input.byte()?);
        let count = input.number(size)?;
        let (roots, absent) = (input.number(size)?, input.number(size)?);
        let length = input.number(offset_size)?;
        let root = input.number(size)?;
        if roots != 1 || absent != 0 || count > MAXIMUM_CELLS || root >= count {
            return None;
        }
        if has_index {
            input.take(count.checked_mul(offset_size)?)?;
        }
        let mut content = Input(input.take(length)?);
        let checksum = input.take(if has_checksum { 4 } else { 0 })?;
        if has_checksum {
            let body = bytes.get(..bytes.len().checked_sub(4)?)?;
            let crc = Crc::<u32, NoTable>::new(&CRC_32_ISCSI);
            if crc.checksum(body).to_le_bytes() != checksum {
                return None;
            }
        }
        let raw = (0..count).map(|_| Raw::read(&mut content, size)).collect::<Option<Vec<_>>>()?;
        if !input.0.is_empty() || !content.0.is_empty() {
            return None;
        }
        let mut bag = Self { cells: Vec::with_capacity(count), count, root };
        for (index, raw) in raw.into_iter().enumerate().rev() {
            let cell = bag.finish(index, raw)?;
            bag.cells.push(cell);
        }
        Some(bag)
    }

    pub(super) fn root(&self) -> Option<&Cell> {
        self.cell(self.root)
    }

    /// The cells that `cell` refers to.
    pub(super) fn references<'a>(&'a self, cell: &'a Cell) -> impl Iterator<Item = &'a Cell> {
        cell.references.iter().filter_map(|index| self.cell(*index))
    }

    fn cell(&self, index: usize) -> Option<&Cell> {
        self.cells.get(self.count.checked_sub(index + 1)?)
    }

    /// A cell with its hash: of its descriptors, its data, and the depths and hashes of the cells that it
    /// refers to, all of which are read.
    fn finish(&self, index: usize, raw: Raw) -> Option<Cell> {
        let cells = raw
            .references
            .iter()
            .map(|reference| self.cell(*reference).filter(|_| *reference > index))
            .collect::<Option<Vec<_>>>()?;
        let mut hash = Sha256::new();
        hash.update(raw.descriptors);
        hash.update(&raw.padded);
        for cell in &cells {
            hash.update(cell.depth.to_be_bytes());
        }
        for cell in &cells {
            hash.update(cell.hash);
        }
        let depth = cells.iter().map(|cell| cell.depth + 1).max().unwrap_or(0);
        Some(Cell {
            hash: hash.finalize().into(),
            depth,
            data: raw.padded,
            bits: raw.bits,
            references: raw.references,
        })
    }
}

/// A cell as the bag has it.
struct Raw {
    descriptors: [u8; 2],
    padded: Vec<u8>,
    bits: usize,
    references: Vec<usize>,
}

impl Raw {
    fn read(input: &mut Input<'_>, size: usize) -> Option<Self> {
        let descriptors = [input.byte()?, input.byte()?];
        let [first, second] = descriptors;
        let padded = input.take(usize::from(second.div_ceil(2)))?.to_vec();
        // Not: stored hashes, a level other than 0, more than four references, or an exotic cell other
        // than a reference to a library (its type and a hash), whose own hash is computed as any other.
        let is_library = first == 8 && padded.len() == 33 && padded.first() == Some(&2);
        if first > 4 && !is_library {
            return None;
        }
        let bits = if second % 2 == 0 {
            padded.len() * 8
        } else {
            // The last set bit marks the end.
            let marked = padded.last()?;
            (padded.len() * 8).checked_sub(usize::try_from(marked.trailing_zeros()).ok()? + 1)?
        };
        if second % 2 == 1 && bits % 8 == 0 {
            return None;
        }
        let references = (0..first & 7).map(|_| input.number(size)).collect::<Option<_>>()?;
        Some(Self { descriptors, padded, bits, references })
    }
}

impl Cell {
    /// The 32 bytes that begin at a bit.
    pub(super) fn bytes32(&self, from: usize) -> Option<[u8; 32]> {
        if from + 256 > self.bits {
            return None;
        }
        let (start, shift) = (from / 8, from % 8);
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            let high = u16::from(*self.data.get(start + place)?) << 8;
            let low = self.data.get(start + place + 1).copied().map_or(0, u16::from);
            let [byte_at, _] = ((high | low) << shift).to_be_bytes();
            *byte = byte_at;
        }
        Some(bytes)
    }
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// A number of one to four bytes.
    fn number(&mut self, size: usize) -> Option<usize> {
        if !(1..=4).contains(&size) {
            return None;
        }
        self.take(size)?
            .iter()
            .try_fold(0_usize, |number, byte| number.checked_mul(256)?.checked_add((*byte).into()))
    }
}
