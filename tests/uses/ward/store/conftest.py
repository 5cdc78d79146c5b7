"""A store on each database."""

import pytest

from opensepsis.uses.ward.store import Store


@pytest.fixture
def open_store(address):
    """Opens the store of this test, again after a restart; closes what was opened."""
    opened = []

    def opener(**options) -> Store:
        opened.append(Store(address, **options))
        return opened[-1]

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store) -> Store:
    return open_store()
