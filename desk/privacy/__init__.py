"""Privacy: where every field lies, the record of processing, and what is told of both."""
