// Applies session events in the order of their versions, whatever dies meanwhile. `apply` may see one again when the
// process dies before its version is kept; what comes late, behind a newer version, is dropped.

import { setTimeout as sleep } from 'node:timers/promises';
import amqp from 'amqplib';

const EXCHANGE = 'sessions';
const KNOWN = /^session\.(assigned|waiting|released|resolved|deleted)\.v1$/;
const DELIVERY_LIMIT = 20; // deaths of a process over one event before the broker puts the event aside

/**
 * Events of a durable queue of its own, one after the other; more processes of it stand by. `versions` has
 * `last(sessionId)`, 0 if none, and `keep(sessionId, version)`, best in the database that you apply events to.
 * What cannot be read, and what has failed `attempts` times, goes to the queue `<queue>.dead-letters`.
 */
export class Subscriber {
  constructor(url, queue, { versions, keys = ['session.#'], attempts = 8, prefetch = 100 }) {
    Object.assign(this, { url, queue, versions, keys, attempts, prefetch });
  }

  /** Applies events until the process ends; while the broker is away, waits. `apply` fails by rejecting. */
  async run(apply) {
    for (;;) {
      try {
        await this.#oneLife(apply);
      } catch (error) {
        console.error(`queue ${this.queue}: the broker is away, or refuses: ${error.message}`);
      }
      await sleep(Math.random() * 2_000);
    }
  }

  async #oneLife(apply) {
    const connection = await amqp.connect(this.url, { timeout: 10_000 });
    const over = new Promise((resolve) => connection.on('close', resolve));
    connection.on('error', () => {}); // 'close' follows
    const hangUp = () => connection.close().catch(() => {});
    try {
      const channel = await connection.createChannel();
      channel.on('error', (error) => console.error(`queue ${this.queue}: ${error.message}`));
      channel.on('close', hangUp);
      await this.#declare(channel);
      let before = Promise.resolve();
      await channel.consume(this.queue, (message) => {
        // Null is how a deleted queue says good-bye: begin again, and declare it.
        if (message === null) hangUp();
        else before = before.then(() => this.#settle(channel, message, apply)).catch(hangUp);
      });
      await over;
    } finally {
      await hangUp();
    }
  }

  async #declare(channel) {
    const aside = `${this.queue}.dead-letters`;
    await channel.prefetch(this.prefetch);
    await channel.assertQueue(aside, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.assertQueue(this.queue, {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-delivery-limit': DELIVERY_LIMIT,
        'x-single-active-consumer': true, // two at work would overtake each other within a session
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': aside,
      },
    });
    // As the worker declares it: whoever comes first misses nothing.
    await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
    for (const key of this.keys) await channel.bindQueue(this.queue, EXCHANGE, key);
  }

  async #settle(channel, message, apply) {
    let event;
    try {
      event = read(message);
    } catch (error) {
      console.error(`queue ${this.queue}: event ${message.properties.messageId} is put aside: ${error.message}`);
      channel.reject(message, false);
      return;
    }
    // A type that is not known here: a later worker tells of more than we know.
    if (!KNOWN.test(event.type) || (await this.#applied(event, apply))) channel.ack(message);
    else channel.reject(message, false);
  }

  /** Whether it is applied, now or before; false when it is given up. */
  async #applied(event, apply) {
    const { sessionId, sessionVersion } = event.data;
    for (let attempt = 0; attempt < this.attempts; attempt++) {
      try {
        if (sessionVersion > (await this.versions.last(sessionId))) {
          await apply(event);
          await this.versions.keep(sessionId, sessionVersion);
        }
        return true;
      } catch (error) {
        console.error(`queue ${this.queue}: event ${event.id} failed: ${error.message}`);
        await sleep(Math.random() * Math.min(100 * 2 ** attempt, 30_000));
      }
    }
    return false;
  }
}

function read(message) {
  const event = JSON.parse(message.content.toString());
  if (typeof event?.type !== 'string') throw new Error('it has no type');
  if (KNOWN.test(event.type) && !(event.data?.sessionId && Number.isInteger(event.data.sessionVersion))) {
    throw new Error('its data has no sessionId, or no sessionVersion');
  }
  return event;
}
