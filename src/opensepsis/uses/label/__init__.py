"""Labels a hospital's data: scores hour by hour, episodes stay by stay."""

from opensepsis.uses.label.explain import why_stay as why_stay
from opensepsis.uses.label.labels import Labels as Labels
from opensepsis.uses.label.labels import read_labels as read_labels
from opensepsis.uses.label.pipeline import label as label
from opensepsis.uses.label.shard_job import label_shard as label_shard
