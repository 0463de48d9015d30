//! Replaces some functions of `wasi:filesystem` in wasmtime. They must keep a file's permissions,
//! wait for another run, or report that the process can open no more files.

use std::io;

use nix::errno::Errno;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::WasiFilesystemView;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, HostDescriptor, OpenFlags, PathFlags,
};

use crate::exchange::{self, Replaced};
use crate::exhaustion::in_words_of_wasi;
use crate::state::State;

/// The interface with some functions of the host's own.
pub const FILESYSTEM: &str = "wasi:filesystem/types@0.2.12";

/// Links these functions for the component.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    keep_access(linker)?;
    wait_for_exchanges(linker)?;
    open_files(linker)?;
    tell_of_files(linker)
}

/// Sets a file's mode and owner in the same step as its name, so that no interruption comes
/// between. If this is not permitted, the rename or the link fails. It also fails if the live file
/// to be replaced is not the judged one, if the system can detect that.
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

/// Delays the removal of a staging file while another run exchanges names. That run would otherwise
/// have to begin again.
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

/// Says why a file's permissions cannot be set: the disk is full, or a permission is missing.
fn refusal(error: &io::Error) -> ErrorCode {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOSPC) => ErrorCode::InsufficientSpace,
        Some(Errno::EDQUOT) => ErrorCode::Quota,
        Some(Errno::EMFILE | Errno::ENFILE) => ErrorCode::InsufficientMemory,
        _ => ErrorCode::NotPermitted,
    }
}

/// Opens files for reading without waiting. A FIFO may have taken the file's name after the
/// listing, and no limit ends a wait for it. It also creates new files that only the owner may
/// read, whatever the directory's default access list says.
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

/// Reports too few file descriptors as an error of its own, even if wasmtime needs one for itself.
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
