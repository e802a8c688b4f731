"""What stands in front of the control plane: certificates and the part of the Caddyfile that depends on them."""
