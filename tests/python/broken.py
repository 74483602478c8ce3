"""Sources that cannot be built, and where a user has to look for the reason: data for test_broken.py.

In the files the marks `<1>`, `<2>`, ... stand behind what an error is about, and are taken away before the build: the
error has to be on that line. Line numbers in the data would have to be counted by hand.
"""

import textwrap


class Broken:
    """A folder of files that is no module."""

    def __init__(self, files, words, phase="compiler", internal=False, compilers=("gcc", "clang"), **options):
        self.places, self.files = [], {}
        # What the messages of the errors have in them, per error; a tuple where compilers choose other words.
        self.words = [words] if isinstance(words, (str, tuple)) else words
        # Whether a message names a variable of the generated code.
        self.internal = internal
        self.phase, self.compilers, self.options = phase, compilers, options
        for name, text in files.items():
            text = text if isinstance(text, bytes) else textwrap.dedent(text)
            self.files[name] = self.unmarked(name, text)
        self.places = [place for _, place in sorted(self.places)]

    def unmarked(self, name, text):
        if isinstance(text, bytes):
            return self.unmarked(name, text.decode()).encode() if b"<" in text else text
        lines = text.split("\n")
        for index, line in enumerate(lines):
            for number in range(1, 10):
                if "<%d>" % number in line:
                    line = line.replace("<%d>" % number, "")
                    self.places.append((number, (name, index + 1)))
            lines[index] = line
        return "\n".join(lines)


CPP = "# distutils: language = c++\n"

BROKEN = {
    # What Cython finds.
    "syntax_first_line": Broken({"m.pyx": "def f(:<1>\n    pass\n"}, "", phase="cython"),
    "syntax_last_line": Broken({"m.pyx": "def f():\n    return 1\nx = (1,<1>\n"}, "", phase="cython"),
    "syntax_in_class": Broken(
        {"m.pyx": "cdef class A:\n    cdef int x\n    def f(self)<1>\n        return 1\n"}, "", phase="cython"
    ),
    "unclosed_string": Broken({"m.pyx": 'x = 1\ny = "abc<1>\n'}, "", phase="cython"),
    "bad_indentation": Broken(
        {"m.pyx": "def f():\n    x = 1\n      y = 2<1>\n    return x\n"}, "", phase="cython"
    ),
    "tabs": Broken({"m.pyx": "def f():\n\tx = 1\n\treturn x + undefined_thing<1>\n"}, "undefined_thing", phase="cython"),
    "crlf": Broken(
        {"m.pyx": b"def f():\r\n    return 1\r\n\r\ndef g():\r\n    return undefined_thing<1>\r\n"},
        "undefined_thing",
        phase="cython",
    ),
    "unicode_identifiers": Broken(
        {"m.pyx": "def größe(ñ):\n    straße = ñ\n    return straße + unbekannte_größe<1>\n"},
        "unbekannte_größe",
        phase="cython",
    ),
    "very_long_line": Broken(
        {"m.pyx": "def f():\n    return [" + "1, " * 3000 + "undefined_thing]<1>\n"}, "undefined_thing", phase="cython"
    ),
    "several_semantic_errors": Broken(
        {
            "m.pyx": """\
            def f():
                return first_name<1>

            cdef int g(int x) except -1:
                cdef int *p = x<2>
                return second_name<3>

            def h():
                cdef nosuchtype t<4>
            """
        },
        ["nosuchtype"],
        phase="cython",
    ),
    "several_undeclared": Broken(
        {"m.pyx": "def f():\n    return one<1>\ndef g():\n    return two<2>\ndef h():\n    return three<3>\n"},
        ["one", "two", "three"],
        phase="cython",
    ),
    "assignment_of_wrong_type": Broken(
        {"m.pyx": "def f(int n):\n    cdef char *s = n<1>\n    cdef object o = s\n    return o\n"},
        "Cannot assign",
        phase="cython",
    ),
    "in_pxi": Broken(
        {"m.pyx": 'include "part.pxi"\n', "part.pxi": "x = 1\ny = undefined_thing<1>\n"}, "undefined_thing", phase="cython"
    ),
    "in_pxd": Broken(
        {"m.pyx": "cimport decl\n", "decl.pxd": "cdef int f(int x)\ncdef nosuchtype g()<1>\n"}, "nosuchtype", phase="cython"
    ),
    "in_own_pxd": Broken(
        {"m.pyx": "cdef class A:\n    pass\n", "m.pxd": "cdef class A:\n    cdef nosuchtype x<1>\n"},
        "nosuchtype",
        phase="cython",
    ),
    "missing_include": Broken({"m.pyx": 'x = 1\ninclude "gone.pxi"<1>\n'}, "gone.pxi", phase="cython"),
    "missing_cimport": Broken({"m.pyx": "\ncimport nowhere<1>\n"}, "nowhere", phase="cython"),
    "missing_cimported_name": Broken(
        {"m.pyx": "from libc.math cimport sinus<1>\n"}, "sinus", phase="cython"
    ),
    # What the compiler finds.
    "verbatim_c": Broken(
        {
            "m.pyx": '''\
            cdef extern from *:
                """
                static int one(int x) {
                    return y;<1>
                }
                static int two(int x) {
                    return z;<2>
                }
                """
                int one(int)
                int two(int)

            def f():
                return one(1) + two(2)
            '''
        },
        ["y", "z"],
    ),
    "verbatim_syntax": Broken(
        {"m.pyx": 'cdef extern from *:\n    """\n    static int broken(int x {<1>\n        return x;\n    }\n    """\n'},
        "",
    ),
    "wrong_c_type": Broken(
        {
            "m.pyx": '''\
            cdef extern from *:
                """
                struct point { int x; };
                """
                ctypedef struct point "struct point":
                    double y

            def f():
                cdef point p
                p.y = 1<1>
                return p.y<2>
            '''
        },
        [("no member named",), ("no member named",)],
    ),
    "wrong_struct_name": Broken(
        {
            "m.pyx": '''\
            cdef extern from "stdio.h":
                ctypedef struct no_such_type:
                    int x

            def f():
                cdef no_such_type t<1>
                t.x = 1
                return t.x
            '''
        },
        "no_such_type",
    ),
    "implicit_declaration": Broken(
        {
            "m.pyx": """\
            cdef extern from *:
                int not_there(int)
                int nor_there(int)

            def f():
                return not_there(1)<1>

            def g():
                return nor_there(1)<2>
            """
        },
        ["not_there", "nor_there"],
    ),
    "missing_header": Broken(
        {"m.pyx": 'cdef extern from "nope.h":<1>\n    int nope()\n\ndef f():\n    return nope()\n'}, "nope.h"
    ),
    "missing_header_in_verbatim": Broken(
        {"m.pyx": 'cdef extern from *:\n    """\n    #include <nope/deep.h><1>\n    """\n'}, "nope/deep.h"
    ),
    "broken_header": Broken(
        {
            "m.pyx": 'cdef extern from "mine.h":\n    int mine(int)\n\ndef f():\n    return mine(1)\n',
            "mine.h": "static int mine(int x) {\n    return x + wrong;<1>\n}\n",
        },
        "wrong",
    ),
    "header_of_header": Broken(
        {
            "m.pyx": 'cdef extern from "outer.h":\n    int mine(int)\n\ndef f():\n    return mine(1)\n',
            "outer.h": '#include "inner.h"\n',
            "inner.h": '#include "absent.h"<1>\n',
        },
        "absent.h",
    ),
    "error_directive": Broken(
        {
            "m.pyx": 'cdef extern from *:\n    """\n    #error "this machine will not do"<1>\n    """\n',
        },
        "this machine will not do",
    ),
    # What the C++ compiler finds.
    "template_error": Broken(
        {
            "m.pyx": CPP + textwrap.dedent('''\
            cdef extern from *:
                """
                #include <algorithm>
                #include <vector>
                struct opaque { int x; };
                static void order(std::vector<opaque> &all) {
                    std::sort(all.begin(), all.end());<1>
                }
                """

            def f():
                return 1
            '''),
        },
        ("operator<", "invalid operands"),
    ),
    "template_of_libcpp": Broken(
        {
            "m.pyx": CPP + textwrap.dedent('''\
            from libcpp.map cimport map

            cdef extern from *:
                """
                struct opaque { int x; };
                """
                cppclass opaque:
                    int x

            def f():
                cdef map[opaque, int] table
                cdef opaque key
                table[key] = 1<1>
                return table.size()
            '''),
        },
        ("operator<", "invalid operands"),
    ),
    "template_in_own_header": Broken(
        {
            "m.pyx": CPP + 'cdef extern from "mine.hpp":\n    int twice(char *)\n\ndef f():\n    return twice(b"a")\n',
            "mine.hpp": "template <typename T> int twice(T value) {\n    return value.nothing * 2;<1>\n}\n",
        },
        ("nothing", "not a structure"),
    ),
    "no_default_constructor": Broken(
        {
            "m.pyx": CPP + textwrap.dedent('''\
            cdef extern from *:
                """
                struct thing { explicit thing(int); int x; };
                """
                cppclass thing:
                    thing()
                    int x

            def f():
                cdef thing t<1>
                return t.x
            '''),
        },
        "thing",
    ),
    "cpp_no_matching_function": Broken(
        {
            "m.pyx": CPP + textwrap.dedent('''\
            cdef extern from *:
                """
                #include <string>
                static int measure(const std::string &a, int b) { return b; }
                static int measure(double a) { return 2; }
                """
                int measure(int, int, int)

            def f():
                return measure(1, 2, 3)<1>
            '''),
        },
        "measure",
    ),
    "cpp_exception_specification": Broken(
        {
            "m.pyx": CPP + textwrap.dedent('''\
            cdef extern from *:
                """
                static int risky(int x) {
                    if (x) throw no_such_error("x");<1>
                    return x;
                }
                """
                int risky(int) except +

            def f():
                return risky(1)
            '''),
        },
        "no_such_error",
    ),
    # What the linker finds.
    "multiple_definition": Broken(
        {
            "m.pyx": 'cdef extern from *:\n    """\n    int shared_name(void) { return 1; }<1>\n    """\n    int shared_name()\n\ndef f():\n    return shared_name()\n',
            "other.c": "int before;\nint shared_name(void) { return 2; }\n",
        },
        "shared_name",
        extra_sources=["other.c"],
    ),
    "undefined_reference": Broken(
        {
            "m.pyx": 'cdef extern from *:\n    """\n    int elsewhere(int);\n    """\n    int elsewhere(int)\n\ndef f():\n    return elsewhere(1)<1>\n'
        },
        "elsewhere",
        extra_link_args=["-Wl,-z,defs"],
    ),
    "undefined_in_extra_source": Broken(
        {
            "m.pyx": "cdef extern from *:\n    '''\n    int helper(int);\n    '''\n    int helper(int)\n\ndef f():\n    return helper(1)\n",
            "helper.c": "int gone(int);\nint helper(int x) {\n    return gone(x);<1>\n}\n",
        },
        "gone",
        extra_sources=["helper.c"],
        extra_link_args=["-Wl,-z,defs"],
    ),
    "missing_library": Broken({"m.pyx": "def f():\n    return 1\n"}, "nope_nope", libraries=["nope_nope"]),
    "missing_library_of_header": Broken(
        {"m.pyx": "# distutils: libraries = nope_nope<1>\ndef f():\n    return 1\n"}, "nope_nope"
    ),
    "error_in_extra_source": Broken(
        {
            "m.pyx": "def f():\n    return 1\n",
            "helper.c": "int helper(int x) {\n    return y;<1>\n}\nint other(void) {\n    return z;<2>\n}\n",
        },
        ["y", "z"],
        extra_sources=["helper.c"],
    ),
    "error_in_support_file": Broken(
        {"m.pyx": 'cdef extern from "kit.h":\n    int kit(int)\n\ndef f():\n    return kit(1)\n'},
        "wrong",
        support_files={"kit.h": "static int kit(int x) {\n    return wrong;\n}\n"},
    ),
    "error_in_support_pxi": Broken(
        {"m.pyx": 'include "kit.pxi"\n'},
        "undefined_thing",
        phase="cython",
        support_files={"kit.pxi": "x = 1\ny = undefined_thing\n"},
    ),
    "unknown_type_of_numpy": Broken(
        {"m.pyx": "cimport numpy as np\n\ndef f(np.ndarray[np.float99_t] a):<1>\n    return a\n"}, "Invalid type", phase="cython"
    ),
    "bad_macro": Broken(
        {"m.pyx": 'cdef extern from *:\n    """\n    static int n = LIMIT;<1>\n    """\n    int n\n\ndef f():\n    return n\n'},
        "",
        define_macros=[("LIMIT", "not a number")],
    ),
    "werror_by_user": Broken(
        {
            "m.pyx": 'cdef extern from *:\n    """\n    static int odd(int x) {\n        int never_used = 1;<1>\n        return x;\n    }\n    """\n    int odd(int)\n\ndef f():\n    return odd(1)\n'
        },
        "never_used",
        extra_compile_args=["-Werror=unused-variable"],
    ),
    "same_line_twice": Broken(
        {
            "m.pyx": '''\
            cdef extern from *:
                """
                static int one(int y) {
                    return y;
                }
                static int two(int x) {
                    return y;<1>
                }
                """
                int two(int)

            def f():
                return two(1)
            '''
        },
        "y",
    ),
    "tabs_and_wide_letters_in_header": Broken(
        {
            "m.pyx": 'cdef extern from "mine.h":\n    int mine(int)\n\ndef f():\n    return mine(1)\n',
            "mine.h": 'static int mine(int x) {\n\tconst char *größe = "日本";\t(void)größe; return x + wrong;<1>\n}\n',
        },
        "wrong",
    ),
    "errors_in_both_sources": Broken(
        {
            "m.pyx": 'cdef extern from *:\n    """\n    static int n = wrong;<1>\n    """\n',
            "helper.c": "int helper(int x) {\n    return y;<2>\n}\n",
        },
        ["wrong", "y"],
        extra_sources=["helper.c"],
    ),
    "assembler": Broken(
        {
            "m.pyx": '''\
            cdef extern from *:
                """
                static int strange(void) {
                    __asm__("nosuchinstruction %eax");<1>
                    return 1;
                }
                """
                int strange()

            def f():
                return strange()
            '''
        },
        "nosuchinstruction",
    ),
    "many_errors": Broken(
        {
            "m.pyx": 'cdef extern from *:\n    """\n' + "".join("    int a%d = b%d;%s\n" % (n, n, "<1>" if n == 39 else "") for n in range(40)) + '    """\n'
        },
        ["b0", "b39"],
    ),
    "cpp_generic_library_header": Broken(
        {
            "m.pyx": CPP + textwrap.dedent('''\
            from libcpp.memory cimport unique_ptr
            from libcpp.vector cimport vector

            cdef extern from *:
                """
                #include <memory>
                #include <vector>
                static void copy_them(const std::vector<std::unique_ptr<int>> &all) {
                    std::vector<std::unique_ptr<int>> other(all);<1>
                }
                """

            def f():
                return 1
            '''),
        },
        "",
    ),
}
