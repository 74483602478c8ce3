"""The Mandelbrot set, with NumPy."""

import numpy as np


def escape(points, limit):
    """Return after how many steps of z*z + c each point leaves the circle."""
    steps = np.full(len(points), limit, dtype=np.intc)
    left, c, z = np.arange(len(points)), points, np.zeros_like(points)
    for step in range(limit):
        is_out = z.real**2 + z.imag**2 > 4
        steps[left[is_out]] = step
        left, c, z = left[~is_out], c[~is_out], z[~is_out]
        z = z * z + c
    return steps
