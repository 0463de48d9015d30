//! Lists the directory with the file types that the system's own listing gives. wasmtime asks for
//! the type of each entry once more, which takes most of the time of a large sweep.

use std::ffi::CStr;
use std::vec;

use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag};
use nix::sys::stat::{Mode, SFlag, fstatat};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::filesystem::{self, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    Descriptor, DescriptorType, DirectoryEntry, ErrorCode, Host,
};

use crate::exhaustion::in_words_of_wasi;
use crate::filesystem::FILESYSTEM;
use crate::state::State;

/// The result of a component's call.
type Answer<T> = (Result<T, ErrorCode>,);

/// The entries of a directory that have not been given yet.
pub struct Entries(vec::IntoIter<Result<DirectoryEntry, ErrorCode>>);

/// Links this listing for the component.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut functions = linker.instance(FILESYSTEM)?;
    functions.resource(
        "directory-entry-stream",
        ResourceType::host::<Entries>(),
        |mut store, stream| {
            let table = store.data_mut().filesystem().table;
            table.delete(Resource::<Entries>::new_own(stream))?;
            Ok(())
        },
    )?;
    functions.func_wrap("[method]descriptor.read-directory", read_directory)?;
    functions.func_wrap(
        "[method]directory-entry-stream.read-directory-entry",
        read_entry,
    )
}

fn read_directory(
    mut store: StoreContextMut<State>,
    (directory,): (Resource<Descriptor>,),
) -> wasmtime::Result<Answer<Resource<Entries>>> {
    let mut wasi = store.data_mut().filesystem();
    let entries = match wasi.table.get(&directory)? {
        Descriptor::Dir(directory) => entries_of(directory),
        Descriptor::File(_) => Err(Errno::ENOTDIR),
    };
    match entries {
        Ok(entries) => Ok((Ok(wasi.table.push(entries)?),)),
        Err(errno) => {
            let error = in_words_of_wasi(errno.into());
            let code = wasi.convert_error_code(error.into())?;
            Ok((Err(code),))
        }
    }
}

fn read_entry(
    mut store: StoreContextMut<State>,
    (entries,): (Resource<Entries>,),
) -> wasmtime::Result<Answer<Option<DirectoryEntry>>> {
    let entries = store.data_mut().filesystem().table.get_mut(&entries)?;
    Ok((entries.0.next().transpose(),))
}

fn entries_of(directory: &filesystem::Dir) -> Result<Entries, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut listing = Dir::openat(&directory.dir, ".", flags, Mode::empty())?;
    let mut entries = Vec::new();
    for entry in listing.iter() {
        let entry = entry?;
        let name = entry.file_name();
        if ![c".", c".."].contains(&name) {
            entries.push(entry_of(directory, name, entry.file_type()));
        }
    }
    Ok(Entries(entries.into_iter()))
}

fn entry_of(
    directory: &filesystem::Dir,
    name: &CStr,
    listed: Option<Type>,
) -> Result<DirectoryEntry, ErrorCode> {
    let type_ = match listed {
        Some(listed) => type_of(listed),
        // Not every file system gives the type.
        None => match fstatat(&directory.dir, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => type_of_mode(stat.st_mode),
            Err(_) => return Err(ErrorCode::NoEntry),
        },
    };
    match name.to_str() {
        Ok(name) => Ok(DirectoryEntry {
            type_,
            name: name.to_owned(),
        }),
        Err(_) => Err(ErrorCode::IllegalByteSequence),
    }
}

const fn type_of(listed: Type) -> DescriptorType {
    match listed {
        Type::File => DescriptorType::RegularFile,
        Type::Directory => DescriptorType::Directory,
        Type::Symlink => DescriptorType::SymbolicLink,
        Type::Fifo => DescriptorType::Fifo,
        Type::Socket => DescriptorType::Socket,
        Type::CharacterDevice => DescriptorType::CharacterDevice,
        Type::BlockDevice => DescriptorType::BlockDevice,
    }
}

fn type_of_mode(mode: u32) -> DescriptorType {
    match SFlag::from_bits_truncate(mode & SFlag::S_IFMT.bits()) {
        SFlag::S_IFREG => DescriptorType::RegularFile,
        SFlag::S_IFDIR => DescriptorType::Directory,
        SFlag::S_IFLNK => DescriptorType::SymbolicLink,
        _ => DescriptorType::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use wasmtime_wasi::FsPerms;
    use wasmtime_wasi::filesystem::OpenMode;

    fn open(directory: &Path) -> filesystem::Dir {
        let opened = fs::File::open(directory).unwrap();
        filesystem::Dir::new(opened, FsPerms::ReadOnly, OpenMode::READ, true)
    }

    #[test]
    fn both_ways_to_tell_what_an_entry_is_agree_on_what_is_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("file"), "").unwrap();
        fs::create_dir(path("directory")).unwrap();
        symlink("file", path("link")).unwrap();
        nix::unistd::mkfifo(&path("fifo"), Mode::S_IRWXU).unwrap();
        let _socket = UnixListener::bind(path("socket")).unwrap();
        let opened = open(directory.path());
        let listed = entries_of(&opened).unwrap().0.map(Result::unwrap);
        let listed: Vec<_> = listed.map(|entry| (entry.name, entry.type_)).collect();
        assert_eq!(listed.len(), 5, "{listed:?}");
        for (name, type_) in listed {
            let c_name = std::ffi::CString::new(name.clone()).unwrap();
            let asked = entry_of(&opened, &c_name, None).unwrap().type_;
            let is_special = asked == DescriptorType::Unknown;
            assert!(asked == type_ || is_special, "{name}: {type_:?}, {asked:?}");
            assert_eq!(is_special, ["fifo", "socket"].contains(&&*name), "{name}");
        }
    }

    #[test]
    fn an_entry_that_goes_away_or_has_no_name_in_utf_8_is_an_error_by_itself() {
        let directory = tempfile::tempdir().unwrap();
        let opened = open(directory.path());
        let entry = |name, listed| entry_of(&opened, name, listed).unwrap_err();
        assert_eq!(entry(c"gone", None), ErrorCode::NoEntry);
        let name = c"\xff.json";
        assert_eq!(
            entry(name, Some(Type::File)),
            ErrorCode::IllegalByteSequence
        );
    }
}
