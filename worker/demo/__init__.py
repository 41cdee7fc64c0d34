"""The demonstration: two tenants, their agents, and bots that give up."""
