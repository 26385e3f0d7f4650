import pMap from 'p-map'
import { replySentence } from '../webhooks/reply-sentence.ts'
import type { WebhookEndpoint } from '../webhooks/webhook-endpoint.ts'
import { testMessage, type WebhookMessage, webhookMessage } from '../webhooks/webhook-message.ts'
import { isDelivered, type WebhookSender } from '../webhooks/webhook-sender.ts'
import type { NoticeAddress, NoticeChannel, NoticeTest } from './notice-channel.ts'
import { headline, messageText, type NoticeEvent } from './notice-event.ts'

const sentAtOnce = 4

/** Programs are told of each event by a message of its own, as Standard Webhooks defines it. */
export class WebhookChannel implements NoticeChannel {
  readonly #sender: WebhookSender

  constructor(sender: WebhookSender) {
    this.#sender = sender
  }

  async send(address: NoticeAddress, events: readonly NoticeEvent[], signal: AbortSignal) {
    const failures: unknown[] = []
    const taken = await pMap(
      events,
      async (event) => {
        const message = webhookMessage(event.id, event.type, Date.now(), event.data)
        try {
          await this.#sender.send(endpointOf(address), message, signal)
          return [event]
        } catch (error) {
          failures.push(error)
          return []
        }
      },
      { concurrency: sentAtOnce },
    )
    if (failures.length === events.length) throw failures[0]
    return taken.flat()
  }

  test(address: NoticeAddress): Promise<NoticeTest> {
    return testBy(this.#sender, address, testMessage(address.accountId))
  }
}

/** Chats of people: one message for all that is told at once, to an incoming webhook that takes `{"text"}`. */
export class SlackChannel implements NoticeChannel {
  readonly #sender: WebhookSender

  constructor(sender: WebhookSender) {
    this.#sender = sender
  }

  async send(address: NoticeAddress, events: readonly NoticeEvent[], signal: AbortSignal) {
    const { accountId } = address
    const lines = messageText(events).map((sentence) => `• ${sentence}`)
    const title = headline(
      accountId,
      events.map(({ type }) => type),
    )
    await this.#sender.send(endpointOf(address), chatMessage([title, ...lines]), signal)
    return events
  }

  test(address: NoticeAddress): Promise<NoticeTest> {
    return testBy(this.#sender, address, chatMessage([headline(address.accountId, ['test'])]))
  }
}

/** What would make a mention or a link is escaped as Slack says. */
function chatMessage(lines: readonly string[]): WebhookMessage {
  const text = lines.join('\n').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return { id: '', body: JSON.stringify({ text }) }
}

async function testBy(sender: WebhookSender, address: NoticeAddress, message: WebhookMessage): Promise<NoticeTest> {
  const reply = await sender.sendOnce(endpointOf(address), message)
  const outcome = 'status' in reply ? { status: reply.status, code: null } : { status: null, code: reply.failure.code }
  return { delivered: isDelivered(reply), ...outcome, explanation: replySentence(reply, new URL(address.to).host) }
}

function endpointOf({ accountId, to, secret }: NoticeAddress): WebhookEndpoint {
  return { accountId, url: to, secret }
}
