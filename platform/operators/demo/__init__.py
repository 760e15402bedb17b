"""Three tenants worth looking at: what `manage.py demo_data` makes.

`plans` is the vocabulary, `munich`, `tokyo` and `newyork` are written in it,
`furnishing` turns a plan into rows, `diary` invents who booked what, `filling`
writes that down, and `logins` keeps the keys in `var/demo.json`.
"""
