"""One stay as a page: what was measured, given and due, what the scores made of it, and what was known then."""

from opensepsis.uses.label.show.page import StayPage as StayPage
from opensepsis.uses.label.show.page import show_stay as show_stay
