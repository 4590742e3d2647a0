"""Estimates, intervals and distances: numbers in, numbers out."""
