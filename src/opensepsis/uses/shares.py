"""The interval of a share, as every use gives it."""

from math import sqrt

Z_95 = 1.959964


def wilson(some: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """The interval of `some` out of `of` (at least 1), of 95 % unless another `z` is given. Wilson 1927, J Am Stat Assoc 22:209.

    >>> [round(end, 3) for end in wilson(30, 100)]
    [0.219, 0.396]
    >>> [round(end, 3) for end in wilson(0, 10)]
    [0.0, 0.278]
    """
    share, z2 = some / of, z**2
    middle = share + z2 / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    return max(0.0, (middle - spread) / (1 + z2 / of)), min(1.0, (middle + spread) / (1 + z2 / of))
