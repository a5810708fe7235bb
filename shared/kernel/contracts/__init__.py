"""The public events of every service. There are no private ones."""
