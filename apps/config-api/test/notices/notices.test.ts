import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { AccountWriter, newRecordId } from '@mtls-gateway/registry'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import { ServiceMetrics } from '@mtls-gateway/service-kit'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { MailChannel } from '../../src/notices/mail-channel.ts'
import { endSentence, factId, headline, messageText, type NoticeEvent, quoted } from '../../src/notices/notice-event.ts'
import { NoticeMetrics } from '../../src/notices/notice-metrics.ts'
import { testLimits } from '../../src/notices/notices.module.ts'
import { Notices } from '../../src/notices/notices.ts'
import { SlackChannel, WebhookChannel } from '../../src/notices/webhook-channel.ts'
import { SettingsRegistry } from '../../src/settings/settings-registry.ts'
import { WebhookSender } from '../../src/webhooks/webhook-sender.ts'

const directory = mkdtempSync(join(tmpdir(), 'notices-'))
const store = openEmbeddedStore({ directory })
const changeFeed = { append: async () => {}, follow: async () => ({ stop: async () => {} }) }
const writers = [new AccountWriter({ store, changeFeed }), new AccountWriter({ store, changeFeed })] as const
const signal = new AbortController().signal
let accounts = 0

let hook: TestTarget
let status = 200
let got: { readonly path: string; readonly body: string }[] = []

beforeAll(async () => {
  hook = await startTestTarget({
    requireClientCertificate: false,
    handler: async (request, response) => {
      got.push({ path: request.url ?? '', body: (await request.toArray()).join('') })
      response.writeHead(status).end()
    },
  })
})

afterAll(async () => {
  await hook?.close()
  await Promise.all(writers.map((writer) => writer.close()))
  await store.close()
  rmSync(directory, { recursive: true })
})

beforeEach(() => {
  got = []
  status = 200
})

/** One of an instance of config-api of its own. */
function instance(writer: AccountWriter) {
  const logged: object[] = []
  const guard = { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' } as const
  const sender = new WebhookSender(new UpstreamPools({ guard: new TargetGuard(guard), extraCa: [hook.ca] }))
  const mail = new MailChannel({
    smtpUrl: undefined,
    smtpFrom: undefined,
    smtpPasswordFile: undefined,
    smtpTls: 'plain',
  })
  const notices = new Notices({
    writer,
    store,
    channels: { mail, slack: new SlackChannel(sender), webhook: new WebhookChannel(sender) },
    tests: new Bulkhead('notice-tests', testLimits),
    metrics: new NoticeMetrics(new ServiceMetrics('config-api')),
    log: { warn: (line: object) => void logged.push(line) },
  })
  return { notices, logged }
}

/** New recipients in the place of those that it has. */
async function nameRecipients(accountId: AccountId) {
  const context = { actor: 'a', address: '192.0.2.1', changeId: newRecordId(), at: new Date().toISOString() }
  const added = (channel: 'slack' | 'webhook') => {
    const url = `${hook.url}/${channel}/secretpath`
    return {
      id: undefined,
      channel,
      events: undefined,
      shares: undefined,
      rotateSecret: false,
      address: { to: 'x', url },
    }
  }
  const notices = [added('slack'), added('webhook')]
  await new SettingsRegistry(writers[0]).change(
    accountId,
    { unmappedCalls: undefined, webhook: undefined, notices },
    context,
  )
}

async function newAccount() {
  const accountId = parseAccountId(`le${++accounts}`)
  await nameRecipients(accountId)
  const event: NoticeEvent = {
    type: 'plan.failed',
    id: factId(accountId, 'plan', 7),
    accountId,
    data: { certificateId: 7 },
    sentence: `The renewal of ${quoted('c')} failed.`,
  }
  return { accountId, event }
}

describe('a notice of any event', () => {
  it('is sent once to each recipient, however many instances tell of it and how often', async () => {
    const { accountId, event } = await newAccount()
    const instances = writers.map((writer) => instance(writer).notices)
    await Promise.all(
      instances.flatMap((notices) =>
        Array.from({ length: 5 }, async () => notices.notify(await writers[0].read(accountId), [event], signal)),
      ),
    )
    const account = await writers[1].read(accountId)
    expect(instances[0]?.isDue(account, [event])).toBe(false)
    await instances[1]?.notify(account, [event], signal)
    expect(got.map(({ path }) => path).sort()).toEqual(['/slack/secretpath', '/webhook/secretpath'])
    expect(account.changes.map(({ action }) => action)).toEqual(['settings.change', 'notices.claim', 'notices.sent'])
    expect(JSON.stringify(account)).not.toContain('secretpath')
  })

  it('goes to no more new recipients than tests do', async () => {
    const { accountId, event } = await newAccount()
    const { notices } = instance(writers[0])
    const tell = async () => notices.notify(await writers[0].read(accountId), [event], signal)
    for (let change = 0; change < 10; change++) {
      await tell()
      await nameRecipients(accountId)
    }
    expect(got).toHaveLength(testLimits.share)
    const last = await newAccount()
    await notices.notify(await writers[0].read(last.accountId), [last.event], signal)
    expect(got).toHaveLength(testLimits.share + 2)
  })

  it('stays due where it was not taken, and its log has nothing of the url', async () => {
    const { accountId, event } = await newAccount()
    const { notices, logged } = instance(writers[0])
    status = 410
    await notices.notify(await writers[0].read(accountId), [event], signal)
    const failed = (channel: string) => expect.objectContaining({ event: 'notice-failed', channel, count: 1 })
    expect(logged).toEqual(expect.arrayContaining([failed('slack'), failed('webhook')]))
    const texts = logged.map((line) => String((line as { err?: Error }).err?.stack) + JSON.stringify(line))
    expect(texts.join()).not.toContain('secretpath')
    const { settings } = await writers[0].read(accountId)
    const facts = settings?.notices?.map((recipient) => recipient.facts)
    expect(facts).toEqual([1, 2].map(() => [{ id: event.id, claimedUntil: expect.any(String) }]))
  })
})

describe('what people read', () => {
  const event = { type: 'plan.failed', id: 'f', accountId: parseAccountId('le123'), data: {} } as const

  it('keeps a name on its line and in its code', () => {
    expect(quoted('a`b\r\nBcc: x\u202etxt\u0000')).toBe("`a'b\ufffd\ufffdBcc: x\ufffdtxt\ufffd`")
  })

  it.each([
    [12, 2, 'The certificate `c` (7) expires on 2027-01-01 00:00 UTC, in 12 days. 2 mappings present it.'],
    [1, 1, 'The certificate `c` (7) expires on 2027-01-01 00:00 UTC, in 1 day. 1 mapping presents it.'],
    [0, 0, 'The certificate `c` (7) expired on 2027-01-01 00:00 UTC. No mapping presents it.'],
  ])('says of %d days and %d mappings what there is to say', (daysLeft, mappings, sentence) => {
    const end = { id: 7, name: 'c', expirationDate: '2027-01-01T00:00:00.000Z', daysLeft, mappings }
    expect(endSentence(end)).toBe(sentence)
  })

  it('has one headline for all, and 20 sentences at most', () => {
    expect(headline(event.accountId, ['plan.failed'])).toBe('mTLS gateway, account le123: 1 renewal failed')
    expect(headline(event.accountId, ['plan.failed', 'plan.waiting'])).toBe('mTLS gateway, account le123: 2 events')
    const events = Array.from({ length: 30 }, (_, index) => ({ ...event, sentence: `s${index}` }))
    expect(messageText(events)).toHaveLength(21)
    expect(messageText(events).at(-1)).toBe('And 10 more.')
  })
})
