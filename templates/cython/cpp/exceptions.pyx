# distutils: language = c++
"""`except +` turns C++ exceptions into Python's.

Use it for every C++ function and constructor that can throw: without it, an
exception ends the process. Standard exceptions have their counterparts, such as
std::out_of_range and IndexError; others become RuntimeError, with the text of
what(). It costs a try block around the call, which is free until something is
thrown.
"""

from libc.stdint cimport int64_t

cdef extern from *:
    """
    #include <stdexcept>
    #include <string>

    class Account {
        long long cents_ = 0;
    public:
        explicit Account(long long cents) : cents_(cents) {
            if (cents < 0)
                throw std::invalid_argument("an account begins with what it has");
        }
        void withdraw(long long cents) {
            if (cents < 0)
                throw std::invalid_argument("nothing is put in by taking it out");
            if (cents > cents_)
                throw std::out_of_range("there are only " + std::to_string(cents_) + " cents");
            cents_ -= cents;
        }
        long long cents() const noexcept { return cents_; }
    };
    """
    cdef cppclass CppAccount "Account":
        CppAccount(int64_t cents) except +
        void withdraw(int64_t cents) except +
        int64_t cents() noexcept


cdef class Account:
    """A C++ object and the Python object that owns it."""

    cdef CppAccount* account

    def __cinit__(self, int64_t cents):
        self.account = new CppAccount(cents)

    def __dealloc__(self):
        del self.account

    @property
    def cents(self):
        """What is left."""
        return self.account.cents()

    def withdraw(self, int64_t cents):
        """Take out so many cents."""
        self.account.withdraw(cents)
        return self
