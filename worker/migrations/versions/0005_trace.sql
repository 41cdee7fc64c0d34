-- W3C Trace Context of the handover that the event tells of, where the bot sent one.
alter table handover.outbox add column traceparent varchar(55);
