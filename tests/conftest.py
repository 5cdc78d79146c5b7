"""How much the random tests try: a little at every change, much more in `make test-long`."""

import os

from hypothesis import HealthCheck, settings

from tests.postgresql import postgresql as postgresql

CHECKS = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
    HealthCheck.filter_too_much,
]
settings.register_profile("usual", max_examples=25, deadline=None, suppress_health_check=CHECKS)
settings.register_profile("long", max_examples=600, deadline=None, suppress_health_check=CHECKS)
settings.load_profile("long" if os.environ.get("OPENSEPSIS_LONG") else "usual")
