# distutils: language = c++
# cython: language_level=3
from libcpp.string cimport string
from libcpp.unordered_map cimport unordered_map
from libcpp.vector cimport vector


cdef vector[long] primes(long limit):
    cdef vector[long] found
    cdef long candidate = 2
    cdef size_t i
    cdef bint divided
    while candidate < limit:
        divided = False
        for i in range(found.size()):
            if candidate % found[i] == 0:
                divided = True
                break
        if not divided:
            found.push_back(candidate)
        candidate += 1
    return found


cdef unordered_map[string, long] counted(vector[string] words):
    cdef unordered_map[string, long] counts
    cdef size_t i
    for i in range(words.size()):
        counts[words[i]] += 1
    return counts


def count(text):
    cdef vector[string] words
    for word in text.split():
        words.push_back(word.encode())
    return {key.decode(): value for key, value in dict(counted(words)).items()}


def f(long n):
    cdef vector[long] found = primes(10 * n)
    cdef long result = 0
    cdef size_t i
    for i in range(found.size()):
        result += found[i]
    return result + sum(count("to be or not to be").values())
