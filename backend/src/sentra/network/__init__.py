"""The links of this machine, as the kernel tells them."""
