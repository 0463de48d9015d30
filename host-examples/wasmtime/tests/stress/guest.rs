//! The component with somebody between it and its file system: every call is
//! seen before it is made, and can fail, be cut short, or be the guest's last;
//! and the guest can be stopped anywhere, for it runs on fuel.

use std::path::Path;
use std::sync::LazyLock;

use session_recovery_host::{Action, Error, Options, Outcome};
use wasmtime::component::{
    Component, ComponentNamedList, Lift, Linker, LinkerInstance, Lower, Resource, ResourceTable,
};
use wasmtime::{Cache, Config, Engine, ResourceLimiter, Store, StoreContextMut};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemCtxView, WasiFilesystemView};
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, Descriptor, DirectoryEntryStream, Host, HostDescriptor, HostDirectoryEntryStream,
};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use crate::bindings::{World, WorldPre};

pub use wasmtime_wasi::p2::bindings::sync::filesystem::types::ErrorCode as Code;

/// The interface whose functions are watched.
const FILESYSTEM: &str = "wasi:filesystem/types@0.2.12";

static COMPONENT: &[u8] = include_bytes!(env!("SESSION_RECOVERY_COMPONENT"));

/// Compiled once for all tests.
pub static GUEST: LazyLock<Guest> = LazyLock::new(Guest::new);

/// A call of the file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function, as WASI names it.
    pub function: &'static str,
    /// The name it is about, and the new name where there is one.
    pub names: [String; 2],
}

impl Call {
    /// Whether it is a call of this function, without the resource's name.
    pub fn is(&self, function: &str) -> bool {
        self.function.rsplit('.').next() == Some(function)
    }
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Go,
    Fail(Code),
    /// It reads or writes so many bytes at most.
    AtMost(usize),
    /// The guest is stopped instead of it.
    StopBefore,
    /// The guest is stopped when it is done.
    StopAfter,
}

/// Says what becomes of each call: it is told the call's number.
pub type Director = Box<dyn FnMut(usize, &Call) -> Step + Send>;

/// What is asked of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Recover(Options),
    RecoverAll(Options),
    /// A sweep over no sessions, which only tidies up.
    RecoverSome,
    Undo,
    Sessions,
}

/// The session that the operations on one session are about.
pub const ID: &str = "a";

/// What came of it.
#[derive(Debug)]
pub struct Run {
    /// `None` where the guest was stopped.
    pub answer: Option<Result<Answer, Error>>,
    pub calls: Vec<Call>,
    pub fuel: u64,
    /// The most memory that the guest had, in bytes.
    pub memory: usize,
}

/// An answer of any operation.
#[derive(Debug, Default)]
pub struct Answer {
    pub outcomes: Vec<Outcome>,
    /// What is said about none of the sessions.
    pub oddities: Vec<Error>,
    /// How many entries were listed.
    pub listed: usize,
}

impl Answer {
    pub fn restored(&self) -> usize {
        let is_restored = |outcome: &&Outcome| {
            matches!(
                outcome.action,
                Action::Restored | Action::RestoredUnconfirmed
            )
        };
        self.outcomes.iter().filter(is_restored).count()
    }

    pub fn errors(&self) -> impl Iterator<Item = &Error> {
        let of_sessions = self.outcomes.iter().flat_map(|outcome| &outcome.errors);
        of_sessions.chain(&self.oddities)
    }
}

impl From<crate::bindings::Summary> for Answer {
    fn from(summary: crate::bindings::Summary) -> Self {
        Self {
            outcomes: summary.sessions.into_iter().map(Into::into).collect(),
            oddities: summary.oddities.into_iter().map(Into::into).collect(),
            listed: 0,
        }
    }
}

/// The compiled component.
pub struct Guest {
    engine: Engine,
    component: WorldPre<State>,
}

impl Guest {
    fn new() -> Self {
        let mut config = Config::new();
        config.consume_fuel(true);
        config.cache(Cache::from_file(None).ok());
        let engine = Engine::new(&config).unwrap();
        let component = Component::new(&engine, COMPONENT).unwrap();
        let linker = linker(&engine).unwrap();
        let component = WorldPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
        Self { engine, component }
    }

    /// Runs an operation that nothing disturbs.
    pub fn run(&self, directory: &Path, operation: Operation) -> Run {
        self.direct(directory, operation, Box::new(|_, _| Step::Go))
    }

    /// Runs an operation whose calls somebody directs.
    pub fn direct(&self, directory: &Path, operation: Operation, director: Director) -> Run {
        self.run_within(directory, operation, director, u64::MAX)
    }

    /// Runs an operation until its fuel is used up.
    pub fn run_within(
        &self,
        directory: &Path,
        operation: Operation,
        director: Director,
        fuel: u64,
    ) -> Run {
        let mut store = Store::new(&self.engine, State::new(directory, director));
        store.limiter(|state| state);
        store.set_fuel(fuel).unwrap();
        let answer = self.call(&mut store, operation);
        let left = store.get_fuel().unwrap();
        let state = store.into_data();
        Run {
            answer: answer.ok(),
            calls: state.calls,
            fuel: fuel - left,
            memory: state.memory,
        }
    }

    fn call(
        &self,
        store: &mut Store<State>,
        operation: Operation,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let world: World = self.component.instantiate(&mut *store)?;
        let recovery = world.session_recovery_api_recovery();
        let of_one = |outcome: crate::bindings::Outcome| Answer {
            outcomes: vec![outcome.into()],
            ..Answer::default()
        };
        let answer = match operation {
            Operation::Recover(options) => {
                let outcome = recovery.call_recover(store, ID, options.into())?;
                outcome.map(of_one)
            }
            Operation::Undo => recovery
                .call_undo(store, ID, Options::default().into())?
                .map(of_one),
            Operation::Sessions => recovery.call_sessions(store, false)?.map(|entries| Answer {
                listed: entries.len(),
                ..Answer::default()
            }),
            Operation::RecoverAll(options) => {
                let summary = recovery.call_recover_all(store, options.into())?;
                summary.map(Answer::from)
            }
            Operation::RecoverSome => {
                let options = Options::default().into();
                let summary = recovery.call_recover_some(store, &[], options)?;
                summary.map(Answer::from)
            }
        };
        Ok(answer.map_err(Into::into))
    }
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    director: Director,
    calls: Vec<Call>,
    memory: usize,
}

impl State {
    fn new(directory: &Path, director: Director) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.allow_blocking_current_thread(true);
        wasi.preopened_dir(directory, "/sessions", FsPerms::ReadWrite)
            .unwrap();
        Self {
            wasi: wasi.build(),
            table: ResourceTable::new(),
            director,
            calls: Vec::new(),
            memory: 0,
        }
    }

    fn next(&mut self, call: Call) -> Step {
        let step = (self.director)(self.calls.len(), &call);
        self.calls.push(call);
        step
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.memory = self.memory.max(desired);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the guest is stopped")]
struct Stopped;

type Dir = Resource<Descriptor>;
type Link = (Dir, types::PathFlags, String, Dir, String);
type Mark = (Dir, types::PathFlags, String);
type Open = (
    Dir,
    types::PathFlags,
    String,
    types::OpenFlags,
    types::DescriptorFlags,
);
type Rename = (Dir, String, Dir, String);

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    types::add_to_linker::<State, WasiFilesystem>(&mut linker, State::filesystem)?;
    preopens::add_to_linker::<State, WasiFilesystem>(&mut linker, State::filesystem)?;
    linker.allow_shadowing(true);
    let mut functions = linker.instance(FILESYSTEM)?;
    watch_names(&mut functions)?;
    watch_bytes(&mut functions)?;
    Ok(linker)
}

fn watch_names(functions: &mut LinkerInstance<State>) -> wasmtime::Result<()> {
    watch(
        functions,
        "[method]descriptor.read-directory",
        |_: &(Dir,)| no_names(),
        |wasi, (dir,), _| HostDescriptor::read_directory(wasi, dir),
    )?;
    watch(
        functions,
        "[method]directory-entry-stream.read-directory-entry",
        |_: &(Resource<DirectoryEntryStream>,)| no_names(),
        |wasi, (stream,), _| HostDirectoryEntryStream::read_directory_entry(wasi, stream),
    )?;
    watch(
        functions,
        "[method]descriptor.link-at",
        |(_, _, from, _, to): &Link| [from.clone(), to.clone()],
        |wasi, (old, flags, from, new, to), _| wasi.link_at(old, flags, from, new, to),
    )?;
    watch(
        functions,
        "[method]descriptor.rename-at",
        |(_, from, _, to): &Rename| [from.clone(), to.clone()],
        |wasi, (old, from, new, to), _| wasi.rename_at(old, from, new, to),
    )?;
    watch(
        functions,
        "[method]descriptor.unlink-file-at",
        |(_, name): &(Dir, String)| one_name(name),
        |wasi, (dir, name), _| wasi.unlink_file_at(dir, name),
    )?;
    watch(
        functions,
        "[method]descriptor.metadata-hash-at",
        |(_, _, name): &Mark| one_name(name),
        |wasi, (dir, flags, name), _| wasi.metadata_hash_at(dir, flags, name),
    )?;
    watch(
        functions,
        "[method]descriptor.open-at",
        |(_, _, name, _, _): &Open| one_name(name),
        |wasi, (dir, path, name, open, flags), _| wasi.open_at(dir, path, name, open, flags),
    )
}

fn watch_bytes(functions: &mut LinkerInstance<State>) -> wasmtime::Result<()> {
    watch(
        functions,
        "[method]descriptor.metadata-hash",
        |_: &(Dir,)| no_names(),
        |wasi, (file,), _| wasi.metadata_hash(file),
    )?;
    watch(
        functions,
        "[method]descriptor.sync",
        |_: &(Dir,)| no_names(),
        |wasi, (file,), _| HostDescriptor::sync(wasi, file),
    )?;
    watch(
        functions,
        "[method]descriptor.read",
        |_: &(Dir, u64, u64)| no_names(),
        |wasi, (file, length, offset), most| {
            let (bytes, is_last) = HostDescriptor::read(wasi, file, length, offset)?;
            let read = bytes.len().min(most);
            Ok((bytes[..read].to_vec(), is_last && read == bytes.len()))
        },
    )?;
    watch(
        functions,
        "[method]descriptor.write",
        |_: &(Dir, Vec<u8>, u64)| no_names(),
        |wasi, (file, mut bytes, offset), most| {
            bytes.truncate(most);
            HostDescriptor::write(wasi, file, bytes, offset)
        },
    )
}

fn no_names() -> [String; 2] {
    Default::default()
}

fn one_name(name: &str) -> [String; 2] {
    [name.to_owned(), String::new()]
}

/// Puts the director before a function.
fn watch<P, R>(
    functions: &mut LinkerInstance<State>,
    function: &'static str,
    names: fn(&P) -> [String; 2],
    make: fn(&mut WasiFilesystemCtxView<'_>, P, usize) -> FsResult<R>,
) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lift + 'static,
    R: Lower + Lift + Send + Sync + 'static,
{
    functions.func_wrap(
        function,
        move |mut store: StoreContextMut<State>, parameters: P| {
            let state = store.data_mut();
            let names = names(&parameters);
            let step = state.next(Call { function, names });
            let most = match step {
                Step::Fail(code) => return Ok((Err(code),)),
                Step::StopBefore => return Err(Stopped.into()),
                Step::AtMost(most) => most,
                Step::Go | Step::StopAfter => usize::MAX,
            };
            let mut wasi = state.filesystem();
            let answer = match make(&mut wasi, parameters, most) {
                Ok(answer) => Ok(answer),
                Err(error) => Err(wasi.convert_error_code(error)?),
            };
            match step {
                Step::StopAfter => Err(Stopped.into()),
                _ => Ok((answer,)),
            }
        },
    )
}
