"""`make bench`: the same work as bare SQL and through HTTP, on the same PostgreSQL in the same run.

`ground` builds a venue, `recorded` takes down the statements that the product
sends for each kind of work and turns them into pgbench scripts, `bare` and
`web` run both, `limits` says what the ratio may be.
"""
