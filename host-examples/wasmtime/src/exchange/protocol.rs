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
    /// Why a call failed, except for the reasons that matter here.
    type Error;

    /// Says which file has a name.
    fn which(&self, name: &str) -> Result<Self::Identity, Fault<Self::Error>>;
    /// Opens the file of this name.
    fn open(&self, name: &str) -> Result<Self::File, Fault<Self::Error>>;
    /// Exchanges the files of two names, in one step.
    fn exchange(&self, one: &str, other: &str) -> Result<(), Fault<Self::Error>>;
    /// Gives a file another name, which must be free.
    fn rename(&self, from: &str, to: &str) -> Result<(), Fault<Self::Error>>;
    /// Gives an open file one more name, which must be free. Fails if the file has no name left.
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
    /// The system or the file system does not support such a call.
    Unsupported,
    Other(E),
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The staging file has the live file's name.
    Done,
    /// The live file is not the judged one, and still has its name.
    Changed,
    /// The system or the file system does not support an exchange. Nothing was done.
    Unsupported,
    /// The staging file has the live file's name, but another run took the file that came out. It
    /// keeps that file, unless its bytes are elsewhere. The file may be a save.
    Unsure,
}

/// How many saves during one restore are put back one after the other.
const MOST_SAVES: u32 = 100;

/// An exchange of the names of a staging file and a live file.
pub struct Exchange<'a, N> {
    pub names: &'a N,
    pub staging: &'a str,
    pub live: &'a str,
    /// The names for exchanged files, by number. Only this run gives them.
    pub name: &'a dyn Fn(u32) -> String,
}

impl<N: Names> Exchange<'_, N> {
    /// Gives the staging file the live file's name, if that is still the judged file. Both files
    /// must stay open.
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

    /// Exchanges again, until the file that comes out is the one that went in before. Otherwise
    /// there was one more save in the meantime, which must get the name.
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
                // It is a live file that somebody removed. The file that came out stays, and the
                // next run keeps it.
                Err(fault) => return Err(fault),
            }
            match self.names.which(&own) {
                Err(Fault::NotFound) => return Ok(Replaced::Changed),
                Ok(came_out) if came_out == went_in => {
                    // Another file is a save that the application replaced itself. The file that
                    // went back must be durable before ours loses its name.
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

    /// Says how it ends if another run took the file that came out. By now another save may have
    /// the live file's name.
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
            // If this fails too, the next run looks at it.
            let _ = self.names.remove(own);
        }
    }

    /// Gives a file the first free name of the exchange. An earlier run may have left one.
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
