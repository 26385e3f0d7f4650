import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { AddressLookup, type AddressSource, TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { startConnectProxy, startTestTarget, type TargetHandler, type TestTarget } from '@mtls-gateway/test-kit'
import { replySentence } from '../../src/webhooks/reply-sentence.ts'
import { testMessage } from '../../src/webhooks/webhook-message.ts'
import { isDelivered, type WebhookReply, WebhookSender } from '../../src/webhooks/webhook-sender.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const guard = { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' } as const
const accountId = parseAccountId('le123')
const message = testMessage(accountId)

let hook: TestTarget
let handler: TargetHandler
let got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []

beforeAll(async () => {
  hook = await startTestTarget({
    requireClientCertificate: false,
    handler: async (request, response) => {
      got.push({ headers: request.headers, body: (await request.toArray()).join('') })
      await handler(request, response)
    },
  })
})

afterAll(() => hook?.close())

beforeEach(() => {
  got = []
})

const answer = (status: number, body = '', headers = {}): TargetHandler => {
  return (_request, response) => void response.writeHead(status, headers).end(body)
}

function senderTo(extraCa: readonly string[] = [hook.ca]): WebhookSender {
  return new WebhookSender(new UpstreamPools({ guard: new TargetGuard(guard), extraCa }))
}

/** What the webhook made of one message, and what is said of that. */
async function sendOnce(url = `${hook.url}/mtls`, sender = senderTo()) {
  const reply = await sender.sendOnce({ accountId, url, secret }, message)
  return { reply, isDelivered: isDelivered(reply), sentence: replySentence(reply, new URL(url).host) }
}

const codeOf = (reply: WebhookReply) => ('failure' in reply ? reply.failure.code : reply.status)

describe('a message that is sent once', () => {
  it('is signed as Standard Webhooks says', async () => {
    handler = answer(204)
    expect(await sendOnce()).toEqual({
      reply: { status: 204, isTooLong: false },
      isDelivered: true,
      sentence: 'The webhook took the message and answered 204.',
    })
    const [{ headers, body } = { headers: {}, body: '' }] = got
    expect(JSON.parse(body)).toEqual({ type: 'test', timestamp: expect.any(String), data: { accountId: 'le123' } })
    const signed = `${message.id}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64')
    expect(headers).toMatchObject({ 'webhook-id': message.id, 'webhook-signature': `v1,${signature}` })
  })

  it.each([
    { status: 302, says: /Redirects are not followed/ },
    { status: 401, says: /verifies the signature/ },
    { status: 404, says: /the webhook's url/ },
    { status: 503, says: /Its log tells why/ },
  ])('is told to have been answered with $status, after one attempt', async ({ status, says }) => {
    handler = answer(status, '', { location: `${hook.url}/elsewhere`, 'retry-after': '0' })
    const sent = await sendOnce()
    expect(sent).toMatchObject({ reply: { status }, isDelivered: false, sentence: expect.stringMatching(says) })
    expect(got).toHaveLength(1)
  })

  it('is not delivered if the answer is too long, or breaks off', async () => {
    handler = answer(200, 'x'.repeat(1_000_000))
    expect(await sendOnce()).toMatchObject({
      reply: { status: 200, isTooLong: true },
      isDelivered: false,
      sentence: expect.stringMatching(/more than 64 KiB/),
    })
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half')
      setImmediate(() => response.destroy())
    }
    const { reply, isDelivered: isTaken } = await sendOnce()
    expect([codeOf(reply), isTaken]).toEqual(['SOCKET_CLOSED', false])
  })

  it('has its name looked up on account of whose webhook it is', async () => {
    const owners: string[] = []
    const lookup = new AddressLookup({ guard: new TargetGuard(guard) })
    const addresses: AddressSource = {
      of: (owner) => {
        owners.push(owner)
        return lookup.of(owner)
      },
    }
    handler = answer(204)
    const upstreams = new UpstreamPools({ guard: new TargetGuard(guard), extraCa: [hook.ca], addresses })
    expect(await sendOnce(undefined, new WebhookSender(upstreams))).toMatchObject({ isDelivered: true })
    expect(owners).toEqual([accountId])
  })

  it.each([
    { what: 'nobody listens', url: 'https://localhost:1/', code: 'ECONNREFUSED', says: /^localhost:1 refused/ },
    { what: 'no name is', url: 'https://nowhere.invalid/', code: /^(ENOTFOUND|EAI_AGAIN)$/, says: /nowhere\.invalid/ },
    { what: 'the guard lets nobody', url: 'https://10.0.0.1/', code: 'TARGET_ADDRESS_REFUSED', says: /private/ },
  ])('says why it gets nowhere where $what', async ({ url, code, says }) => {
    const { reply, sentence } = await sendOnce(url)
    expect(codeOf(reply)).toEqual(expect.stringMatching(code))
    expect(sentence).toMatch(says)
  })

  it('speaks of neither mappings nor certificates where a target would', async () => {
    handler = answer(204)
    const { reply, sentence } = await sendOnce(undefined, senderTo([]))
    expect(codeOf(reply)).toMatch(/^(UNABLE_TO|SELF_SIGNED)/)
    expect(sentence).toMatch(/TARGET_EXTRA_CA_FILE/)
    expect(sentence).not.toMatch(/mapping|targetTrust/)
  })
})

describe('a webhook that demands a client certificate', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s is told so, and harms nobody else', async (maxVersion) => {
    const demanding = await startTestTarget({ maxVersion })
    const uncaught = mock.fn()
    process.prependListener('uncaughtException', uncaught)
    try {
      const { reply, sentence } = await sendOnce(demanding.url, senderTo([demanding.ca]))
      expect(codeOf(reply)).toMatch(/^(TARGET_REQUIRES_CLIENT_CERTIFICATE|ECONNRESET|SOCKET_CLOSED)$/)
      expect(sentence).not.toMatch(/mapping|Map this/)
      await turn()
    } finally {
      process.off('uncaughtException', uncaught)
      await demanding.close()
    }
    expect(uncaught.mock.callCount()).toBe(0)
  })
})

describe('a message that is sent until it is taken', () => {
  it('is sent again if a later attempt may succeed, and says no more than a status where it was not taken', async () => {
    const statuses = [503, 204]
    handler = (_request, response) => {
      response.writeHead(statuses.shift() ?? 500, { 'retry-after': '0' }).end('details of the receiver')
    }
    const endpoint = { accountId, url: `${hook.url}/mtls`, secret }
    await senderTo().send(endpoint, message, new AbortController().signal)
    expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([message.id, message.id])
    handler = answer(400, 'details of the receiver')
    const refused = senderTo().send(endpoint, message, new AbortController().signal)
    await expect(refused).rejects.toThrow(/^the webhook was not delivered: status 400$/)
  })

  it('is sent again if the account’s proxy did not connect', async () => {
    handler = answer(204)
    const refusals = ['HTTP/1.1 503 Service Unavailable\r\n\r\n']
    const proxy = await startConnectProxy(() => refusals.pop())
    const egress = (owner: string) =>
      owner === accountId ? { host: '127.0.0.1', port: proxy.port, except: [] } : undefined
    const sender = new WebhookSender(new UpstreamPools({ guard: new TargetGuard(guard), extraCa: [hook.ca], egress }))
    await sender.send({ accountId, url: hook.url, secret }, message, new AbortController().signal)
    expect([got.length, proxy.requests.length]).toEqual([1, 2])
    await proxy.close()
  })

  it('is given up when its time is over', async () => {
    handler = () => {}
    const ends = new AbortController()
    const sending = senderTo().send({ accountId, url: hook.url, secret }, message, ends.signal)
    ends.abort()
    await expect(sending).rejects.toThrow('the webhook was not delivered: CALL_ABORTED')
  })
})
