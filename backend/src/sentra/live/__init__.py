"""The live path of the control plane: event bus, status cache, mailboxes."""
