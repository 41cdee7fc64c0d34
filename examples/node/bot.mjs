// A bot gives up: `node bot.mjs acme '+254 745 050 238' conversation-4711` says who is coming.

import { Publisher } from './publisher.mjs';

const [tenantId, contactId, conversationId] = process.argv.slice(2);
const publisher = new Publisher(process.env.AMQP_URL, { source: '/bots/refunds' });
try {
  // The id is made of what happened: whoever gives up on this conversation again changes nothing.
  const event = await publisher.ask(conversationId, { tenantId, contactId });
  if (!event) console.log('A colleague will be with you.');
  else if (event.data.agentName) console.log(`${event.data.agentName} will be with you.`);
  else console.log(`You are next when somebody is free (${event.data.reason}).`);
} finally {
  await publisher.close();
}
