"""A hospital's report: how much sepsis, how it was treated, how it ended, and what is not known, as a static site."""

from opensepsis.report.site import Report as Report
from opensepsis.report.site import write_report as write_report
