"""Which editions are due, and who makes them: safe to ask at any time, by anyone, twice.

The question is pure (`due`), what was made is known to a ledger that several processes share
(`ledger`), and the work is done under leases, each edition by one at a time (`running`).
"""
