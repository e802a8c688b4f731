"""Sentra, a WireGuard management system."""
