# A C function and its type, for modules that apply windows by themselves.

ctypedef double (*weight_t)(double position) noexcept nogil

cdef double hann_weight(double position) noexcept nogil
cdef double triangle_weight(double position) noexcept nogil
cdef void fill(double[::1] weights, weight_t weight) noexcept nogil
