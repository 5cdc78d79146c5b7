"""What is true of the person: told once, by the stay and not by a chart."""

from opensepsis.rules import Concept, Kind

BORN = Concept("born", "age", kind=Kind.EVENT)  # at the moment of birth; `label` makes it from the stay
