"""Reading threads come and go for months: what they read with goes with them."""

from threading import Thread

from opensepsis.uses.ward.store.database import open_database


def test_threads_that_ended_leave_no_connection_open(address):
    database = open_database(address)
    for _ in range(150):  # more than a PostgreSQL server allows by itself
        reading = Thread(target=database.rows, args=("SELECT 1",))
        reading.start()
        reading.join()
    assert database.rows("SELECT 1") == [(1,)]
    assert len(database._open) <= 3, "one that writes, this thread's, and the last one's"
    database.close()
