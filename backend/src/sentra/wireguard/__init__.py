"""Drivers: the adapters to WireGuard, one for the kernel module and one for userspace implementations."""
