"""Neighbours on a grid."""


def smooth(grid, rounds):
    """Return the grid after each inner item became its neighbours' mean, `rounds` times."""
    if len(grid) < 3 or len(grid[0]) < 3:
        raise ValueError("a grid has at least 3 rows and 3 columns")
    grid = grid.tolist()
    for _ in range(rounds):
        inner = [
            [row[0], *(0.25 * sum(around) for around in zip(above[1:], below[1:], row, row[2:])), row[-1]]
            for above, row, below in zip(grid, grid[1:], grid[2:])
        ]
        grid = [grid[0], *inner, grid[-1]]
    return grid
