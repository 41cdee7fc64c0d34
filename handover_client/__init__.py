"""For bots that hand over, and services that are told what became of it."""

from handover_client.publisher import NotConfirmed, Publisher
from handover_client.subscriber import Subscriber
from handover_client.versions import InMemory, Versions

__all__ = ["InMemory", "NotConfirmed", "Publisher", "Subscriber", "Versions"]
