"""Labels a hospital's data: scores hour by hour, episodes stay by stay."""

from opensepsis.uses.label.run import Labels as Labels
from opensepsis.uses.label.run import label as label
from opensepsis.uses.label.run import read_labels as read_labels
from opensepsis.uses.label.why import why_stay as why_stay
