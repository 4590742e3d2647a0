"""The report of a period: volume, quality, performance, history."""
