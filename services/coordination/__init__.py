"""体制整備: municipalities, their districts, and the beginning of each day."""
