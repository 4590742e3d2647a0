"""Frames in, values out: no files, no clock, no network; one file per family of measures."""
