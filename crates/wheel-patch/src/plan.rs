//! Which members the changed wheel has, and in which order. Decides and does nothing.

use std::borrow::Cow;

use foldhash::{HashMap, HashSet, HashSetExt as _};

use crate::{
    Addition, Applied, Change, Error, MemberName,
    installed::{Collision, collisions},
    mark,
    name::{FurtherFolders, Spellings, folders},
    wheel::Wheel,
};

/// Files of `.dist-info` that installers cannot do without.
const NEEDED: [&str; 2] = ["WHEEL", "METADATA"];
/// Files of `.dist-info` that speak about all others.
const OWN: [&str; 3] = ["RECORD", "RECORD.jws", "RECORD.p7s"];

/// Where a member comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// The member of the old wheel with this index.
    Kept(usize),
    /// The caller.
    New(&'a Addition),
}

/// A member of the changed wheel.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) name: Box<str>,
    /// Whether the original wheel did not have it.
    pub(crate) is_added: bool,
}

/// The members of the changed wheel, but RECORD, which comes last.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) items: Vec<Item<'a>>,
    /// Whether the original wheel's members are all there, under their names.
    pub(crate) keeps_all: bool,
    /// What will have been done.
    pub(crate) applied: Applied,
}

impl Plan<'_> {
    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        let Applied { added, replaced, removed, renamed, .. } = &self.applied;
        added.is_empty() && replaced.is_empty() && removed.is_empty() && renamed.is_empty()
    }
}

/// Plans changes. `is_same` tells whether a member is what is to be added.
pub(crate) fn plan<'a>(
    wheel: &Wheel,
    changes: &'a [Change],
    drop_signature: bool,
    is_same: &dyn Fn(usize, &Addition) -> Result<bool, Error>,
) -> Result<Plan<'a>, Error> {
    let mut draft = Draft::new(wheel);
    for change in changes {
        match change {
            Change::Add(addition) => draft.add(addition, is_same)?,
            Change::Remove(name) => draft.remove(name)?,
            Change::Rename { from, to } => draft.rename(from, to)?,
        }
    }
    if draft.is_changed() {
        draft.drop_signatures(drop_signature)?;
    }
    draft.check_names()?;
    Ok(draft.finish())
}

struct Draft<'a, 'w> {
    wheel: &'w Wheel,
    /// In the order of the old wheel, then in that of the changes. None is gone.
    items: Vec<Option<Item<'a>>>,
    places: HashMap<Cow<'w, str>, usize>,
    keeps_all: bool,
    applied: Applied,
}

impl<'a, 'w> Draft<'a, 'w> {
    fn new(wheel: &'w Wheel) -> Self {
        let record = wheel.record_name();
        let members = wheel.archive.members.iter().enumerate().filter(|(_, member)| *member.name != *record);
        let items: Vec<_> = members
            .map(|(index, member)| {
                let is_added = mark::is_added(member);
                Some(Item { source: Source::Kept(index), name: member.name.clone(), is_added })
            })
            .collect();
        let members = wheel.archive.members.iter().filter(|member| *member.name != *record);
        let places = members.enumerate().map(|(place, member)| (Cow::Borrowed(&*member.name), place)).collect();
        Self { wheel, items, places, keeps_all: true, applied: Applied::default() }
    }

    fn is_changed(&self) -> bool {
        let Applied { added, replaced, removed, renamed, .. } = &self.applied;
        !(added.is_empty() && replaced.is_empty() && removed.is_empty() && renamed.is_empty())
    }

    fn add(
        &mut self,
        addition: &'a Addition,
        is_same: &dyn Fn(usize, &Addition) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let name = addition.target.member(&self.wheel.dist_info, &addition.path)?;
        let name: Box<str> = name.as_str().into();
        self.may_change(&name, addition.replace)?;
        let mut item = Item { source: Source::New(addition), name: name.clone(), is_added: true };
        let Some(place) = self.places.get(&*name).copied() else {
            self.places.insert(Cow::Owned(name.to_string()), self.items.len());
            self.items.push(Some(item));
            self.applied.added.push(name.into());
            return Ok(());
        };
        let old = self.items[place].as_ref();
        match old.map(|old| old.source) {
            Some(Source::Kept(index)) if is_same(index, addition)? => self.applied.unchanged.push(name.into()),
            Some(Source::Kept(_)) if addition.replace => {
                item.is_added = old.is_some_and(|old| old.is_added);
                self.keeps_all &= item.is_added;
                self.items[place] = Some(item);
                self.applied.replaced.push(name.into());
            }
            Some(Source::Kept(_)) => return Err(Error::Exists { name: name.into() }),
            _ => return Err(Error::Twice { name: name.into() }),
        }
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), Error> {
        let is_gone = |item: &Item<'_>| *item.name == *name || (name.ends_with('/') && item.name.starts_with(name));
        let places: Vec<usize> =
            (0..self.items.len()).filter(|place| self.items[*place].as_ref().is_some_and(is_gone)).collect();
        if places.is_empty() {
            // RECORD is no item, and is not to be removed either.
            self.may_change(name, false)?;
            return Err(self.missing(name));
        }
        for place in places {
            let Some(item) = self.items[place].take() else { continue };
            self.may_change(&item.name, false)?;
            self.places.remove(&*item.name);
            self.keeps_all &= item.is_added;
            self.applied.removed.push(item.name.into());
        }
        Ok(())
    }

    /// Nothing has this name, or a folder has it.
    fn missing(&self, name: &str) -> Error {
        let is_inside = |item: &Item<'_>| item.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        let name_is_folder = !name.is_empty() && self.items.iter().flatten().any(is_inside);
        let name = name.to_owned();
        if name_is_folder { Error::IsFolder { name } } else { Error::Missing { name } }
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), Error> {
        if from.ends_with('/') {
            return self.rename_folder(from, to);
        }
        let name = MemberName::parse(to).map_err(|reason| Error::Name { name: to.to_owned(), reason })?;
        self.may_change(from, false)?;
        self.may_change(to, false)?;
        let Some(place) = self.places.get(from).copied() else { return Err(self.missing(from)) };
        if from == to {
            self.applied.unchanged.push(to.to_owned());
            return Ok(());
        }
        self.places.remove(from);
        self.call(place, name.as_str())
    }

    /// Renames all that is in a folder, and the folder itself if it is a member.
    fn rename_folder(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let folder = to.strip_suffix('/').unwrap_or(to);
        MemberName::parse(folder).map_err(|reason| Error::Name { name: to.to_owned(), reason })?;
        let is_inside = |place: &usize| self.items[*place].as_ref().is_some_and(|item| item.name.starts_with(from));
        let places: Vec<usize> = (0..self.items.len()).filter(is_inside).collect();
        if places.is_empty() {
            return Err(Error::Missing { name: from.to_owned() });
        }
        // All names are free before the first one is taken: the new folder may be in the old one.
        let mut names = Vec::with_capacity(places.len());
        for place in places {
            let Some(name) = self.items[place].as_ref().map(|item| item.name.clone()) else { continue };
            let new = format!("{folder}/{}", &name[from.len()..]);
            self.may_change(&name, false)?;
            self.may_change(&new, false)?;
            self.places.remove(&*name);
            names.push((place, new));
        }
        for (place, new) in names {
            self.call(place, &new)?;
        }
        Ok(())
    }

    /// Gives a member that has no place of its own name any more another name.
    fn call(&mut self, place: usize, name: &str) -> Result<(), Error> {
        let is_taken = self.places.contains_key(name);
        if is_taken && !name.ends_with('/') {
            return Err(Error::Taken { name: name.to_owned() });
        }
        let Some(item) = &mut self.items[place] else { return Ok(()) };
        if is_taken {
            // One of two folders that become one.
            self.applied.removed.push(item.name.to_string());
            (self.items[place], self.keeps_all) = (None, false);
            return Ok(());
        }
        let old = std::mem::replace(&mut item.name, name.into());
        self.places.insert(Cow::Owned(name.to_owned()), place);
        if *old == *name {
            self.applied.unchanged.push(old.into());
        } else {
            self.keeps_all &= item.is_added;
            self.applied.renamed.push((old.into(), name.to_owned()));
        }
        Ok(())
    }

    /// Whether this name may be added, removed or renamed.
    fn may_change(&self, name: &str, replaces: bool) -> Result<(), Error> {
        let Wheel { dist_info, .. } = self.wheel;
        let reserved = |why| Err(Error::Reserved { name: name.to_owned(), why });
        let (first, rest) = name.split_once('/').unwrap_or((name, ""));
        if first != dist_info {
            return if first.ends_with(".dist-info") {
                reserved("a wheel has one `.dist-info` folder")
            } else {
                Ok(())
            };
        }
        if OWN.contains(&rest) {
            return reserved("it speaks about all other files");
        }
        // With other text in them they are as good.
        if NEEDED.contains(&rest) && !replaces && self.places.contains_key(name) {
            return reserved("installers need it");
        }
        Ok(())
    }

    fn drop_signatures(&mut self, may: bool) -> Result<(), Error> {
        for signature in &OWN[1..] {
            let name = format!("{}/{signature}", self.wheel.dist_info);
            let Some(place) = self.places.get(name.as_str()).copied() else { continue };
            if !may {
                return Err(Error::Signed { name });
            }
            self.items[place] = None;
            self.places.remove(name.as_str());
            self.keeps_all = false;
            self.applied.removed.push(name);
        }
        Ok(())
    }

    /// Whether new names go with all others.
    fn check_names(&self) -> Result<(), Error> {
        let is_new = |item: &Item<'_>| match item.source {
            Source::New(_) => true,
            Source::Kept(index) => self.wheel.archive.members[index].name != item.name,
        };
        let (new, old): (Vec<_>, Vec<_>) = self.items.iter().flatten().partition(|item| is_new(item));
        if new.is_empty() {
            return Ok(());
        }
        let clash = |name: &str, other: &str| Err(Error::Clash { name: name.to_owned(), other: other.to_owned() });
        let mut spellings = Spellings::with_capacity(self.items.len());
        let (mut all_folders, mut further) = (HashSet::new(), FurtherFolders::default());
        for item in &old {
            let name = item.name.trim_end_matches('/');
            spellings.add(name);
            all_folders.extend(further.of(name));
            if item.name.ends_with('/') {
                all_folders.insert(name);
            }
        }
        for item in new {
            if let Some((part, other)) = spellings.add(item.name.trim_end_matches('/')) {
                return clash(part, other);
            }
            let is_file = |folder: &&str| self.places.contains_key(*folder);
            if let Some(file) = folders(&item.name).find(is_file) {
                return clash(&item.name, file);
            }
            if all_folders.contains(&*item.name) {
                return clash(&item.name, &format!("{}/", item.name));
            }
        }
        self.check_places()
    }

    /// Whether each file has a place of its own where it is installed.
    fn check_places(&self) -> Result<(), Error> {
        let data = format!("{}.data", self.wheel.dist_info.trim_end_matches(".dist-info"));
        let names = self.items.iter().flatten().map(|item| &*item.name);
        match collisions(names, &data).into_iter().find(|collision| collision.is_certain) {
            Some(Collision { name, other, .. }) => {
                Err(Error::SamePlace { name: name.to_owned(), other: other.to_owned() })
            }
            None => Ok(()),
        }
    }

    /// Puts all in order: what was there, what was added, then the same within `.dist-info`.
    fn finish(self) -> Plan<'a> {
        let Self { wheel, items, keeps_all, mut applied, .. } = self;
        let mut items: Vec<Item<'a>> = items.into_iter().flatten().collect();
        let key = |item: &Item<'_>| (wheel.is_dist_info(&item.name), item.is_added);
        // What was there keeps its order, since the sort is stable.
        items.sort_by(|one, other| {
            let by_name = || if one.is_added { one.name.cmp(&other.name) } else { std::cmp::Ordering::Equal };
            key(one).cmp(&key(other)).then_with(by_name)
        });
        applied.added.sort();
        applied.replaced.sort();
        Plan { items, keeps_all, applied }
    }
}
