# distutils: language = c++
"""A smart pointer owns a C++ object and lets it go at the right time.

Use `shared_ptr` when several Python objects refer to one C++ object, as editors
and their document do here; `unique_ptr` is for one owner. As a field it frees
itself. It costs `deref()` where the object itself is needed, and that does not
look whether there is one: fill the pointer in `__cinit__`, which no subclass
can leave out.
"""

from cython.operator cimport dereference as deref
from libcpp.memory cimport make_shared, shared_ptr
from libcpp.string cimport string

cdef extern from *:
    """
    #include <string>
    #include <utility>

    struct Document {
        std::string text;
        int edits = 0;
        explicit Document(std::string begin) : text(std::move(begin)) {}
        void append(const std::string &more) { text += more; ++edits; }
    };
    """
    cdef cppclass Document:
        string text
        int edits
        Document(string begin) except +
        void append(const string& more) except +


cdef class Editor:
    """One of any number of views of a document."""

    cdef shared_ptr[Document] document

    def __cinit__(self, bytes text not None=b""):
        self.document = make_shared[Document](<string>text)

    def another(self):
        """Return a second editor of the same document."""
        cdef Editor other = Editor.__new__(Editor)
        other.document = self.document
        return other

    def append(self, bytes more not None):
        """Add to the end of the text."""
        deref(self.document).append(more)

    @property
    def text(self):
        """The text as it is now."""
        return deref(self.document).text

    @property
    def edits(self):
        """How often something was added, by whichever editor."""
        return deref(self.document).edits
