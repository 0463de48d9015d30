//! Looks back from a fault, to find out whether the last message has ended where it seems to have.
//! It has not if a string in it seems to have ended too early, or if a bracket in it is gone.

use session_recovery_count::{State, is_space};

use super::held::HELD;
use super::layout::{Layout, Space};
use super::search::Found;

/// Whether the bracket that was read last has the indentation `outer` before it. Something else than
/// a bracket has.
pub fn is_aligned(backwards: impl Iterator<Item = u8>, outer: &Space) -> bool {
    let mut backwards = backwards.peekable();
    backwards.next_if_eq(&b'}').is_none() || Space::before(&mut backwards).0 == *outer
}

/// Whether the object that was read last ends with the indentation `outer`, or with one of which
/// that is the end.
pub fn ends_alike(backwards: impl Iterator<Item = u8>, outer: &Space) -> bool {
    let mut backwards = backwards.skip_while(|byte| is_space(*byte)).skip(1);
    let (space, _) = Space::before(&mut backwards);
    space.as_bytes().ends_with(outer.as_bytes())
}

/// Whether the brackets that were read last cannot be a part of a string that seems to have ended
/// before them: because a line ends between them, or because no string is before them.
pub fn is_outside_strings(backwards: impl Iterator<Item = u8>, state: State) -> bool {
    let mut backwards = backwards.take(HELD).peekable();
    if matches!(state, State::Colon) {
        backwards.next();
    }
    if matches!(state, State::Colon | State::String(_)) {
        backwards.find(|byte| *byte == b'"');
    }
    let is_structure = |byte: &u8| is_space(*byte) || b",]}{".contains(byte);
    let mut last = 0;
    let mut goes_on = false;
    while let Some(byte) = backwards.next_if(is_structure) {
        if byte == b'\n' {
            return true;
        }
        if !is_space(byte) {
            goes_on |= byte == b'}' && matches!(last, b',' | b']');
            last = byte;
        }
    }
    goes_on && backwards.next() != Some(b'"')
}

/// If the fault, at the offset `fault`, is right behind what the grammar took for a string and that
/// ends in `{`, it may be the other way round: the string is what follows.
pub fn object_in_string(
    mut backwards: impl Iterator<Item = u8>,
    state: State,
    fault: u64,
) -> Option<Found> {
    if !matches!(state, State::Colon | State::AfterValue) || backwards.next() != Some(b'"') {
        return None;
    }
    let (inner, bracket) = Space::before(&mut backwards);
    let (outer, before) = Space::before(&mut backwards);
    let at = fault - inner.as_bytes().len() as u64 - 2;
    let layout = Layout { outer, inner };
    (bracket == Some(b'{')).then_some(Found::Object { at, before, layout })
}
