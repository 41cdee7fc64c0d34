"""`handover config`."""

from worker.cli.options import Json


def config(*, as_json: Json = False) -> None:
    """Show every setting: its variable, its value (of a URL only where it leads), whether it was set.

    Settings are read from the environment, and from `.env` in the working directory.
    """
    from dataclasses import dataclass

    from worker.cli.output import show_rows
    from worker.cli.variables import shown, variable
    from worker.config import Settings, load

    @dataclass(frozen=True)
    class Setting:
        variable: str
        value: str
        set: bool
        description: str

    settings = load()
    show_rows(
        Setting,
        [
            Setting(
                variable(name),
                shown(getattr(settings, name)),
                name in settings.model_fields_set,
                field.description or "",
            )
            for name, field in Settings.model_fields.items()
        ],
        as_json=as_json,
    )
