"""One booking as the team sees it: its story, its money, messages, notes and files."""
