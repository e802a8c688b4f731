"""The `sentra` command: one module per subcommand."""
