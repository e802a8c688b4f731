"""Who may do what: the only home of Casbin."""
