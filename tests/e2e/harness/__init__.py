"""What the end-to-end tests stand on: real processes, a recording upstream, keys, callers, clients."""
