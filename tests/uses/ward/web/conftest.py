"""The ward behind the pages, for every test of them."""

from tests.support.ward.pages import bench as bench
