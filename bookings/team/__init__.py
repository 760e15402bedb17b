"""Who works here: asking somebody in, what they may do, and letting them go.

Every act is done alone in its tenant (`alone`), and asks after the lock who acts and who is acted on: of two owners who
make each other something else at the same moment, one stays.
"""
