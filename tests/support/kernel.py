"""Compiles the simulator's kernel into its cache on disk, beside the first tests: every worker would compile it for itself."""

from opensepsis.uses.simulate.care.what_if import policy_for
from opensepsis.uses.simulate.cohort import Request, blocks
from opensepsis.uses.simulate.population import Cohort

if __name__ == "__main__":
    next(blocks(Request(1, 1, 1, Cohort(), charted=False), policy_for("")))
