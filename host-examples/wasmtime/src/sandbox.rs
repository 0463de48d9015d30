//! The sandbox: one directory, a fresh store for each call, bounded memory and
//! time.

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, fstat};
use session_recovery::session::{Role, SessionId};
use tokio::runtime::Builder;
use wasmtime::component::{Component, Linker, Resource, ResourceTable};
use wasmtime::{Cache, Config, Engine, OptLevel, ResourceLimiter, Store, StoreContextMut, Trap};
use wasmtime_wasi::filesystem::{self, Dir, OpenMode, WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, Descriptor, DescriptorFlags, ErrorCode, Host, HostDescriptor, OpenFlags, PathFlags,
};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use crate::bindings::{self, Guest, World, WorldPre};
use crate::exchange::{Identity, Replaced};
use crate::exhaustion::in_words_of_wasi;
use crate::permissions::Permissions;
use crate::{HostError, Limits, exchange, exhaustion, listing, permissions};

/// How often a call is asked whether its time is up.
const TICK: Duration = Duration::from_millis(50);

/// The interface of which the host does some functions itself.
pub const FILESYSTEM: &str = "wasi:filesystem/types@0.2.12";

static COMPONENT: &[u8] = include_bytes!(env!("SESSION_RECOVERY_COMPONENT"));

/// What the component may do with the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    ReadOnly,
    ReadWrite,
}

/// A call of one of the component's functions.
pub trait Call<T>:
    FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<Result<T, bindings::Error>> + Send
{
}

impl<T, F> Call<T> for F where
    F: FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<Result<T, bindings::Error>> + Send
{
}

/// The compiled component and what its calls may use.
pub struct Sandbox {
    engine: Engine,
    component: WorldPre<State>,
    limits: Limits,
}

impl Sandbox {
    pub fn new(limits: Limits) -> Result<Self, HostError> {
        let threads = exhaustion::threads();
        // The cache starts one, and panics if it cannot.
        exhaustion::require_thread().map_err(HostError::TooFewThreads)?;
        let mut config = Config::new();
        config.epoch_interruption(true);
        // The component is optimized; to do so again takes a fifth of its compilation and gains nothing.
        config.cranelift_opt_level(OptLevel::None);
        // Without a cache directory every start compiles; that is no reason to fail.
        config.cache(Cache::from_file(None).ok());
        // An image of the memory is a file, which counts against a limit on their sizes.
        config.memory_init_cow(false);
        config.parallel_compilation(threads.is_some());
        let compile = || compile(&config);
        let compiled = threads.map_or_else(compile, |threads| threads.install(compile));
        let (engine, component) = compiled.map_err(explain)?;
        tick(&engine).map_err(HostError::TooFewThreads)?;
        Ok(Self {
            engine,
            component,
            limits,
        })
    }

    /// Runs one call in a store of its own.
    pub fn call<T>(
        &self,
        directory: &Path,
        grant: Grant,
        call: impl Call<T>,
    ) -> Result<T, HostError> {
        // Otherwise wasmtime-wasi makes one for all calls, with threads, and panics if it cannot.
        let runtime = Builder::new_current_thread().build();
        let runtime = runtime.map_err(HostError::TooFewFiles)?;
        let _entered = runtime.enter();
        let mut store = Store::new(&self.engine, State::new(directory, grant, self.limits)?);
        store.limiter(|state| state);
        store.set_epoch_deadline(ticks(self.limits.time));
        let world: World = self
            .component
            .instantiate(&mut store)
            .map_err(|error| self.explain(error))?;
        let answer = call(world.session_recovery_api_recovery(), &mut store);
        let answer = answer.map_err(|error| self.explain(error))?;
        answer.map_err(|refused| HostError::Refused(refused.into()))
    }

    fn explain(&self, error: wasmtime::Error) -> HostError {
        if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
            HostError::OutOfTime(self.limits.time)
        } else if error.downcast_ref::<MemoryLimit>().is_some() {
            HostError::OutOfMemory(self.limits.memory)
        } else {
            explain(error)
        }
    }
}

fn explain(error: wasmtime::Error) -> HostError {
    let mut causes = error.chain();
    let about_files = causes.find_map(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause
            .filter(|cause| exhaustion::is_about_files(cause))?
            .raw_os_error()
    });
    match about_files {
        Some(errno) => HostError::TooFewFiles(io::Error::from_raw_os_error(errno)),
        None => HostError::Component(error),
    }
}

fn compile(config: &Config) -> wasmtime::Result<(Engine, WorldPre<State>)> {
    let engine = Engine::new(config)?;
    let component = Component::new(&engine, COMPONENT)?;
    let component = WorldPre::new(linker(&engine)?.instantiate_pre(&component)?)?;
    Ok((engine, component))
}

/// Links what the component imports, and nothing else: a component that wants
/// more cannot start.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    types::add_to_linker::<State, WasiFilesystem>(&mut linker, State::filesystem)?;
    preopens::add_to_linker::<State, WasiFilesystem>(&mut linker, State::filesystem)?;
    linker.allow_shadowing(true);
    keep_access(&mut linker)?;
    wait_for_exchanges(&mut linker)?;
    open_files(&mut linker)?;
    tell_of_files(&mut linker)?;
    listing::add_to_linker(&mut linker)?;
    linker.allow_shadowing(false);
    Ok(linker)
}

/// Makes a file take over mode and owner with the name: in the same step, so
/// that no interruption comes in between. Where that is not permitted, neither
/// is the rename, nor a second name. Nor is a live file replaced that is not the judged
/// one, where the system can tell.
fn keep_access(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    type Rename = (Resource<Descriptor>, String, Resource<Descriptor>, String);
    type Link = (
        Resource<Descriptor>,
        PathFlags,
        String,
        Resource<Descriptor>,
        String,
    );

    linker.instance(FILESYSTEM)?.func_wrap(
        "[method]descriptor.rename-at",
        |mut store: StoreContextMut<State>, (old, from, new, to): Rename| {
            let state = store.data_mut();
            if let Err(error) = state.permissions.pass_on(&from, &to) {
                return Ok((Err(refusal(&error)),));
            }
            match state.replace(&old, &from, &to)? {
                Ok(Replaced::Done) => return Ok((Ok(()),)),
                Ok(Replaced::Changed) => return Ok((Err(ErrorCode::Exist),)),
                Ok(Replaced::Unsupported) => {}
                Ok(Replaced::Unsure) => return Ok((Err(ErrorCode::Busy),)),
                Err(errno) => return state.answer(Err(in_words_of_wasi(errno.into()).into())),
            }
            let _held = exchange::hold_for(state.permissions.directory(), &from);
            let done = state.filesystem().rename_at(old, from, new, to);
            state.answer(done)
        },
    )?;
    linker.instance(FILESYSTEM)?.func_wrap(
        "[method]descriptor.link-at",
        |mut store: StoreContextMut<State>, (old, path, from, new, to): Link| {
            let state = store.data_mut();
            if let Err(error) = state.permissions.pass_on(&from, &to) {
                return Ok((Err(refusal(&error)),));
            }
            let done = state.filesystem().link_at(old, path, from, new, to);
            state.answer(done)
        },
    )
}

/// Makes the removal of a staging file wait while another run exchanges names, which
/// would have to begin anew.
fn wait_for_exchanges(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.instance(FILESYSTEM)?.func_wrap(
        "[method]descriptor.unlink-file-at",
        |mut store: StoreContextMut<State>, (dir, name): (Resource<Descriptor>, String)| {
            let state = store.data_mut();
            let _held = exchange::hold_for(state.permissions.directory(), &name);
            let done = state.filesystem().unlink_file_at(dir, name);
            state.answer(done)
        },
    )
}

/// Why a file cannot be given what it is to have: a full disk is what it is, anything else
/// is a lack of permission.
fn refusal(error: &io::Error) -> ErrorCode {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOSPC) => ErrorCode::InsufficientSpace,
        Some(Errno::EDQUOT) => ErrorCode::Quota,
        Some(Errno::EMFILE | Errno::ENFILE) => ErrorCode::InsufficientMemory,
        _ => ErrorCode::NotPermitted,
    }
}

/// Makes opening a file for reading a matter of no time: a FIFO that took the
/// file's name after the listing would be waited for, and no limit ends that. And makes
/// new files the owner's alone, whatever the directory's default access list says.
fn open_files(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    type Open = (
        Resource<Descriptor>,
        PathFlags,
        String,
        OpenFlags,
        DescriptorFlags,
    );

    linker.instance(FILESYSTEM)?.func_wrap(
        "[method]descriptor.open-at",
        |mut store: StoreContextMut<State>, (dir, path, name, open, flags): Open| {
            let is_name = !name.contains('/') && !["", ".", ".."].contains(&name.as_str());
            let is_plain = is_name && path == PathFlags::empty();
            let only_reads = open == OpenFlags::empty() && flags == DescriptorFlags::READ;
            let is_new = open == OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
            let only_writes = is_new && flags == DescriptorFlags::WRITE;
            let state = store.data_mut();
            let opened = if is_plain && only_reads {
                state.open(&dir, &name)
            } else if is_plain && only_writes && state.may_write(&dir)? {
                state.create(&dir, &name)
            } else {
                state.filesystem().open_at(dir, path, name, open, flags)
            };
            state.answer(opened)
        },
    )
}

/// Makes it an error of its own that there are too few open files, also where wasmtime
/// needs one for itself.
fn tell_of_files(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.instance(FILESYSTEM)?.func_wrap(
        "[method]descriptor.metadata-hash-at",
        |mut store: StoreContextMut<State>,
         (dir, path, name): (Resource<Descriptor>, PathFlags, String)| {
            let state = store.data_mut();
            let hash = state.filesystem().metadata_hash_at(dir, path, name);
            state.answer(hash)
        },
    )?;
    linker.instance(FILESYSTEM)?.func_wrap(
        "[method]descriptor.sync",
        |mut store: StoreContextMut<State>, (descriptor,): (Resource<Descriptor>,)| {
            let state = store.data_mut();
            let synced = state.filesystem().sync(descriptor);
            state.answer(synced)
        },
    )
}

/// Opens a regular file of a directory.
fn open_file(dir: &Dir, name: &str) -> io::Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = File::from(openat(&dir.dir, name, flags, Mode::empty())?);
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        Ok(file)
    } else if kind.is_dir() {
        Err(Errno::EISDIR.into())
    } else {
        Err(Errno::ENOTSUP.into())
    }
}

/// Lets time pass for the engine, as long as there is one.
fn tick(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    let ticking = thread::Builder::new().spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    });
    ticking.map(drop)
}

fn ticks(time: Duration) -> u64 {
    // The present one is added to it.
    const MOST: u64 = u64::MAX / 2;
    let ticks = time.as_millis().div_ceil(TICK.as_millis());
    u64::try_from(ticks).unwrap_or(MOST).min(MOST)
}

/// What the host keeps for one call.
pub struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    permissions: Permissions,
    /// The live file that was opened last, to be judged.
    judged: Option<(String, Identity)>,
    most_memory: usize,
}

impl State {
    fn new(directory: &Path, grant: Grant, limits: Limits) -> Result<Self, HostError> {
        let perms = match grant {
            Grant::ReadOnly => FsPerms::ReadOnly,
            Grant::ReadWrite => FsPerms::ReadWrite,
        };
        let cannot_open = |cause| {
            if exhaustion::is_about_files(&cause) {
                return HostError::TooFewFiles(cause);
            }
            let path = directory.to_owned();
            HostError::Directory { path, cause }
        };
        let permissions =
            Permissions::in_directory(directory).map_err(|errno| cannot_open(errno.into()))?;
        let mut wasi = WasiCtx::builder();
        // The files are made by this thread, which has a umask of its own.
        wasi.allow_blocking_current_thread(true);
        wasi.preopened_dir(directory, "/sessions", perms)
            .map_err(|error| cannot_open(error.downcast().unwrap_or_else(std::io::Error::other)))?;
        Ok(Self {
            wasi: wasi.build(),
            table: ResourceTable::new(),
            permissions,
            judged: None,
            most_memory: limits.memory,
        })
    }
}

impl State {
    fn open(&mut self, dir: &Resource<Descriptor>, name: &str) -> FsResult<Resource<Descriptor>> {
        let Descriptor::Dir(dir) = self.table.get(dir)? else {
            return Err(io::Error::from(Errno::ENOTDIR).into());
        };
        let file = open_file(dir, name).map_err(in_words_of_wasi)?;
        if let Role::Live(_) = Role::of(name) {
            let stat = fstat(&file).map_err(io::Error::from)?;
            self.judged = Some((name.to_owned(), Identity::of(&stat)));
        }
        let file = filesystem::File::new(file, dir.perms, OpenMode::READ, true);
        Ok(self.table.push(Descriptor::File(file))?)
    }

    fn create(&mut self, dir: &Resource<Descriptor>, name: &str) -> FsResult<Resource<Descriptor>> {
        let Descriptor::Dir(dir) = self.table.get(dir)? else {
            return Err(io::Error::from(Errno::ENOTDIR).into());
        };
        let file = permissions::create(&dir.dir, name).map_err(in_words_of_wasi)?;
        let file = filesystem::File::new(file, dir.perms, OpenMode::WRITE, true);
        Ok(self.table.push(Descriptor::File(file))?)
    }

    fn may_write(&self, directory: &Resource<Descriptor>) -> wasmtime::Result<bool> {
        Ok(match self.table.get(directory)? {
            Descriptor::Dir(directory) => matches!(directory.perms, FsPerms::ReadWrite),
            Descriptor::File(_) => false,
        })
    }
}

impl State {
    /// What a call of the component answers.
    fn answer<T>(&mut self, done: FsResult<T>) -> wasmtime::Result<(Result<T, ErrorCode>,)> {
        match done {
            Ok(done) => Ok((Ok(done),)),
            Err(error) => match self.filesystem().convert_error_code(error)? {
                ErrorCode::Io if exhaustion::are_files_used_up(self.permissions.directory()) => {
                    Ok((Err(ErrorCode::InsufficientMemory),))
                }
                code => Ok((Err(code),)),
            },
        }
    }

    /// Puts a staging file in a live file's place, if that is the one that was
    /// judged; other renames are not its business.
    fn replace(
        &self,
        directory: &Resource<Descriptor>,
        from: &str,
        to: &str,
    ) -> wasmtime::Result<Result<Replaced, Errno>> {
        let may_write = self.may_write(directory)?;
        let (Role::Staging, Some(id), true) = (Role::of(from), SessionId::of_live(to), may_write)
        else {
            return Ok(Ok(Replaced::Unsupported));
        };
        let judged = self.judged.as_ref().filter(|(name, _)| name == to);
        let judged = judged.map(|(_, identity)| *identity);
        let directory = self.permissions.directory();
        Ok(exchange::replace(directory, from, &id, judged))
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

#[derive(Debug, thiserror::Error)]
#[error("the memory limit is reached")]
struct MemoryLimit;

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired <= self.most_memory {
            Ok(true)
        } else {
            Err(MemoryLimit.into())
        }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::{Action, ErrorCode, Options};
    use crate::permissions::privately;
    use std::fs;

    #[test]
    fn a_read_only_grant_stops_a_restore_before_anything_is_changed() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.json"), "{\"messages\": []}").unwrap();
        fs::write(directory.path().join("a.json.bak"), "{\"messages\": [1]}").unwrap();
        let sandbox = Sandbox::new(Limits::default()).unwrap();
        let outcome = sandbox.call(directory.path(), Grant::ReadOnly, |recovery, store| {
            recovery.call_recover(store, "a", Options::empty())
        });
        let outcome = outcome.unwrap();
        assert_eq!(outcome.action, Action::Failed);
        assert_eq!(outcome.errors[0].code, ErrorCode::ReadOnly);
        assert_eq!(
            fs::read(directory.path().join("a.json")).unwrap(),
            b"{\"messages\": []}"
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn nothing_but_a_regular_file_is_opened_and_a_fifo_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("file"), "").unwrap();
        fs::create_dir(path("directory")).unwrap();
        nix::unistd::mkfifo(&path("fifo"), Mode::S_IRWXU).unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        let dir = File::open(directory.path()).unwrap();
        let dir = Dir::new(dir, FsPerms::ReadOnly, OpenMode::READ, true);
        let error = |name| open_file(&dir, name).unwrap_err().raw_os_error();
        assert!(
            open_file(&dir, "file")
                .unwrap()
                .metadata()
                .unwrap()
                .is_file()
        );
        assert_eq!(error("directory"), Some(Errno::EISDIR as i32));
        assert_eq!(error("fifo"), Some(Errno::ENOTSUP as i32));
        assert_eq!(error("link"), Some(Errno::ELOOP as i32));
        assert_eq!(error("nothing"), Some(Errno::ENOENT as i32));
    }

    #[test]
    fn a_grant_of_two_directories_or_none_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::new(Limits::default()).unwrap();
        for (grants, code) in [
            (0, ErrorCode::NoDirectory),
            (2, ErrorCode::SeveralDirectories),
        ] {
            let mut state =
                State::new(directory.path(), Grant::ReadOnly, Limits::default()).unwrap();
            let mut wasi = WasiCtx::builder();
            for guest in 0..grants {
                let perms = FsPerms::ReadOnly;
                wasi.preopened_dir(directory.path(), format!("/{guest}"), perms)
                    .unwrap();
            }
            state.wasi = wasi.build();
            let mut store = Store::new(&sandbox.engine, state);
            store.set_epoch_deadline(u64::MAX / 2);
            let world = sandbox.component.instantiate(&mut store).unwrap();
            let recovery = world.session_recovery_api_recovery();
            let refused = recovery
                .call_recover_all(&mut store, Options::empty())
                .unwrap();
            assert_eq!(refused.unwrap_err().code, code);
        }
    }

    #[test]
    fn a_file_made_privately_is_not_readable_by_others() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            fs::metadata(directory.path().join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        fs::write(directory.path().join("before"), "").unwrap();
        let written = privately(|| fs::write(directory.path().join("private"), ""));
        written.unwrap().unwrap();
        fs::write(directory.path().join("after"), "").unwrap();
        assert_eq!(mode("private") & 0o077, 0);
        assert_eq!(
            mode("before"),
            mode("after"),
            "the process's umask is as it was"
        );
    }
}
