//! Lists the steps of an exchange of names, apart from the system calls that carry them out. So
//! tests can let other programs act between any two steps.
//!
//! The staging file first gets a name for the exchange. Nobody removes a file of that name: for a
//! moment it may be the only name of the application's last save. Another run may take the file
//! away by renaming it, because it cannot know whether this run is still at work.

/// The names of the session directory.
pub trait Names {
    /// Which file it is, as long as it is open or has a name.
    type Identity: Copy + PartialEq;
    /// An open file.
    type File;
    /// Why a call failed, other than for the reasons that matter here.
    type Error;

    /// Which file bears a name.
    fn which(&self, name: &str) -> Result<Self::Identity, Fault<Self::Error>>;
    /// Opens the file that bears a name.
    fn open(&self, name: &str) -> Result<Self::File, Fault<Self::Error>>;
    /// Exchanges what bears two names, in one step.
    fn exchange(&self, one: &str, other: &str) -> Result<(), Fault<Self::Error>>;
    /// Gives a file another name, which nothing bears.
    fn rename(&self, from: &str, to: &str) -> Result<(), Fault<Self::Error>>;
    /// Gives an open file one more name, which nothing bears, unless it has none any more.
    fn name(&self, file: &Self::File, name: &str) -> Result<(), Fault<Self::Error>>;
    /// Removes a name.
    fn remove(&self, name: &str) -> Result<(), Fault<Self::Error>>;
    /// Makes the names durable.
    fn sync(&self) -> Result<(), Fault<Self::Error>>;
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault<E> {
    NotFound,
    Exists,
    /// The system or the file system does not know such a call.
    Unsupported,
    Other(E),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The staging file has the live file's name.
    Done,
    /// The live file is not the judged one, and has its name still.
    Changed,
    /// The system or the file system knows no such exchange: nothing was done.
    Unsupported,
    /// The staging file has the live file's name, and another run took what came out: it keeps
    /// that, unless it stands elsewhere. It may be a save.
    Unsure,
}

/// So many saves during one restore are put back one after the other.
const MOST_SAVES: u32 = 100;

/// An exchange of the names of a staging file and a live file.
pub struct Exchange<'a, N> {
    pub names: &'a N,
    pub staging: &'a str,
    pub live: &'a str,
    /// The names for what is exchanged, which only this run gives, by number.
    pub name: &'a dyn Fn(u32) -> String,
}

impl<N: Names> Exchange<'_, N> {
    /// Gives the staging file the live file's name, if that is still the judged one. Both files
    /// must be open meanwhile.
    pub fn replace(&self, judged: N::Identity) -> Result<Replaced, Fault<N::Error>> {
        let ours = self.names.which(self.staging)?;
        let own = match self.free_name(|name| self.names.rename(self.staging, name)) {
            Err(Fault::Unsupported) => return Ok(Replaced::Unsupported),
            own => own?,
        };
        match self.names.exchange(&own, self.live) {
            Ok(()) => {}
            Err(fault) => {
                self.give_back(&own);
                return match fault {
                    Fault::Unsupported => Ok(Replaced::Unsupported),
                    fault => Err(fault),
                };
            }
        }
        let out = match self.names.which(&own) {
            Err(Fault::NotFound) => return Ok(self.without_what_came_out(ours)),
            out => out?,
        };
        if out != judged {
            return self.put_back(own, out, ours);
        }
        match self.names.remove(&own) {
            // Who took it knows what to do with it.
            Ok(()) | Err(Fault::NotFound) => Ok(Replaced::Done),
            Err(fault) => self.put_back(own, out, ours).and(Err(fault)),
        }
    }

    /// Exchanges again, until what comes out is what went in before: otherwise there has been one
    /// more save in the meantime, which is to have the name.
    fn put_back(
        &self,
        mut own: String,
        mut out: N::Identity,
        ours: N::Identity,
    ) -> Result<Replaced, Fault<N::Error>> {
        let mut went_in = ours;
        for _ in 0..MOST_SAVES {
            let file = self.names.open(&own);
            match self.names.exchange(&own, self.live) {
                Ok(()) => {}
                Err(Fault::NotFound) if self.is_taken(&own) => {
                    let named =
                        file.and_then(|file| self.free_name(|name| self.names.name(&file, name)));
                    match named {
                        Ok(again) => own = again,
                        Err(_) => return Ok(self.without_what_came_out(ours)),
                    }
                    continue;
                }
                // It is a live file that somebody removed. What came out stays, for the next run to
                // keep.
                Err(fault) => return Err(fault),
            }
            match self.names.which(&own) {
                Err(Fault::NotFound) => return Ok(Replaced::Changed),
                Ok(came_out) if came_out == went_in => {
                    // Another one is a save that the application replaced itself. What went back
                    // must be there for good before ours loses its name.
                    if came_out == ours && self.names.sync().is_ok() {
                        self.give_back(&own);
                    }
                    return Ok(Replaced::Changed);
                }
                came_out => (went_in, out) = (out, came_out?),
            }
        }
        Ok(Replaced::Changed)
    }

    /// How it ends where another run took what came out. By now another save may have the live
    /// file's name.
    fn without_what_came_out(&self, ours: N::Identity) -> Replaced {
        match self.names.which(self.live) {
            Ok(live) if live != ours => Replaced::Changed,
            _ => Replaced::Unsure,
        }
    }

    fn is_taken(&self, own: &str) -> bool {
        matches!(self.names.which(own), Err(Fault::NotFound))
    }

    /// Gives the staging file its name again, for the component to remove it.
    fn give_back(&self, own: &str) {
        if self.names.rename(own, self.staging).is_err() {
            // Where that fails too, it is the next run's to look at.
            let _ = self.names.remove(own);
        }
    }

    /// Gives a file the first of the exchange's names that is free; a run that is over may have
    /// left one.
    fn free_name(
        &self,
        give: impl Fn(&str) -> Result<(), Fault<N::Error>>,
    ) -> Result<String, Fault<N::Error>> {
        for number in 0.. {
            let name = (self.name)(number);
            match give(&name) {
                Err(Fault::Exists) => {}
                given => return given.map(|()| name),
            }
        }
        Err(Fault::Exists)
    }
}
