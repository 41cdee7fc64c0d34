"""The hosts of a URL that names several, as PostgreSQL's do: `amqp://user:password@one:5672,two,three:5673/vhost`."""

from urllib.parse import urlsplit


def each_host(url: str) -> list[str]:
    """One URL a host, in order, with the same user, path and options."""
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=f"{login}{at}{host}").geturl() for host in hosts.split(",")]
