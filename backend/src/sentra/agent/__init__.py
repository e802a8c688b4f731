"""The agent: samples WireGuard, makes it run as decided, looks at the machine. Knows nothing of database or web."""
