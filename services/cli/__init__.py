"""The `yui` program: commands, the store they act on, and what they print."""
