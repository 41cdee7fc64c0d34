// Hands over: confirmed by the broker, tried again under one id, and answered.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import amqp from 'amqplib';

const EXCHANGE = 'handover';
const ROUTING_KEY = 'handover.requested';
const TYPE = 'handover.requested.v1';
const ANSWERS = 'amq.rabbitmq.reply-to'; // RabbitMQ's direct reply-to: there for as long as our channel is

/** One connection, made when it is needed and again when it is lost; close it with `close()`. */
export class Publisher {
  #url;
  #source;
  #withinMs;
  #line; // a promise of { connection, channel, returned }
  #answers = new Map();

  /** `source` says which bot speaks; `withinMs` is what a handover has until it is confirmed, retries included. */
  constructor(url, { source, withinMs = 10_000 }) {
    this.#url = url;
    this.#source = source;
    this.#withinMs = withinMs;
  }

  /** Resolves when the broker has it on disk. If it rejects, publishing the same id again is safe. */
  publish(id, data) {
    return this.#confirmed(id, data, {});
  }

  /** Publishes, and resolves to the session event: who is coming, or why nobody is yet; null if nobody told in time. */
  async ask(id, data, { answerMs = 5_000 } = {}) {
    const correlationId = randomUUID();
    const answer = new Promise((resolve) => this.#answers.set(correlationId, resolve));
    const waiting = new AbortController();
    try {
      await this.#confirmed(id, data, { correlationId, replyTo: ANSWERS });
      const late = sleep(answerMs, null, { signal: waiting.signal }).catch(() => null);
      return await Promise.race([answer, late]);
    } finally {
      waiting.abort();
      this.#answers.delete(correlationId);
    }
  }

  async close() {
    const line = await this.#line?.catch(() => undefined);
    this.#line = undefined;
    await line?.connection.close().catch(() => {});
  }

  async #confirmed(id, data, properties) {
    const deadline = Date.now() + this.#withinMs;
    const event = { specversion: '1.0', id, source: this.#source, type: TYPE, time: new Date().toISOString(), data };
    const body = Buffer.from(JSON.stringify(event));
    for (let attempt = 0; ; attempt++) {
      try {
        return await inTime(this.#try(id, body, properties), deadline - Date.now());
      } catch (error) {
        if (Date.now() >= deadline) throw new Error(`handover ${id} is not confirmed: ${error.message}`, { cause: error });
        // Full jitter, so that many bots do not come back all at once.
        const pause = Math.random() * Math.min(100 * 2 ** attempt, 2_000);
        await sleep(Math.max(0, Math.min(pause, deadline - Date.now())));
      }
    }
  }

  async #try(id, body, properties) {
    this.#line ??= this.#dial();
    const { channel, returned } = await this.#line;
    const options = {
      ...properties,
      mandatory: true, // else a handover that no queue takes is confirmed, and gone
      persistent: true,
      contentType: 'application/cloudevents+json',
      messageId: id,
      type: TYPE,
    };
    await new Promise((resolve, reject) => {
      channel.publish(EXCHANGE, ROUTING_KEY, body, options, (error) => {
        if (error) reject(error);
        else if (returned.delete(id)) reject(new Error(`no queue takes ${ROUTING_KEY}: has a worker run there?`));
        else resolve();
      });
    });
  }

  async #dial() {
    const forget = () => {
      this.#line = undefined;
    };
    try {
      const connection = await amqp.connect(this.#url, { timeout: 10_000 });
      connection.on('error', () => {}); // 'close' follows
      connection.on('close', forget);
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => {});
      channel.on('close', () => connection.close().catch(() => {}));
      const returned = new Set();
      channel.on('return', (message) => returned.add(message.properties.messageId));
      await channel.consume(ANSWERS, (message) => this.#hear(message), { noAck: true });
      return { connection, channel, returned };
    } catch (error) {
      forget();
      throw error;
    }
  }

  #hear(message) {
    const resolve = this.#answers.get(message?.properties.correlationId);
    resolve?.(JSON.parse(message.content));
  }
}

async function inTime(work, milliseconds) {
  const waiting = new AbortController();
  const late = sleep(Math.max(0, milliseconds), undefined, { signal: waiting.signal }).then(() => {
    throw new Error('the broker does not answer');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => {});
    work.catch(() => {});
    waiting.abort();
  }
}
