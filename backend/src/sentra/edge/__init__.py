"""What stands in front of the control plane: certificates and the part of the Caddyfile that depends on them."""

from sentra.edge.edge import Edge, authority_fingerprint
from sentra.edge.names import EdgeRefused, Names, public_names

__all__ = ["Edge", "EdgeRefused", "Names", "authority_fingerprint", "public_names"]
