"""The HTTP and WebSocket edge: parses, names the actor, calls one service, translates."""
