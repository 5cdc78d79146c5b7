"""A page for learners: what sepsis is, how to see it, and a patient to be rescued, as one file that opens without a network."""

from opensepsis.learn.page import learners_page as learners_page
from opensepsis.learn.page import write_page as write_page
