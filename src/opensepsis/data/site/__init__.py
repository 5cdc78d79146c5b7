"""A hospital's own words and forms: `site.toml`, one file for `label csv`, `convert` and the ward."""

from opensepsis.data.site.model import Drug as Drug
from opensepsis.data.site.model import FileFormat as FileFormat
from opensepsis.data.site.model import LocalName as LocalName
from opensepsis.data.site.model import LocalWords as LocalWords
from opensepsis.data.site.model import StandingOrder as StandingOrder
from opensepsis.data.site.model import TableLayout as TableLayout
from opensepsis.data.site.read import read_site_file as read_site_file
