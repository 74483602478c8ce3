"""The Mandelbrot set."""


def escape(points, limit):
    """Return after how many steps of z*z + c each point leaves the circle."""
    return [_steps(c, limit) for c in points.tolist()]


def _steps(c, limit):
    z = 0j
    for step in range(limit):
        if z.real * z.real + z.imag * z.imag > 4:
            return step
        z = z * z + c
    return limit
