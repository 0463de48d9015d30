//! A directory in memory as the Rust host gives it to the component: a staging file takes
//! a live file's name by an exchange, in the steps that the host takes.

#[path = "../../host-examples/wasmtime/src/exchange/protocol.rs"]
#[allow(dead_code, reason = "a directory in memory can always exchange")]
mod protocol;

use std::cell::RefCell;

use protocol::{Exchange, Names, Replaced};
use session_recovery::directory::{Directory, Entry, File, FsError};
use session_recovery::session::{Role, SessionId, staging_file_id};

/// What there is besides the calls of WASI.
pub trait Exchanges: Directory {
    fn exchange(&self, one: &str, other: &str) -> Result<(), FsError>;
    fn rename_anew(&self, from: &str, to: &str) -> Result<(), FsError>;
    fn name_open(&self, file: &Self::File, name: &str) -> Result<(), FsError>;
}

/// The directory, and the live file that was opened last, to be judged.
pub struct Exchanging<D> {
    directory: D,
    judged: RefCell<Option<(String, u128)>>,
}

impl<D: Exchanges> Exchanging<D> {
    pub const fn of(directory: D) -> Self {
        let judged = RefCell::new(None);
        Self { directory, judged }
    }

    fn replace(&self, staging: &str, id: &SessionId) -> Result<(), FsError> {
        let live = &id.live_name();
        let judged = self
            .judged
            .borrow()
            .clone()
            .filter(|(name, _)| name == live);
        let Some((_, judged)) = judged else {
            return self.directory.rename_anew(staging, live);
        };
        let file_id = staging_file_id(staging).unwrap_or_default();
        let name = &|number| id.exchange_name(file_id, number);
        let names = &ByExchange(&self.directory);
        let exchange = Exchange {
            names,
            staging,
            live,
            name,
        };
        match exchange.replace(judged) {
            Ok(Replaced::Done) => Ok(()),
            Ok(Replaced::Changed) | Err(protocol::Fault::Exists) => Err(FsError::Exists),
            Ok(Replaced::Unsure) => Err(FsError::Io("the host says `busy`".to_owned())),
            Ok(Replaced::Unsupported) | Err(protocol::Fault::Unsupported) => {
                self.directory.rename(staging, live)
            }
            Err(protocol::Fault::NotFound) => Err(FsError::NotFound),
            Err(protocol::Fault::Other(fault)) => Err(fault),
        }
    }
}

/// The names of a directory in memory.
struct ByExchange<'a, D>(&'a D);

fn told(fault: FsError) -> protocol::Fault<FsError> {
    match fault {
        FsError::NotFound => protocol::Fault::NotFound,
        FsError::Exists => protocol::Fault::Exists,
        fault => protocol::Fault::Other(fault),
    }
}

type Told<T> = Result<T, protocol::Fault<FsError>>;

impl<D: Exchanges> Names for ByExchange<'_, D> {
    type Identity = u128;
    type File = D::File;
    type Error = FsError;

    fn which(&self, name: &str) -> Told<u128> {
        self.0.file_id(name).map_err(told)
    }

    fn open(&self, name: &str) -> Told<D::File> {
        self.0.open(name).map_err(told)
    }

    fn exchange(&self, one: &str, other: &str) -> Told<()> {
        self.0.exchange(one, other).map_err(told)
    }

    fn rename(&self, from: &str, to: &str) -> Told<()> {
        self.0.rename_anew(from, to).map_err(told)
    }

    fn name(&self, file: &D::File, name: &str) -> Told<()> {
        self.0.name_open(file, name).map_err(told)
    }

    fn remove(&self, name: &str) -> Told<()> {
        self.0.remove(name).map_err(told)
    }

    fn sync(&self) -> Told<()> {
        self.0.sync().map_err(told)
    }
}

impl<D: Exchanges> Directory for Exchanging<D> {
    type File = D::File;

    fn entries(&self) -> Result<impl Iterator<Item = Result<Entry, FsError>>, FsError> {
        self.directory.entries()
    }

    fn enter(&self, _: &str) -> Result<Self, FsError> {
        Err(FsError::NotFound)
    }

    fn file_id(&self, name: &str) -> Result<u128, FsError> {
        self.directory.file_id(name)
    }

    fn open(&self, name: &str) -> Result<D::File, FsError> {
        let file = self.directory.open(name)?;
        if let Role::Live(_) = Role::of(name) {
            *self.judged.borrow_mut() = Some((name.to_owned(), file.file_id()?));
        }
        Ok(file)
    }

    fn create(&self, name: &str) -> Result<D::File, FsError> {
        self.directory.create(name)
    }

    fn edit(&self, name: &str) -> Result<D::File, FsError> {
        self.directory.edit(name)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FsError> {
        match (Role::of(from), SessionId::of_live(to)) {
            (Role::Staging, Some(id)) => self.replace(from, &id),
            _ => self.directory.rename(from, to),
        }
    }

    fn link(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.directory.link(from, to)
    }

    fn remove(&self, name: &str) -> Result<(), FsError> {
        self.directory.remove(name)
    }

    fn sync(&self) -> Result<(), FsError> {
        self.directory.sync()
    }
}
