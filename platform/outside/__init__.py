"""The way to the outside: addresses that strangers gave us are asked through one guarded client, secrets are sealed."""
