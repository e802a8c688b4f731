"""Role bindings on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sentra.core.access import WHOLE, Binding, Role

SCOPE = r"\*|node:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|interface:[0-9a-f]{32}"


class BindingView(BaseModel):
    """A role, and what it is bound to: `*`, `node:NODE` or `interface:ID`."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    scope: Annotated[str, Field(pattern=rf"^(?:{SCOPE})$", max_length=80)] = WHOLE

    def said(self) -> Binding:
        """Return it as the services take it."""
        return Binding(self.role, self.scope)


def binding_view(binding: Binding) -> BindingView:
    """Give a binding as the API shows it."""
    return BindingView.model_construct(role=binding.role, scope=binding.scope)
