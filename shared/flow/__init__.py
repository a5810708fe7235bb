"""The loops, written once: handle, relay, consume, rebuild, replay, settle — and the ports they need."""
