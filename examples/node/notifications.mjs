// A notification service: `node notifications.mjs acme` tells agents what is theirs.

import { Subscriber } from './subscriber.mjs';

// A map forgets at the end of the process: yours belongs beside what you write, such as a table.
const seen = new Map();
const versions = {
  last: async (sessionId) => seen.get(sessionId) ?? 0,
  keep: async (sessionId, version) => void seen.set(sessionId, version),
};

const subscriber = new Subscriber(process.env.AMQP_URL, 'notifications', {
  versions,
  keys: [`session.*.${process.argv[2]}.*`],
});
await subscriber.run(async ({ data }) => {
  console.log(data.contactId, data.status, data.agentName, data.reason);
});
