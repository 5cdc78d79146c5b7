"""Random numbers by counter: the same seed, patient, stream and counter give the same number, whatever ran before or beside it.

So threads cannot change a result, and two arms of a what-if share every number. The mixing is the 64-bit finaliser of SplitMix
(Steele, Lea and Flood 2014, OOPSLA); the normal quantile is algorithm AS 241, PPND7 (Wichura 1988, Appl Stat 37:477).
"""

import numba
import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_STREAM = np.uint64(0xD1342543DE82EF95)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@numba.njit(inline="always")
def _mix(x):
    x = (x ^ (x >> _S30)) * _FIRST
    x = (x ^ (x >> _S27)) * _SECOND
    return x ^ (x >> _S31)


@numba.njit
def patient_key(seed, patient):
    """The key of one patient's random numbers.

    >>> int(patient_key(1, 2)) == int(patient_key(1, 3))
    False
    """
    return _mix(_mix(np.uint64(seed) + _GOLDEN) + np.uint64(patient) * _GOLDEN)


@numba.njit
def uniform(key, stream, counter):
    """A number above 0 and below 1.

    >>> 0 < uniform(patient_key(1, 2), 3, 4) < 1
    True
    """
    x = _mix(_mix(np.uint64(key) + np.uint64(stream) * _STREAM) + np.uint64(counter) * _GOLDEN)
    return (np.float64(x >> _S11) + 0.5) * (1.0 / 9007199254740992.0)


@numba.njit
def normal_quantile(u):
    """The standard normal value below which a share `u` lies.

    >>> round(normal_quantile(0.975), 5)
    1.95996
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        above = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
        return q * above / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0)
    r = np.sqrt(-np.log(u if q < 0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        above = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
        value = above / ((0.12021132975 * r + 0.73700164250) * r + 1.0)
    else:
        r -= 5.0
        above = ((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150
        value = above / ((0.012258202635 * r + 0.24197894225) * r + 1.0)
    return -value if q < 0 else value


@numba.njit
def normal(key, stream, counter):
    """A standard normal number.

    >>> normal(patient_key(1, 2), 3, 4) == normal(patient_key(1, 2), 3, 4)
    True
    """
    return normal_quantile(uniform(key, stream, counter))


@numba.njit
def poisson(mean, u):
    """The Poisson count at this share `u` of the distribution, for small means.

    >>> poisson(0.5, 0.1), poisson(0.5, 0.95)
    (0, 2)
    """
    chance = np.exp(-mean)
    total, count = chance, 0
    while u > total and count < 1000:
        count += 1
        chance *= mean / count
        total += chance
    return count


@numba.njit
def uniforms(seed, first, count, stream):
    """One number per patient, for patients `first` to `first + count - 1`.

    >>> uniforms(1, 0, 5, 2)[3:].tolist() == uniforms(1, 3, 2, 2).tolist()
    True
    """
    out = np.empty(count)
    for i in range(count):
        out[i] = uniform(patient_key(seed, first + i), stream, 0)
    return out


@numba.njit
def normals(seed, first, count, stream):
    """One standard normal number per patient.

    >>> normals(1, 0, 4, 2).shape
    (4,)
    """
    out = np.empty(count)
    for i in range(count):
        out[i] = normal(patient_key(seed, first + i), stream, 0)
    return out
