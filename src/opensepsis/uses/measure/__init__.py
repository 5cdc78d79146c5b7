"""Measures of quality from the results of runs: mortality after community-onset sepsis by site and month, and rates of bacteremia."""

from opensepsis.uses.measure.bacteremia import BacteremiaRates as BacteremiaRates
from opensepsis.uses.measure.bacteremia import bacteremia_rates as bacteremia_rates
from opensepsis.uses.measure.mortality import EVENT as EVENT
from opensepsis.uses.measure.mortality import SepsisMortality as SepsisMortality
from opensepsis.uses.measure.mortality import expected_deaths as expected_deaths
from opensepsis.uses.measure.mortality import sepsis_mortality as sepsis_mortality
