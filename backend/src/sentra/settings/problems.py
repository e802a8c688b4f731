"""What is wrong with the environment."""


class SettingsError(Exception):
    """The environment cannot be used. `problems` has one sentence for each wrong variable, which it names."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
