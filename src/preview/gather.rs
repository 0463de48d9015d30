//! Gathers excerpts of some of a file's messages in one read.

use std::ops::ControlFlow;

use super::excerpts::Excerpts;
use crate::answer::{Error, Excerpt};
use crate::directory::each_chunk;
use crate::verdict::messages::Messages;

/// Numbers of messages, in order.
type Numbers<'a> = &'a [u32];

/// Gives excerpts of the messages with these numbers. It reads no further than the last one. `name`
/// is that of the file.
pub fn gather(
    name: &str,
    messages: Option<&Messages>,
    wanted: [Numbers; 3],
) -> Result<[Vec<Excerpt>; 3], Error> {
    let mut found = [const { Vec::new() }; 3];
    let last = wanted.iter().filter_map(|numbers| numbers.last()).max();
    let (Some(messages), Some(last)) = (messages, last) else {
        return Ok(found);
    };
    let is_wanted = |number: u32| wanted.iter().any(|numbers| has(numbers, number));
    let mut take = |excerpt: Excerpt| {
        for (numbers, found) in wanted.iter().zip(&mut found) {
            if has(numbers, excerpt.number) {
                found.push(excerpt.clone());
            }
        }
    };
    let mut excerpts = Excerpts::new(&is_wanted);
    each_chunk(messages.file, &messages.elements, &mut |_, bytes| {
        excerpts.feed(bytes, &mut take);
        if excerpts.number() > *last {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .map_err(|fault| fault.while_reading(&format!("The messages of {name} cannot be read")))?;
    excerpts.finish(&mut take);
    Ok(found)
}

fn has(numbers: Numbers, number: u32) -> bool {
    numbers.binary_search(&number).is_ok()
}
