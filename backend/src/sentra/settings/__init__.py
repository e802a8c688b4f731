"""What the operator decided, read from the environment once. The table of variables is in `.env.example`."""

from sentra.settings.problems import SettingsError
from sentra.settings.settings import SECRET_VARIABLES, VARIABLES, Settings, scrub

__all__ = ["SECRET_VARIABLES", "VARIABLES", "Settings", "SettingsError", "scrub"]
