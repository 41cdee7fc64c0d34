"""`handover worker`."""


def worker() -> None:
    """Run the worker until SIGTERM or Ctrl-C."""
    import uvloop

    from worker import app, config, logs

    settings = config.load()
    logs.configure(settings.log_level, settings.log_format)
    uvloop.run(app.run(settings))
