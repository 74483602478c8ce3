//! The interpreter's own functions, behind types that cannot be misused. The only file here with `unsafe`.
//!
//! | type | what it stands for | what it rests on |
//! |---|---|---|
//! | [`Library`] | a shared library of Python that is loaded, and never unloaded | each symbol was found |
//! | [`Python`] | its interpreter, which runs until the process ends | it was started here, once |
//! | [`Gil`] | this thread may touch objects | the interpreter's lock is held |
//! | [`Object`] | one owned reference | cannot outlive its [`Gil`], gives the reference back |
//! | [`Kept`] | an owned reference without the lock | takes the lock for everything |
//!
//! Only functions of the stable ABI of 3.10 are used, so that one program serves every later interpreter. Three of them are discouraged since
//! 3.11 and 3.12: `Py_SetProgramName` and `Py_UTF8Mode` in favour of structures whose layout changes with each version, `PyErr_Fetch`
//! in favour of a function that 3.10 does not have. The stable ABI keeps all three.

#![expect(unsafe_code, reason = "the functions of an interpreter are C's")]

use std::{
    ffi::{CStr, CString, c_char, c_double, c_int, c_long, c_longlong, c_uint, c_ulong, c_ulonglong, c_void},
    marker::PhantomData,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
    ptr::{self, NonNull},
};

use libloading::os::unix::{Library as Loaded, RTLD_GLOBAL, RTLD_NOW};

use super::HostError;

/// What Python calls `PyObject`: never looked into.
#[repr(C)]
struct Raw {
    _private: [u8; 0],
}

macro_rules! interface {
    ($(fn $function:ident($($argument:ty),*) $(-> $result:ty)?;)* $(static $data:ident;)*) => {
        /// The functions and data that are used.
        #[expect(non_snake_case, reason = "these are C's names")]
        struct Interface {
            // SAFETY: whoever calls one says why it may.
            $($function: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            $($data: *mut Raw,)*
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($function),)* $(stringify!($data),)*];

        impl Interface {
            fn of(library: &Loaded) -> Result<Self, (&'static str, libloading::Error)> {
                Ok(Self {
                    // SAFETY: the types are those of Python's headers, which the stable ABI promises not to change.
                    $($function: unsafe { symbol(library, stringify!($function)) }?,)*
                    // SAFETY: as above; the address of an object is taken and what is there is not looked at.
                    $($data: unsafe { symbol(library, stringify!($data)) }?,)*
                })
            }
        }
    };
}

interface! {
    fn Py_DecodeLocale(*const c_char, *mut usize) -> *mut c_void;
    fn Py_GetVersion() -> *const c_char;
    fn Py_InitializeEx(c_int);
    fn Py_IsInitialized() -> c_int;
    fn Py_SetProgramName(*const c_void);
    fn PyEval_SaveThread() -> *mut c_void;
    fn PyGILState_Ensure() -> c_uint;
    fn PyGILState_Release(c_uint);
    fn PyErr_Clear();
    fn PyErr_Fetch(*mut *mut Raw, *mut *mut Raw, *mut *mut Raw);
    fn PyErr_GivenExceptionMatches(*mut Raw, *mut Raw) -> c_int;
    fn PyErr_NormalizeException(*mut *mut Raw, *mut *mut Raw, *mut *mut Raw);
    fn PyException_SetTraceback(*mut Raw, *mut Raw) -> c_int;
    fn PyImport_ImportModule(*const c_char) -> *mut Raw;
    fn PySys_GetObject(*const c_char) -> *mut Raw;
    fn Py_DecRef(*mut Raw);
    fn Py_IncRef(*mut Raw);
    fn Py_IsFalse(*mut Raw) -> c_int;
    fn Py_IsNone(*mut Raw) -> c_int;
    fn Py_IsTrue(*mut Raw) -> c_int;
    fn PyObject_Call(*mut Raw, *mut Raw, *mut Raw) -> *mut Raw;
    fn PyObject_DelItem(*mut Raw, *mut Raw) -> c_int;
    fn PyObject_GetAttr(*mut Raw, *mut Raw) -> *mut Raw;
    fn PyObject_GetItem(*mut Raw, *mut Raw) -> *mut Raw;
    fn PyObject_SetAttr(*mut Raw, *mut Raw, *mut Raw) -> c_int;
    fn PyObject_SetItem(*mut Raw, *mut Raw, *mut Raw) -> c_int;
    fn PyObject_Str(*mut Raw) -> *mut Raw;
    fn PyObject_Type(*mut Raw) -> *mut Raw;
    fn PySequence_Contains(*mut Raw, *mut Raw) -> c_int;
    fn PyType_GetFlags(*mut Raw) -> c_ulong;
    fn PyType_IsSubtype(*mut Raw, *mut Raw) -> c_int;
    fn PyBool_FromLong(c_long) -> *mut Raw;
    fn PyLong_AsLongLongAndOverflow(*mut Raw, *mut c_int) -> c_longlong;
    fn PyLong_AsUnsignedLongLong(*mut Raw) -> c_ulonglong;
    fn PyLong_FromLongLong(c_longlong) -> *mut Raw;
    fn PyLong_FromUnsignedLongLong(c_ulonglong) -> *mut Raw;
    fn PyFloat_AsDouble(*mut Raw) -> c_double;
    fn PyFloat_FromDouble(c_double) -> *mut Raw;
    fn PyBytes_AsStringAndSize(*mut Raw, *mut *mut c_char, *mut isize) -> c_int;
    fn PyUnicode_AsEncodedString(*mut Raw, *const c_char, *const c_char) -> *mut Raw;
    fn PyUnicode_AsUTF8AndSize(*mut Raw, *mut isize) -> *const c_char;
    fn PyUnicode_DecodeFSDefaultAndSize(*const c_char, isize) -> *mut Raw;
    fn PyUnicode_FromStringAndSize(*const c_char, isize) -> *mut Raw;
    fn PyList_Append(*mut Raw, *mut Raw) -> c_int;
    fn PyList_AsTuple(*mut Raw) -> *mut Raw;
    fn PyList_New(isize) -> *mut Raw;
    fn PyTuple_GetItem(*mut Raw, isize) -> *mut Raw;
    fn PyTuple_New(isize) -> *mut Raw;
    fn PyTuple_SetItem(*mut Raw, isize, *mut Raw) -> c_int;
    fn PyTuple_Size(*mut Raw) -> isize;
    fn PyDict_Items(*mut Raw) -> *mut Raw;
    fn PyDict_New() -> *mut Raw;
    static PyExc_AttributeError;
    static PyFloat_Type;
    static Py_UTF8Mode;
    static _Py_NoneStruct;
}

impl Interface {
    /// A path as C's wide characters, never freed, in the locale that is set. Null when memory is short.
    fn decode(&self, path: &Path) -> *const c_void {
        let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return ptr::null() };
        // SAFETY: may be called before the start, and the string ends with a zero.
        unsafe { (self.Py_DecodeLocale)(path.as_ptr(), ptr::null_mut()) }
    }
}

/// What the system calls a function by this name, as a `T`.
///
/// # Safety
/// `T` is a pointer, and one of the symbol's type.
unsafe fn symbol<T: Copy>(library: &Loaded, name: &'static str) -> Result<T, (&'static str, libloading::Error)> {
    // SAFETY: the caller knows the type.
    unsafe { library.get::<T>(name) }.map(|found| *found).map_err(|source| (name, source))
}

/// A shared library of Python that is loaded. It is never unloaded, because what it has started cannot be stopped.
pub(super) struct Library(Interface);

impl Library {
    /// Loads it for the whole process: extension modules name no library of Python and take what is there.
    pub(super) fn open(path: &Path) -> Result<Self, HostError> {
        // SAFETY: this runs the library's constructors. It is the one that the interpreter named as its own, and Python's
        // does nothing there.
        let library = unsafe { Loaded::open(Some(path), RTLD_NOW | RTLD_GLOBAL) }
            .map_err(|source| HostError::Open { path: path.to_owned(), source })?;
        let found = Interface::of(&library);
        std::mem::forget(library);
        let interface = found.map_err(|(name, source)| HostError::NoSymbol { path: path.to_owned(), name, source })?;
        // What extension modules will take is the first one in the process, and not always this one.
        let first = is_initialized(&Loaded::this());
        if !first.is_some_and(|first| ptr::fn_addr_eq(first, interface.Py_IsInitialized)) {
            return Err(HostError::OtherPython);
        }
        Ok(Self(interface))
    }

    /// Which Python it is: `3.11.7`.
    pub(super) fn version(&self) -> String {
        // SAFETY: may be called before the interpreter is started, and returns a string that stays.
        let text = unsafe { CStr::from_ptr((self.0.Py_GetVersion)()) }.to_string_lossy();
        text.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// Starts the interpreter as if it were the program `program`, from whose place it finds its modules.
    ///
    /// Must not be called when one runs already.
    pub(super) fn start(self, program: &Path) -> &'static Python {
        let python: &'static Python = Box::leak(Box::new(Python(self.0)));
        let api = &python.0;
        let is_utf8 = characters_are_bytes();
        // As Python will have it, or a path with other than ASCII letters is not what it is elsewhere in Python.
        let program = if is_utf8 { wide(program) } else { api.decode(program) };
        // SAFETY: both are for the time before the start, and what is decoded is never freed, as Python goes on reading it. Null leaves
        // the default. The mode is a C integer.
        unsafe {
            (api.Py_SetProgramName)(program);
            if is_utf8 {
                api.Py_UTF8Mode.cast::<c_int>().write(1);
            }
        }
        // SAFETY: nobody else has started it (`is_running`). Zero keeps signals the program's business. The lock that comes with the start
        // is let go at once, and the thread's state is found again by `PyGILState_Ensure`.
        unsafe {
            (api.Py_InitializeEx)(0);
            (api.PyEval_SaveThread)();
        }
        python
    }
}

/// Sets the locale of characters as the environment has it, which Python does itself a moment later, and says whether there is
/// none that is installed. Then all bytes are characters to the C library. Python as a program would take text for UTF-8; inside another
/// program it has to be told so, or a service without `LANG` could print no umlaut.
fn characters_are_bytes() -> bool {
    type SetLocale = extern "C" fn(c_int, *const c_char) -> *const c_char;
    const LC_CTYPE: c_int = if cfg!(target_os = "linux") { 0 } else { 2 };
    // SAFETY: the type is that of the C library's headers.
    let Ok(set_locale) = (unsafe { symbol::<SetLocale>(&Loaded::this(), "setlocale") }) else { return false };
    let name = set_locale(LC_CTYPE, c"".as_ptr());
    // SAFETY: it is null, or a string that stays until the next such call.
    name.is_null() || matches!(unsafe { CStr::from_ptr(name) }.to_bytes(), b"C" | b"POSIX")
}

/// A path in UTF-8 as C's wide characters, never freed. Null when it is in nothing of the kind.
fn wide(path: &Path) -> *const c_void {
    let Some(text) = path.to_str() else { return ptr::null() };
    let wide: Vec<u32> = text.chars().chain(['\0']).map(u32::from).collect();
    Box::leak(wide.into_boxed_slice()).as_ptr().cast()
}

/// Whether an interpreter already runs in this process, whoever started it.
pub(super) fn is_running() -> bool {
    // One that was loaded for a plugin alone is not seen from here, but in the list of what is mapped.
    let private = mapped().into_iter().filter_map(|path| {
        // SAFETY: it is loaded already, so that no constructor runs and closing it only takes this reference back.
        unsafe { Loaded::open(Some(&path), RTLD_NOW) }.ok()
    });
    std::iter::once(Loaded::this())
        .chain(private)
        .any(|library| is_initialized(&library).is_some_and(|is_initialized| is_initialized() != 0))
}

/// Loads a library as a program does that wants it for a plugin alone.
#[cfg(test)]
fn load_for_a_plugin(path: &Path) -> Loaded {
    // SAFETY: what the tests load has no constructors.
    unsafe { Loaded::open(Some(path), RTLD_NOW) }.unwrap()
}

/// The libraries of Python that are in this process. None where the system does not tell.
fn mapped() -> Vec<PathBuf> {
    let maps = fs_err::read("/proc/self/maps").unwrap_or_default();
    let paths = maps.split(|byte| *byte == b'\n').filter_map(|line| {
        let start = line.iter().position(|byte| *byte == b'/')?;
        Some(PathBuf::from(std::ffi::OsString::from_vec(line[start..].to_vec())))
    });
    let mut found: Vec<_> = paths
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().as_bytes();
            name.starts_with(b"libpython") && name.windows(3).any(|part| part == b".so")
        })
        .collect();
    found.dedup();
    found
}

/// The function that says whether an interpreter runs. It may be called at any time.
fn is_initialized(library: &Loaded) -> Option<extern "C" fn() -> c_int> {
    // SAFETY: the type is that of Python's headers.
    unsafe { symbol(library, "Py_IsInitialized") }.ok()
}

/// An interpreter that runs. There is one in a process at most, and it never ends.
pub(super) struct Python(Interface);

// SAFETY: the functions may be called from any thread that has the lock, and the objects among the data live as long as the process.
unsafe impl Send for Python {}
// SAFETY: as above.
unsafe impl Sync for Python {}

impl std::fmt::Debug for Python {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Python")
    }
}

impl Python {
    /// Waits for the interpreter's lock.
    pub(super) fn lock(&'static self) -> Gil {
        // SAFETY: the interpreter was started and never ends. Each call is paired with the one in `drop`.
        let state = unsafe { (self.0.PyGILState_Ensure)() };
        Gil { python: self, state, stays: PhantomData }
    }
}

/// This thread has the interpreter's lock.
#[must_use = "the lock is let go when this is dropped"]
pub(super) struct Gil {
    python: &'static Python,
    state: c_uint,
    /// Another thread must not let it go.
    stays: PhantomData<*mut ()>,
}

impl Drop for Gil {
    fn drop(&mut self) {
        // SAFETY: `state` is from this thread's `lock`, and inner ones are dropped first.
        unsafe { (self.python.0.PyGILState_Release)(self.state) }
    }
}

/// An exception was raised. It is no longer set in the interpreter.
pub(super) struct Raised<'gil>(pub(super) Option<Object<'gil>>);

/// What the interpreter's functions give.
pub(super) type Outcome<'gil, T> = Result<T, Raised<'gil>>;

/// One owned reference to an object.
pub(super) struct Object<'gil> {
    pointer: NonNull<Raw>,
    gil: &'gil Gil,
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        // SAFETY: the reference is owned, and the lock is held as long as `gil` lives.
        unsafe { (self.api().Py_DecRef)(self.raw()) }
    }
}

impl Clone for Object<'_> {
    fn clone(&self) -> Self {
        // SAFETY: the object lives, and the lock is held as long as `gil` lives.
        unsafe { (self.api().Py_IncRef)(self.raw()) }
        Self { pointer: self.pointer, gil: self.gil }
    }
}

/// What an object is to JSON. Subclasses are what their base is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    None,
    Bool(bool),
    Integer,
    Float,
    String,
    List,
    Tuple,
    Dict,
    Other,
}

/// An integer that fits.
pub(super) enum Integer {
    Signed(i64),
    Unsigned(u64),
}

/// The bits of a type's flags by which the limited interface's own macros know the basic types.
const INTEGER: c_ulong = 1 << 24;
const LIST: c_ulong = 1 << 25;
const TUPLE: c_ulong = 1 << 26;
const STRING: c_ulong = 1 << 28;
const DICT: c_ulong = 1 << 29;

impl Gil {
    /// Imports a module as `import NAME` does.
    pub(super) fn import(&self, name: &CStr) -> Outcome<'_, Object<'_>> {
        // SAFETY: the lock is held, and the name ends with a zero.
        self.owned(unsafe { (self.api().PyImport_ImportModule)(name.as_ptr()) })
    }

    /// An attribute of the module `sys`, if there is one.
    pub(super) fn sys(&self, name: &CStr) -> Option<Object<'_>> {
        // SAFETY: the lock is held, and the name ends with a zero. The reference is borrowed.
        NonNull::new(unsafe { (self.api().PySys_GetObject)(name.as_ptr()) }).map(|pointer| self.borrowed(pointer))
    }

    pub(super) fn none(&self) -> Object<'_> {
        let pointer = NonNull::new(self.api()._Py_NoneStruct).expect("a symbol that was found has an address");
        self.borrowed(pointer)
    }

    pub(super) fn boolean(&self, value: bool) -> Outcome<'_, Object<'_>> {
        // SAFETY: the lock is held.
        self.owned(unsafe { (self.api().PyBool_FromLong)(value.into()) })
    }

    pub(super) fn integer(&self, value: i64) -> Outcome<'_, Object<'_>> {
        // SAFETY: the lock is held.
        self.owned(unsafe { (self.api().PyLong_FromLongLong)(value) })
    }

    pub(super) fn unsigned(&self, value: u64) -> Outcome<'_, Object<'_>> {
        // SAFETY: the lock is held.
        self.owned(unsafe { (self.api().PyLong_FromUnsignedLongLong)(value) })
    }

    pub(super) fn float(&self, value: f64) -> Outcome<'_, Object<'_>> {
        // SAFETY: the lock is held.
        self.owned(unsafe { (self.api().PyFloat_FromDouble)(value) })
    }

    pub(super) fn string(&self, value: &str) -> Outcome<'_, Object<'_>> {
        let (start, size) = (value.as_ptr().cast(), value.len().cast_signed());
        // SAFETY: the lock is held, and so many bytes of UTF-8 are there. No Rust value is larger than an `isize`.
        self.owned(unsafe { (self.api().PyUnicode_FromStringAndSize)(start, size) })
    }

    /// A path as Python spells it.
    pub(super) fn path(&self, value: &Path) -> Outcome<'_, Object<'_>> {
        let bytes = value.as_os_str().as_bytes();
        let (start, size) = (bytes.as_ptr().cast(), bytes.len().cast_signed());
        // SAFETY: the lock is held, and so many bytes are there.
        self.owned(unsafe { (self.api().PyUnicode_DecodeFSDefaultAndSize)(start, size) })
    }

    pub(super) fn list(&self) -> Outcome<'_, Object<'_>> {
        // SAFETY: the lock is held.
        self.owned(unsafe { (self.api().PyList_New)(0) })
    }

    pub(super) fn dict(&self) -> Outcome<'_, Object<'_>> {
        // SAFETY: the lock is held.
        self.owned(unsafe { (self.api().PyDict_New)() })
    }

    pub(super) fn tuple<'gil>(&'gil self, items: Vec<Object<'gil>>) -> Outcome<'gil, Object<'gil>> {
        // SAFETY: the lock is held.
        let tuple = self.owned(unsafe { (self.api().PyTuple_New)(items.len().cast_signed()) })?;
        for (place, item) in (0..).zip(items) {
            let item = std::mem::ManuallyDrop::new(item);
            // SAFETY: the tuple is new, has this place, and takes the reference over, even when it fails.
            let status = unsafe { (self.api().PyTuple_SetItem)(tuple.raw(), place, item.raw()) };
            self.done(status)?;
        }
        Ok(tuple)
    }

    fn api(&self) -> &'static Interface {
        &self.python.0
    }

    /// What a function returned that gives an owned reference, or null and an exception.
    fn owned(&self, pointer: *mut Raw) -> Outcome<'_, Object<'_>> {
        match NonNull::new(pointer) {
            Some(pointer) => Ok(Object { pointer, gil: self }),
            None => Err(self.raised()),
        }
    }

    /// A reference that somebody else owns.
    fn borrowed(&self, pointer: NonNull<Raw>) -> Object<'_> {
        // SAFETY: the lock is held, so that its owner cannot give it back before this.
        unsafe { (self.api().Py_IncRef)(pointer.as_ptr()) }
        Object { pointer, gil: self }
    }

    /// What a function returned that gives a negative number and an exception, or something else.
    fn done(&self, status: c_int) -> Outcome<'_, bool> {
        if status < 0 { Err(self.raised()) } else { Ok(status > 0) }
    }

    /// Takes the exception from the interpreter.
    fn raised(&self) -> Raised<'_> {
        let api = self.api();
        let (mut kind, mut value, mut traceback) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: the lock is held. The references are owned from here on, and each may be null.
        unsafe {
            (api.PyErr_Fetch)(&raw mut kind, &raw mut value, &raw mut traceback);
            if !kind.is_null() {
                (api.PyErr_NormalizeException)(&raw mut kind, &raw mut value, &raw mut traceback);
            }
            if !value.is_null() && !traceback.is_null() && (api.PyException_SetTraceback)(value, traceback) < 0 {
                (api.PyErr_Clear)();
            }
        }
        let own = |pointer| NonNull::new(pointer).map(|pointer| Object { pointer, gil: self });
        drop((own(kind), own(traceback)));
        Raised(own(value))
    }
}

impl<'gil> Object<'gil> {
    pub(super) fn attribute(&self, name: &str) -> Outcome<'gil, Object<'gil>> {
        let name = self.gil.string(name)?;
        // SAFETY: the lock is held, and both objects live.
        self.gil.owned(unsafe { (self.api().PyObject_GetAttr)(self.raw(), name.raw()) })
    }

    pub(super) fn set_attribute(&self, name: &str, value: &Self) -> Outcome<'gil, ()> {
        let name = self.gil.string(name)?;
        // SAFETY: the lock is held, and all objects live.
        let status = unsafe { (self.api().PyObject_SetAttr)(self.raw(), name.raw(), value.raw()) };
        self.gil.done(status).map(drop)
    }

    pub(super) fn item(&self, key: &Self) -> Outcome<'gil, Object<'gil>> {
        // SAFETY: the lock is held, and both objects live.
        self.gil.owned(unsafe { (self.api().PyObject_GetItem)(self.raw(), key.raw()) })
    }

    pub(super) fn set_item(&self, key: &Self, value: &Self) -> Outcome<'gil, ()> {
        // SAFETY: the lock is held, and all objects live.
        let status = unsafe { (self.api().PyObject_SetItem)(self.raw(), key.raw(), value.raw()) };
        self.gil.done(status).map(drop)
    }

    pub(super) fn remove_item(&self, key: &Self) -> Outcome<'gil, ()> {
        // SAFETY: the lock is held, and both objects live.
        let status = unsafe { (self.api().PyObject_DelItem)(self.raw(), key.raw()) };
        self.gil.done(status).map(drop)
    }

    pub(super) fn contains(&self, item: &Self) -> Outcome<'gil, bool> {
        // SAFETY: the lock is held, and both objects live.
        let status = unsafe { (self.api().PySequence_Contains)(self.raw(), item.raw()) };
        self.gil.done(status)
    }

    /// Appends to a list.
    pub(super) fn append(&self, item: &Self) -> Outcome<'gil, ()> {
        // SAFETY: the lock is held, and both objects live. What is no list raises.
        let status = unsafe { (self.api().PyList_Append)(self.raw(), item.raw()) };
        self.gil.done(status).map(drop)
    }

    pub(super) fn call(&self, arguments: Vec<Self>, keywords: Option<&Self>) -> Outcome<'gil, Object<'gil>> {
        let arguments = self.gil.tuple(arguments)?;
        let keywords = keywords.map_or(ptr::null_mut(), Object::raw);
        // SAFETY: the lock is held, the arguments are a tuple, and the keywords null or, as all callers in this crate have it,
        // a dictionary.
        self.gil.owned(unsafe { (self.api().PyObject_Call)(self.raw(), arguments.raw(), keywords) })
    }

    pub(super) fn kind(&self) -> Outcome<'gil, Kind> {
        let api = self.api();
        // SAFETY: the lock is held, and the object lives.
        let is = |question: unsafe extern "C" fn(*mut Raw) -> c_int| unsafe { question(self.raw()) } != 0;
        if is(api.Py_IsNone) {
            return Ok(Kind::None);
        }
        if is(api.Py_IsTrue) || is(api.Py_IsFalse) {
            return Ok(Kind::Bool(is(api.Py_IsTrue)));
        }
        let its_type = self.its_type()?;
        // SAFETY: the lock is held, and both are types.
        let (flags, is_float) = unsafe {
            ((api.PyType_GetFlags)(its_type.raw()), (api.PyType_IsSubtype)(its_type.raw(), api.PyFloat_Type) != 0)
        };
        Ok(match flags {
            flags if flags & INTEGER != 0 => Kind::Integer,
            flags if flags & STRING != 0 => Kind::String,
            flags if flags & LIST != 0 => Kind::List,
            flags if flags & TUPLE != 0 => Kind::Tuple,
            flags if flags & DICT != 0 => Kind::Dict,
            _ if is_float => Kind::Float,
            _ => Kind::Other,
        })
    }

    pub(super) fn its_type(&self) -> Outcome<'gil, Object<'gil>> {
        // SAFETY: the lock is held, and the object lives.
        self.gil.owned(unsafe { (self.api().PyObject_Type)(self.raw()) })
    }

    /// The value of an integer, if it fits.
    pub(super) fn to_integer(&self) -> Option<Integer> {
        let mut overflow = 0;
        // SAFETY: the lock is held, and the object lives. What is no integer, or does not fit, raises.
        let signed = unsafe { (self.api().PyLong_AsLongLongAndOverflow)(self.raw(), &raw mut overflow) };
        if overflow == 0 {
            return self.without_exception().then_some(Integer::Signed(signed));
        }
        // SAFETY: as above.
        let unsigned = unsafe { (self.api().PyLong_AsUnsignedLongLong)(self.raw()) };
        self.without_exception().then_some(Integer::Unsigned(unsigned))
    }

    pub(super) fn to_float(&self) -> f64 {
        // SAFETY: the lock is held, and the object lives. What is no number raises.
        let value = unsafe { (self.api().PyFloat_AsDouble)(self.raw()) };
        if self.without_exception() { value } else { f64::NAN }
    }

    /// A string's text, unless it is one that UTF-8 cannot hold.
    pub(super) fn to_text(&self) -> Option<String> {
        let mut size = 0;
        // SAFETY: the lock is held, and the object lives. What is no string raises.
        let start = unsafe { (self.api().PyUnicode_AsUTF8AndSize)(self.raw(), &raw mut size) };
        if start.is_null() {
            drop(self.gil.raised());
            return None;
        }
        // SAFETY: so many bytes belong to the object, which lives and does not change.
        let bytes = unsafe { std::slice::from_raw_parts(start.cast(), size.cast_unsigned()) };
        String::from_utf8(bytes.to_vec()).ok()
    }

    /// A string's text, with something legible in place of what UTF-8 cannot hold.
    pub(super) fn to_text_lossy(&self) -> String {
        // Undecodable bytes of file names come back as they were; other halves of pairs as their number.
        let encode = |errors: &CStr| {
            // SAFETY: the lock is held, the object lives, and the names end with a zero. What is no string raises.
            self.gil.owned(unsafe {
                (self.api().PyUnicode_AsEncodedString)(self.raw(), c"utf-8".as_ptr(), errors.as_ptr())
            })
        };
        let Ok(encoded) = encode(c"surrogateescape").or_else(|_| encode(c"backslashreplace")) else {
            return String::new();
        };
        let (mut start, mut size) = (ptr::null_mut(), 0);
        // SAFETY: the lock is held, and encoding gave bytes.
        let status = unsafe { (self.api().PyBytes_AsStringAndSize)(encoded.raw(), &raw mut start, &raw mut size) };
        if self.gil.done(status).is_err() {
            return String::new();
        }
        // SAFETY: so many bytes belong to the object, which lives and does not change.
        let bytes: &[u8] = unsafe { std::slice::from_raw_parts(start.cast(), size.cast_unsigned()) };
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// As `str()` has it.
    pub(super) fn display(&self) -> Outcome<'gil, Object<'gil>> {
        // SAFETY: the lock is held, and the object lives.
        self.gil.owned(unsafe { (self.api().PyObject_Str)(self.raw()) })
    }

    /// The items of a list or a tuple as they are now, whatever becomes of it meanwhile.
    pub(super) fn items(&self) -> Outcome<'gil, Vec<Object<'gil>>> {
        let tuple = match self.kind()? {
            Kind::Tuple => self.clone(),
            // SAFETY: the lock is held, and the object lives. What is no list raises.
            _ => self.gil.owned(unsafe { (self.api().PyList_AsTuple)(self.raw()) })?,
        };
        // SAFETY: the lock is held, and it is a tuple.
        let size = unsafe { (self.api().PyTuple_Size)(tuple.raw()) };
        (0..size)
            .map(|place| {
                // SAFETY: the lock is held, and it is a tuple, which owns what it has for longer than this.
                let item = unsafe { (self.api().PyTuple_GetItem)(tuple.raw(), place) };
                NonNull::new(item).map(|item| self.gil.borrowed(item)).ok_or_else(|| self.gil.raised())
            })
            .collect()
    }

    /// The pairs of a dictionary as they are now.
    pub(super) fn pairs(&self) -> Outcome<'gil, Vec<(Object<'gil>, Object<'gil>)>> {
        // SAFETY: the lock is held, and the object lives. What is no dictionary raises.
        let pairs = self.gil.owned(unsafe { (self.api().PyDict_Items)(self.raw()) })?;
        let pair = |pair: Object<'gil>| {
            let [key, value] = <[_; 2]>::try_from(pair.items()?).map_err(|_| Raised(None))?;
            Ok((key, value))
        };
        pairs.items()?.into_iter().map(pair).collect()
    }

    /// Keeps a reference beyond the lock.
    pub(super) fn keep(&self) -> Kept {
        let Self { pointer, .. } = *std::mem::ManuallyDrop::new(self.clone());
        Kept { pointer, python: self.gil.python }
    }

    fn api(&self) -> &'static Interface {
        self.gil.api()
    }

    fn raw(&self) -> *mut Raw {
        self.pointer.as_ptr()
    }

    /// Whether no exception was raised. If one was, it is no longer set.
    fn without_exception(&self) -> bool {
        self.gil.raised().0.is_none()
    }
}

impl<'gil> Raised<'gil> {
    /// Whether it says that an attribute is missing.
    pub(super) fn is_attribute_error(&self) -> bool {
        let Some(value) = &self.0 else { return false };
        let api = value.api();
        // SAFETY: the lock is held, and what the symbol names is a pointer to the class.
        unsafe {
            let class = *api.PyExc_AttributeError.cast::<*mut Raw>();
            (api.PyErr_GivenExceptionMatches)(value.raw(), class) != 0
        }
    }

    /// The interpreter's lock.
    pub(super) fn gil(&self) -> Option<&'gil Gil> {
        Some(self.0.as_ref()?.gil)
    }
}

/// A reference that is kept while the lock is not held.
#[derive(Debug)]
pub(super) struct Kept {
    pointer: NonNull<Raw>,
    python: &'static Python,
}

// SAFETY: every use takes the interpreter's lock first.
unsafe impl Send for Kept {}
// SAFETY: as above.
unsafe impl Sync for Kept {}

impl Kept {
    /// The interpreter that the object is in.
    pub(super) fn python(&self) -> &'static Python {
        self.python
    }

    /// The object, while the lock is held.
    pub(super) fn get<'gil>(&self, gil: &'gil Gil) -> Object<'gil> {
        gil.borrowed(self.pointer)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let gil = self.python.lock();
        drop(Object { pointer: self.pointer, gil: &gil });
    }
}

#[cfg(test)]
mod tests;
