"""Rows by group: gaps, corrections, and what is too small to show."""
