//! Runs each call of the component in a sandbox: one directory, a fresh store, limited memory and
//! time.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use wasmtime::component::{Component, Linker};
use wasmtime::{Cache, Config, Engine, OptLevel, Store, Trap};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::sync::filesystem::types;

use crate::bindings::{self, Guest, World, WorldPre};
use crate::error::HostError;
use crate::limits::Limits;
use crate::state::{Grant, MemoryLimit, State};
use crate::{exhaustion, filesystem, listing};

/// How often a call is checked for its time.
const TICK: Duration = Duration::from_millis(50);

static COMPONENT: &[u8] = include_bytes!(env!("SESSION_RECOVERY_COMPONENT"));

/// The result of a function of the component. It may trap, and it may refuse.
pub type Answer<T> = wasmtime::Result<Result<T, bindings::Error>>;

/// A call of the component's functions.
pub trait Call<T>: FnOnce(&Guest, &mut Store<State>) -> Answer<T> + Send {}

impl<T, F> Call<T> for F where F: FnOnce(&Guest, &mut Store<State>) -> Answer<T> + Send {}

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
        // The component is optimized; to do so again takes a fifth of its compilation and gains
        // nothing.
        config.cranelift_opt_level(OptLevel::None);
        // Without a cache directory every start compiles. That is no reason to fail.
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

/// Links what the component imports, and nothing else: a component that wants more cannot start.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    types::add_to_linker::<State, WasiFilesystem>(&mut linker, State::filesystem)?;
    preopens::add_to_linker::<State, WasiFilesystem>(&mut linker, State::filesystem)?;
    linker.allow_shadowing(true);
    filesystem::add_to_linker(&mut linker)?;
    listing::add_to_linker(&mut linker)?;
    linker.allow_shadowing(false);
    Ok(linker)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::{Action, ErrorCode, Options};
    use crate::permissions::privately;
    use std::fs;

    use wasmtime_wasi::{FsPerms, WasiCtx};

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
