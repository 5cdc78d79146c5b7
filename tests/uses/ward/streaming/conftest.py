"""The log of some patients, for both readings of it."""

from tests.support.ward.one_patient import log as log
