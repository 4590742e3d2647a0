"""The evaluation of a card: values, tables, series and findings."""
