"""`handover config`."""

from worker.cli.options import Json


def config(*, as_json: Json = False) -> None:
    """Show every setting: its variable, its value (of a URL only where it leads), and where that came from.

    A setting is read from the environment; else from the file that the variable with _FILE behind it names; else from
    `.env` in the working directory.
    """
    from dataclasses import dataclass

    from worker.cli.output import show_rows
    from worker.cli.variables import shown, source, variable
    from worker.config import Settings, load

    @dataclass(frozen=True)
    class Setting:
        variable: str
        value: str
        set: bool
        source: str
        description: str

    settings = load()
    show_rows(
        Setting,
        [
            Setting(
                variable(name),
                shown(getattr(settings, name)),
                name in settings.model_fields_set,
                source(name),
                field.description or "",
            )
            for name, field in Settings.model_fields.items()
        ],
        as_json=as_json,
    )
