"""Real WireGuard interfaces and peers in network namespaces: for the demo, the tests and the benchmarks."""
