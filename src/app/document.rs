//! Reads one of the application's own files. It checks the file as a session is checked, and gives
//! its content event by event.

use std::ops::ControlFlow;

use crate::count::{Count, Counter, Defect, Event, EventReader};
use crate::directory::{Bytes, FsError, WHOLE, each_chunk};

/// Reads a document in chunks.
#[derive(Debug, Default)]
pub struct Document {
    counter: Counter,
    events: EventReader,
}

impl Document {
    /// A document that holds at most `held` bytes of a key or a scalar.
    #[must_use]
    pub fn holding(held: usize) -> Self {
        Self {
            counter: Counter::default(),
            events: EventReader::holding(held),
        }
    }

    /// Reads on, and gives each event with the number of brackets around it. Breaks off if what was
    /// read cannot be a document.
    pub fn feed(&mut self, bytes: &[u8], take: &mut dyn FnMut(u32, Event)) -> ControlFlow<()> {
        self.counter.feed(bytes);
        if self.counter.is_settled() {
            return ControlFlow::Break(());
        }
        self.events.feed(bytes, take);
        ControlFlow::Continue(())
    }

    /// Reads a whole file.
    pub fn read(
        mut self,
        file: &dyn Bytes,
        take: &mut dyn FnMut(u32, Event),
    ) -> Result<Self, FsError> {
        each_chunk(file, &WHOLE, &mut |_, bytes| self.feed(bytes, take))?;
        Ok(self)
    }

    /// Whether it is a whole object.
    #[must_use]
    pub fn is_object(self) -> bool {
        matches!(self.finish(), Ok(_) | Err(Defect::NoMessages))
    }

    /// Whether it is whole, and something else.
    #[must_use]
    pub fn is_no_object(self) -> bool {
        matches!(self.finish(), Err(Defect::NotAnObject))
    }

    fn finish(self) -> Result<Count, Defect> {
        self.counter.finish()
    }
}
