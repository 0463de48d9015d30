//! Copies a file and judges the copy while it is written, so that the bytes are read only once.

use std::ops::{ControlFlow, Range};

use crate::answer::Error;
use crate::count::Counter;
use crate::directory::{Bytes, File, FsError, each_chunk, write_all};

/// A copy that is being written, and judged on the way.
pub struct Copy<'a, F> {
    file: &'a F,
    pub counter: Counter,
}

impl<'a, F: File> Copy<'a, F> {
    pub fn to(file: &'a F) -> Self {
        let counter = Counter::default();
        Self { file, counter }
    }

    /// Copies a part of the file of this name.
    pub fn append(&mut self, name: &str, from: &dyn Bytes, part: &Range<u64>) -> Result<(), Error> {
        let stopped = each_chunk(from, part, &mut |_, bytes| match self.write(name, bytes) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        });
        match stopped {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(error),
            Err(fault) => Err(cannot_read(name, &fault)),
        }
    }

    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let offset = self.counter.fed();
        self.counter.feed(bytes);
        write_all(self.file, offset, bytes).map_err(|fault| cannot_write(name, &fault))
    }
}

pub fn cannot_read(name: &str, fault: &FsError) -> Error {
    fault.while_reading(&format!("{name} cannot be copied"))
}

pub fn cannot_write(name: &str, fault: &FsError) -> Error {
    fault.while_writing(&format!("The copy of {name} cannot be written"))
}
