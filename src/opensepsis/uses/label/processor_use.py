"""What a run has used of the machine."""

import sys
import time

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def processor_use() -> tuple[float, int | None]:
    """Processor seconds and the peak memory in MB of this process so far; memory None where it is not told (Windows).

    >>> seconds, memory = processor_use()
    >>> seconds > 0
    True
    """
    if resource is None:
        return round(time.process_time(), 3), None
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return round(used.ru_utime + used.ru_stime, 3), round(peak)
