//! Lists what is wrong with a file.

use session_recovery_count::is_space;

use super::answer::{Damage, DamageKind, MOST_DOCUMENTS};

/// What is unreadable, until something is readable again.
#[derive(Clone, Copy, Debug)]
struct Gap {
    at: u64,
    kind: DamageKind,
    /// How many NULs it begins with.
    nuls: u64,
    has_others: bool,
}

/// The damages so far.
#[derive(Debug, Default)]
pub struct Gaps {
    pub list: Vec<Damage>,
    pub is_cut: bool,
    gap: Option<Gap>,
}

impl Gaps {
    pub const fn is_open(&self) -> bool {
        self.gap.is_some()
    }

    /// Whether the bytes of the gap are of interest.
    pub fn is_counting(&self) -> bool {
        self.gap.is_some_and(|gap| !gap.has_others)
    }

    /// Nothing is readable from the byte `next` on, which is at this offset.
    pub const fn begin(&mut self, at: u64, kind: DamageKind, next: Option<u8>) {
        let kind = match (kind, next) {
            (DamageKind::NoBeginning | DamageKind::Unreadable, Some(0)) => DamageKind::Nuls(0),
            (DamageKind::Unreadable, None) => DamageKind::CutOff,
            (kind, _) => kind,
        };
        self.gap = Some(Gap {
            at,
            kind,
            nuls: 0,
            has_others: false,
        });
    }

    /// A byte of the gap.
    pub fn add(&mut self, byte: u8) {
        if let Some(gap) = &mut self.gap {
            match byte {
                0 if !gap.has_others => gap.nuls += 1,
                _ => gap.has_others |= !is_space(byte),
            }
        }
    }

    /// So many NULs of the gap.
    pub const fn add_nuls(&mut self, number: usize) {
        if let Some(gap) = &mut self.gap
            && !gap.has_others
        {
            gap.nuls += number as u64;
        }
    }

    /// Something that may be readable is in the gap.
    pub const fn add_others(&mut self) {
        if let Some(gap) = &mut self.gap {
            gap.has_others = true;
        }
    }

    /// Something is readable from this offset on: a document from its beginning, or messages.
    pub fn end(&mut self, at: u64, is_document: bool) {
        let Some(gap) = self.gap.take() else { return };
        let kind = match gap.kind {
            DamageKind::Garbage if is_document => DamageKind::AnotherDocument,
            DamageKind::Nuls(_) => DamageKind::Nuls(gap.nuls),
            kind => kind,
        };
        self.note(kind, gap.at, at.saturating_sub(gap.at));
    }

    /// The file ends at this offset.
    pub fn finish(&mut self, at: u64) {
        if let Some(gap) = &mut self.gap
            && gap.nuls > 0
            && !gap.has_others
        {
            gap.kind = DamageKind::NulsAtEnd;
        }
        self.end(at, false);
        self.list.sort_by_key(|damage| damage.at);
    }

    pub fn note(&mut self, kind: DamageKind, at: u64, length: u64) {
        if self.list.len() < MOST_DOCUMENTS {
            self.list.push(Damage { kind, at, length });
        } else {
            self.is_cut = true;
        }
    }
}
