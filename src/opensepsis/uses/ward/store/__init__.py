"""Where everything is kept: messages, event log, alerts, what is to be sent. SQLite by default, PostgreSQL by address."""

from opensepsis.uses.ward.store.commit import AlertRoute as AlertRoute
from opensepsis.uses.ward.store.messages import Refused as Refused
from opensepsis.uses.ward.store.store import Store as Store
