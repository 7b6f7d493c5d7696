"""`dbutils.widgets`: a run's parameters, which override the defaults of the notebook's widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class InputWidgetNotDefined(Exception):
    """A widget that neither the notebook nor the run's parameters define."""


class Widgets:
    """Values are text, as on Databricks. A parameter defines its widget if the notebook does not."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = dict(parameters)
        self._defaults: dict[str, str] = {}

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:
        self._defaults[name] = str(defaultValue)

    def dropdown(
        self, name: str, defaultValue: str, choices: Sequence[str], label: str | None = None
    ) -> None:
        if defaultValue not in choices:
            among = ", ".join(choices)
            raise ValueError(
                f'The default "{defaultValue}" of widget {name} is not one of its choices: {among}.'
            )
        self.text(name, defaultValue)

    def get(self, name: str) -> str:
        values = self.getAll()
        if name not in values:
            raise InputWidgetNotDefined(
                f"No input widget named {name} is defined: define it, or pass a parameter {name}."
            )
        return values[name]

    def getAll(self) -> dict[str, str]:
        return {**self._defaults, **self._parameters}
