"""The answers of a run in the forms that other tools read."""

from opensepsis.uses.export.meds import Exported as Exported
from opensepsis.uses.export.meds import export_meds as export_meds
