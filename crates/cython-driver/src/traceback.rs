//! Lets a module learn at import where its sources lie, so that tracebacks lead to the user's files.
//!
//! Cython writes the names of sources into the module, and a build gives it relative names, which lead nowhere once the
//! stage is gone. Absolute ones would make equal inputs give other bytes in another folder, and would be wrong after a
//! project was moved. So the table of names becomes one that can be changed, and the module asks its importer:
//!
//! | line that Cython writes | becomes |
//! |---|---|
//! | the table's first, with `const` elements | the same without that `const`, and declarations before it |
//! | `modname = ...` in the slot that creates the module | a call of `pyxide_name_sources` before it |
//! | the name of a function's source | what it was replaced by |
//! | the keys of remembered code objects: line numbers | keys that tell files apart |
//!
//! What is called stands behind Cython's last line (`traceback.c`), so that all lines keep their numbers.

/// The key in `spec.loader_state` under which a module looks for its sources.
pub const LOADER_STATE: &str = "pyxide_sources";

const DEFINITIONS: &str = include_str!("traceback.c");

const TABLE: Edit = Edit {
    lines: "static const char* const __pyx_f[] = {",
    becomes: "PyMODINIT_FUNC pyxide_utility(void); \
              static void pyxide_name_sources(PyObject *); static int pyxide_code_key(int, int, const char *); \
              static PyObject *pyxide_source(PyObject *, PyObject *); \
              static const char* __pyx_f[] = {",
};

const CREATE: Edit = Edit {
    lines: "    modname = PyObject_GetAttrString(spec, \"name\");",
    becomes: "    pyxide_name_sources(spec); modname = PyObject_GetAttrString(spec, \"name\");",
};

/// Absent where there are no functions.
const FUNCTION: Edit = Edit {
    lines: "        __pyx_mstate_global->__pyx_empty_tuple,\n        filename,\n        funcname,",
    becomes: "        __pyx_mstate_global->__pyx_empty_tuple,\n        pyxide_source(filename, tuple_dedup_map),\n        funcname,",
};

/// For the limited API, and for all other cases.
const REMEMBERED: [Edit; 4] = [
    Edit {
        lines: "    code_object = __pyx_find_code_object(c_line ? -c_line : py_line);",
        becomes: "    code_object = __pyx_find_code_object(pyxide_code_key(c_line, py_line, filename));",
    },
    Edit {
        lines: "        __pyx_insert_code_object(c_line ? -c_line : py_line, code_object);",
        becomes: "        __pyx_insert_code_object(pyxide_code_key(c_line, py_line, filename), code_object);",
    },
    Edit {
        lines: "    py_code = __pyx_find_code_object(c_line ? -c_line : py_line);",
        becomes: "    py_code = __pyx_find_code_object(pyxide_code_key(c_line, py_line, filename));",
    },
    Edit {
        lines: "        __pyx_insert_code_object(c_line ? -c_line : py_line, py_code);",
        becomes: "        __pyx_insert_code_object(pyxide_code_key(c_line, py_line, filename), py_code);",
    },
];

/// Whole lines of Cython's, and what they become.
struct Edit {
    lines: &'static str,
    becomes: &'static str,
}

/// The same with a call of the function that makes what the module imports (`utility.c`).
const CREATE_AFTER: Edit = Edit {
    becomes: "    pyxide_name_sources(spec); \
              modname = pyxide_utility() ? PyObject_GetAttrString(spec, \"name\") : NULL;",
    ..CREATE
};

/// The generated C or C++ with what is needed, or `None` where it does not look as expected: then names stay relative.
/// Where it is `linked` with [Cython's code for memoryviews](crate::utility), it also has that loaded.
pub(crate) fn movable(generated: &str, linked: bool) -> Option<String> {
    let mut text = edited(generated, &[TABLE, if linked { CREATE_AFTER } else { CREATE }])?;
    for useful in [&[FUNCTION][..], &REMEMBERED] {
        text = edited(&text, useful).unwrap_or(text);
    }
    Some(text + DEFINITIONS)
}

/// The text with all edits made, if each has one place.
fn edited(text: &str, edits: &[Edit]) -> Option<String> {
    edits.iter().try_fold(text.to_owned(), |text, edit| {
        let lines = format!("\n{}\n", edit.lines);
        let (before, after) = text.split_once(&lines)?;
        // A second one would be the user's. One that shares its first newline with the last one of the first counts too.
        let again = after.contains(&lines) || after.starts_with(&lines[1..]);
        (!again).then(|| format!("{before}\n{}\n{after}", edit.becomes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Cython 3.1, 3.2 and 3.3 have in common.
    const GENERATED: &str = r#"
/* #### Code section: filename_table ### */

static const char* const __pyx_f[] = {
  "m.pyx",
  "project-root/a.pxi",
};
static CYTHON_SMALL_CODE PyObject* __pyx_pymod_create(PyObject *spec, PyModuleDef *def) {
    if (__pyx_m)
        return __Pyx_NewRef(__pyx_m);
    modname = PyObject_GetAttrString(spec, "name");
    if (unlikely(!modname)) goto bad;
}
        __pyx_mstate_global->__pyx_empty_tuple,
        filename,
        funcname,
    code_object = __pyx_find_code_object(c_line ? -c_line : py_line);
        __pyx_insert_code_object(c_line ? -c_line : py_line, code_object);
    py_code = __pyx_find_code_object(c_line ? -c_line : py_line);
        __pyx_insert_code_object(c_line ? -c_line : py_line, py_code);
#endif /* Py_PYTHON_H */
"#;

    #[test]
    fn lines_change_and_keep_their_numbers() {
        let movable = movable(GENERATED, false).unwrap();
        let (before, after): (Vec<&str>, Vec<&str>) = (GENERATED.lines().collect(), movable.lines().collect());
        let changed: Vec<usize> = (0..before.len()).filter(|index| before[*index] != after[*index]).collect();
        assert_eq!(changed, [3, 10, 14, 16, 17, 18, 19]);
        assert!(after[3].ends_with("; static const char* __pyx_f[] = {"));
        assert!(after[10].starts_with("    pyxide_name_sources(spec); modname = "));
        assert_eq!(after[before.len()..].join("\n") + "\n", DEFINITIONS);
    }

    #[test]
    fn what_a_module_is_linked_with_is_loaded_before_it() {
        let (own, linked) = (movable(GENERATED, false).unwrap(), movable(GENERATED, true).unwrap());
        let pairs = own.lines().zip(linked.lines()).filter(|(own, linked)| own != linked);
        let [(_, linked)] = pairs.collect::<Vec<_>>()[..] else { panic!("one line differs") };
        assert!(linked.contains("pyxide_utility() ? PyObject_GetAttrString(spec, \"name\") : NULL;"), "{linked}");
        assert_eq!(movable("", true), None);
    }

    #[test]
    fn the_key_is_the_one_that_modules_look_for() {
        assert_eq!(DEFINITIONS.matches(&format!("(state, \"{LOADER_STATE}\")")).count(), 1);
    }

    #[test]
    fn what_is_not_understood_is_left_alone() {
        assert_eq!(movable("", false), None);
        for edit in [TABLE, CREATE] {
            assert_eq!(movable(&GENERATED.replace(edit.lines, ""), false), None);
            // In a verbatim block of the user's.
            assert_eq!(movable(&format!("\n{}\n{GENERATED}", edit.lines), false), None);
        }
        // Names are right all the same, unless two files have errors in lines of the same number.
        let other = movable(&GENERATED.replace(REMEMBERED[2].lines, ""), false).unwrap();
        assert_eq!(other.matches("(pyxide_code_key(").count(), 0);
        assert!(other.contains(CREATE.becomes) && other.contains(REMEMBERED[0].lines));
    }
}
