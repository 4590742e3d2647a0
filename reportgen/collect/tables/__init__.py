"""Tables that are counted where they lie: DuckDB, or an engine that Ibis speaks to."""
