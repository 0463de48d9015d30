//! Finds the kept files of each session. A sweep asks for them for every session without a live file,
//! so this lists the directory only once for all of them.

use std::cell::RefCell;
use std::collections::HashMap;

use nix::errno::Errno;
use session_recovery::session::{Role, SessionId};

/// What this needs of the directory.
pub trait Names {
    /// Gives every name.
    fn list(&self) -> Result<Vec<String>, Errno>;

    /// Says whether the name is taken.
    fn is_there(&self, name: &str) -> Result<bool, Errno>;
}

/// The numbers of kept files by session ID, as of the last listing.
#[derive(Debug, Default)]
pub struct Kept(RefCell<Option<HashMap<String, Vec<u32>>>>);

impl Kept {
    /// The name of a session's kept file with the highest number.
    pub fn newest(&self, id: &SessionId, names: &impl Names) -> Result<Option<String>, Errno> {
        let is_there = |number| match id.kept_name(number) {
            Some(name) => names.is_there(&name),
            None => Ok(false),
        };
        let highest = |numbers: Vec<u32>| numbers.into_iter().max().unwrap_or_default();
        let mut newest = highest(self.listed(id, names)?);
        if newest > 0 && !is_there(newest)? {
            // It was removed since the listing.
            self.0.take();
            newest = highest(self.listed(id, names)?);
        }
        // A file that was made since the listing has the next number.
        while let Some(next) = newest.checked_add(1)
            && is_there(next)?
        {
            newest = next;
        }
        Ok(if newest > 0 {
            id.kept_name(newest)
        } else {
            None
        })
    }

    /// The names of a session's kept files. The newest one comes first.
    pub fn all(&self, id: &SessionId, names: &impl Names) -> Result<Vec<String>, Errno> {
        let newest = self.newest(id, names)?;
        let listed = self.listed(id, names)?.into_iter();
        let listed = listed.filter_map(|number| id.kept_name(number));
        let others = listed.filter(|name| Some(name) != newest.as_ref());
        let others: Vec<_> = others.collect();
        Ok(newest.into_iter().chain(others).collect())
    }

    fn listed(&self, id: &SessionId, names: &impl Names) -> Result<Vec<u32>, Errno> {
        let mut numbers = self.0.borrow_mut();
        let numbers = match &mut *numbers {
            Some(numbers) => numbers,
            none => none.insert(by_session(&names.list()?)),
        };
        Ok(numbers.get(&id.to_string()).cloned().unwrap_or_default())
    }
}

fn by_session(names: &[String]) -> HashMap<String, Vec<u32>> {
    let mut numbers = HashMap::<_, Vec<_>>::new();
    for name in names {
        if let Role::Kept(stem, number) = Role::of(name) {
            numbers.entry(stem.to_owned()).or_default().push(number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::collections::BTreeSet;

    #[derive(Default)]
    struct Directory {
        names: RefCell<BTreeSet<String>>,
        listings: Cell<u32>,
    }

    impl Directory {
        fn put(&self, name: &str) {
            self.names.borrow_mut().insert(name.to_owned());
        }
    }

    impl Names for Directory {
        fn list(&self) -> Result<Vec<String>, Errno> {
            self.listings.set(self.listings.get() + 1);
            Ok(self.names.borrow().iter().cloned().collect())
        }

        fn is_there(&self, name: &str) -> Result<bool, Errno> {
            Ok(self.names.borrow().contains(name))
        }
    }

    #[test]
    fn for_many_sessions_the_directory_is_listed_once() {
        let (directory, kept) = (Directory::default(), Kept::default());
        let ids = (0..1000).map(|number| SessionId::new(&format!("s{number}")).unwrap());
        let ids: Vec<_> = ids.collect();
        directory.put("s7.json.replaced.3");
        for id in &ids {
            let newest = kept.newest(id, &directory).unwrap();
            let expected = (*id == ids[7]).then_some("s7.json.replaced.3");
            assert_eq!(newest.as_deref(), expected);
        }
        assert_eq!(directory.listings.get(), 1);
    }

    #[test]
    fn what_is_made_or_removed_since_is_noticed() {
        let (directory, kept) = (Directory::default(), Kept::default());
        let id = SessionId::new("a").unwrap();
        let newest = || kept.newest(&id, &directory).unwrap();
        assert_eq!(newest(), None);
        directory.put("a.json.replaced.1");
        assert_eq!(newest().as_deref(), Some("a.json.replaced.1"));
        directory.put("a.json.replaced.2");
        assert_eq!(newest().as_deref(), Some("a.json.replaced.2"));
        directory.names.borrow_mut().clear();
        assert_eq!(newest(), None);
        directory.put("a.json.replaced.1");
        directory.put("a.json.replaced.4");
        kept.0.take();
        assert_eq!(newest().as_deref(), Some("a.json.replaced.4"));
        let all = kept.all(&id, &directory).unwrap();
        assert_eq!(all, ["a.json.replaced.4", "a.json.replaced.1"]);
        directory.names.borrow_mut().remove("a.json.replaced.4");
        assert_eq!(newest().as_deref(), Some("a.json.replaced.1"));
    }
}
