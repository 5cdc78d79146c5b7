"""How much the random tests try: a little at every change, much more in `make test-long`."""

import gc
import os
import shutil
from functools import partial

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from opensepsis.uses.ward.security import accounts
from tests.support.postgresql import postgresql as postgresql

CHECKS = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
    HealthCheck.filter_too_much,
]
settings.register_profile("usual", max_examples=25, deadline=None, suppress_health_check=CHECKS)
settings.register_profile("long", max_examples=600, deadline=None, suppress_health_check=CHECKS)
settings.load_profile("long" if os.environ.get("OPENSEPSIS_LONG") else "usual")
gc.disable()  # until the tests are collected: what is made meanwhile stays


@pytest.fixture(autouse=True, scope="session")
def quick_passwords():
    """Passwords hashed at little cost: a ward of tests hashes some at every start. What the real cost is, has its own test."""
    accounts.PasswordHasher = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    yield
    accounts.PasswordHasher = PasswordHasher


@pytest.fixture(scope="module")
def browser():
    """A Chromium of this machine, for pages that open from a file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


SERVICES = ("test_browser.py", "test_framed_browser.py", "test_fuzz.py", "test_kill.py")


def pytest_collection_modifyitems(items):
    """Marks what needs a database server or a browser, or tries at random for long: `make test-services` runs it."""
    for item in items:
        asked = getattr(item, "callspec", None) and item.callspec.params.get("address") == "postgresql"
        if asked or item.path.name in SERVICES or "postgresql" in getattr(item, "fixturenames", ()):
            item.add_marker("services")


def pytest_collection_finish():
    """Thirteen thousand collected tests are no garbage: the collector need not walk through them again and again, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
