"""Which message goes to whom and when: planned from what happened, sent by the clock, each once."""
