//! Copies what a file has beside its mode and owner: its access list, which gives permissions to
//! single users, and the attributes that users gave it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use xattr::FileExt;

const LIST: &str = "system.posix_acl_access";
const USERS: &[u8] = b"user.";

/// A file's list and attributes. If the file system has none, they are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// The list, if it says more than the mode.
    pub list: Option<Vec<u8>>,
    pub(super) users: BTreeMap<OsString, Vec<u8>>,
}

impl Attributes {
    pub fn of(file: &File) -> io::Result<Self> {
        let mut attributes = Self::default();
        let names = match file.list_xattr() {
            Ok(names) => names,
            Err(error) if is_unsupported(&error) => return Ok(attributes),
            Err(error) => return Err(error),
        };
        for name in names {
            let is_users = name.as_bytes().starts_with(USERS);
            if !is_users && name != LIST {
                continue;
            }
            // An attribute that is gone by now does not count.
            let Some(value) = file.get_xattr(&name)? else {
                continue;
            };
            if is_users {
                attributes.users.insert(name, value);
            } else {
                attributes.list = Some(value);
            }
        }
        Ok(attributes)
    }

    /// Gives a file the users' attributes.
    pub fn give_users_to(&self, file: &File) -> io::Result<()> {
        for (name, value) in &self.users {
            file.set_xattr(name, value)?;
        }
        Ok(())
    }

    /// Gives a file the list, and with it the mode, or removes the list that it got from its
    /// directory. Says whether the file has a list.
    pub fn give_list_to(&self, file: &File) -> io::Result<bool> {
        if let Some(list) = &self.list {
            file.set_xattr(LIST, list)?;
            return Ok(true);
        }
        match file.remove_xattr(LIST) {
            Err(error) if !is_absent(&error) && !is_unsupported(&error) => Err(error),
            _ => Ok(false),
        }
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    let unsupported = [Errno::EOPNOTSUPP, Errno::ENOSYS].map(|errno| errno as i32);
    error.kind() == io::ErrorKind::Unsupported
        || error
            .raw_os_error()
            .is_some_and(|errno| unsupported.contains(&errno))
}

fn is_absent(error: &io::Error) -> bool {
    error.raw_os_error() == Some(xattr_absent() as i32)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const fn xattr_absent() -> Errno {
    Errno::ENODATA
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
const fn xattr_absent() -> Errno {
    Errno::ENOATTR
}
