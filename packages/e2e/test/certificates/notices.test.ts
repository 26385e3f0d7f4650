import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Settings, WebhookTest } from '@mtls-gateway/contract'
import {
  createCa,
  type MailServer,
  type ServiceProcess,
  startMailServer,
  startService,
  startTestTarget,
  type TestTarget,
  withTools,
} from '@mtls-gateway/test-kit'
import { configApiEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
import { leaksOf } from '../support/leaks.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'

interface Delivery {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const dayMs = 86_400_000
const chatToken = 'T0000/B0000/verysecrettokenofthechat'
const hookToken = 'alsoverysecrettokenofthehook'
const from = 'gateway@mtls.example'
const password = 'verysecretpasswordofthemailserver'
const directory = mkdtempSync(join(tmpdir(), 'notices-'))

let hook: TestTarget
let mail: MailServer
let system: System
/** A second config-api, where there can be one. */
let other: ServiceProcess | undefined
let tenant: Tenant
/** What came over HTTP, and the statuses that the next ones at a path are answered with. */
const got: Delivery[] = []
const statuses = new Map<string, number[]>()

const put = (notices: unknown, of = tenant) => of.api.json<Settings>('PUT', of.path('settings'), { notices })
const get = async (of = tenant) => (await of.api.json<Settings>('GET', of.path('settings'))).body
const test = (id: string, of = tenant) => of.api.json<WebhookTest>('POST', of.path(`settings/notices/${id}/test`))
const at = (where: string) => got.filter((each) => each.path.startsWith(where))
const mailTo = async (to: string) => (await mail.received()).filter((each) => each.to.includes(to))

/** A certificate of which so many of a hundred days are left. */
const issue = (commonName: string, daysLeft: number) =>
  hook.clientCa.issue({
    commonName,
    notBefore: new Date(Date.now() - (100 - daysLeft) * dayMs),
    notAfter: new Date(Date.now() + daysLeft * dayMs),
  })

/** Longer than both config-apis take to look at every account. */
const looks = () => setTimeout(1_500)

withTools(describe, 'Mailpit')('notices to people and programs', () => {
  beforeAll(async () => {
    hook = await startTestTarget({
      requireClientCertificate: false,
      handler: async (request, response) => {
        const { url: path = '', headers } = request
        got.push({ path, headers, body: (await request.toArray()).join('') })
        response.writeHead(statuses.get(path)?.shift() ?? 200).end('ok')
      },
    })
    const ca = await createCa()
    const { certificate, privateKey } = await ca.issue({ commonName: 'mail', dnsNames: ['localhost'] })
    const file = (name: string, content: string) => {
      writeFileSync(join(directory, name), content)
      return join(directory, name)
    }
    const tls = ['--smtp-tls-cert', file('tls.crt', certificate), '--smtp-tls-key', file('tls.key', privateKey)]
    const users = ['--smtp-auth-file', file('users', `gateway:${password}`)]
    mail = await startMailServer({ args: [...tls, '--smtp-require-starttls', ...users] })
    const env = {
      EXPIRY_CHECK_INTERVAL: '300ms',
      SMTP_URL: `smtp://gateway@localhost:${mail.port}`,
      SMTP_FROM: from,
      SMTP_PASSWORD_FILE: file('password', password),
      NODE_EXTRA_CA_CERTS: file('ca.pem', ca.certificate),
    }
    system = await System.start({ configApiOnly: true, targets: [hook], env })
    // A data directory is for one config-api.
    if (system.backends.prober) other = await startService({ entry: configApiEntry, env: system.envOf('config-api') })
    tenant = await system.newTenant()
  })

  afterAll(async () => {
    await other?.stop()
    await system?.stop()
    await mail?.stop()
    await hook?.close()
    rmSync(directory, { recursive: true })
  })

  it('are told once to each recipient, over a restart and by several config-apis', async () => {
    const soon = await tenant.saveCertificate('soon', await issue('soon', 20))
    await tenant.saveCertificate('later', await issue('later', 80))
    await tenant.map({ certificationId: soon.id, serviceId: 'IDP', url: 'https://bank.example/', name: 'm' })
    const { body, status } = await put([
      { channel: 'mail', to: 'ops@bank.example' },
      { channel: 'slack', to: `${hook.url}/services/${chatToken}`, events: ['certificate.expiring'] },
      { channel: 'webhook', to: `${hook.url}/${hookToken}`, shares: [0.5, 0.25] },
    ])
    expect(status).toBe(200)
    const [mailed] = await eventually(
      () => mailTo('ops@bank.example'),
      (mails) => mails.length > 0,
    )
    await eventually(
      async () => got.length,
      (count) => count > 1,
    )
    await looks()
    await system.stopConfigApi()
    await system.startConfigApi()
    tenant = await system.newTenant(tenant.id)
    await looks()

    expect(await mailTo('ops@bank.example')).toHaveLength(1)
    expect(mailed).toMatchObject({
      from,
      subject: `mTLS gateway, account ${tenant.id}: 1 certificate will expire soon`,
    })
    expect(mailed?.text).toContain('The certificate `soon`')
    expect(mailed?.text).toMatch(/in 20 days\. 1 mapping presents it\./)
    expect(at('/services/')).toHaveLength(1)
    expect(JSON.parse(at('/services/')[0]?.body ?? '')).toEqual({ text: expect.stringContaining('`soon`') })
    expect(at('/services/')[0]?.headers).not.toHaveProperty('webhook-signature')

    const [told, ...more] = at(`/${hookToken}`)
    expect(more).toEqual([])
    expect(JSON.parse(told?.body ?? '')).toMatchObject({
      type: 'certificate.expiring',
      data: { name: 'soon', daysLeft: 20, mappings: 1 },
    })
    const { secret = '' } = body.notices.find(({ channel }) => channel === 'webhook') ?? {}
    const signed = `${told?.headers['webhook-id']}.${told?.headers['webhook-timestamp']}.${told?.body}`
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    expect(told?.headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  })

  it('show no secret of a url in answers, the audit trail, metrics and logs', async () => {
    const shown = await get()
    const { host } = new URL(hook.url)
    expect(shown.notices).toEqual([
      {
        id: expect.any(String),
        channel: 'mail',
        to: 'ops@bank.example',
        events: expect.any(Array),
        shares: [0.33, 0.1, 0.02],
      },
      {
        id: expect.any(String),
        channel: 'slack',
        to: `https://${host}/...`,
        events: ['certificate.expiring'],
        shares: [0.33, 0.1, 0.02],
      },
      {
        id: expect.any(String),
        channel: 'webhook',
        to: `https://${host}/...`,
        events: expect.any(Array),
        shares: [0.5, 0.25],
      },
    ])
    for (const { id } of shown.notices) expect(await test(id)).toMatchObject({ status: 200, body: { delivered: true } })
    const audit = await tenant.api.json('GET', tenant.path('audit'))
    const metrics = await (await fetch(`${system.configApi.managementUrl}/metrics`)).text()
    const texts = {
      settings: JSON.stringify(shown),
      audit: JSON.stringify(audit.body),
      metrics,
      log: system.output,
      other: other?.output ?? '',
    }
    expect(leaksOf({ chatToken, hookToken, password }, texts)).toEqual([])
  })

  it('are the same after an answer was sent back, and can be removed one by one', async () => {
    const { notices } = await get()
    const before = await tenant.api.json('GET', tenant.path('settings'))
    const again = await put(notices)
    expect(again.body.notices).toEqual(notices)
    expect(again.headers.etag).toBe(before.headers.etag)
    const fewer = await put(
      notices.filter(({ channel }) => channel !== 'slack').map(({ id, channel }) => ({ id, channel })),
    )
    expect(fewer.body.notices).toEqual(notices.filter(({ channel }) => channel !== 'slack'))
    expect((await put([])).body.notices).toEqual([])
  })

  it('come again until they are taken, each recipient by itself', async () => {
    const own = await system.newTenant()
    await own.saveCertificate('refused', await issue('refused', 5))
    statuses.set('/failing', [500, 503])
    const sent = async (channel: string) => {
      const services = [system.configApi, ...(other ? [other] : [])]
      const texts = await Promise.all(
        services.map(async ({ managementUrl }) => (await fetch(`${managementUrl}/metrics`)).text()),
      )
      const line = new RegExp(`^notices_total\\{channel="${channel}",outcome="sent"\\} (\\d+)$`, 'm')
      return texts.reduce((sum, text) => sum + Number(line.exec(text)?.[1]), 0)
    }
    const before = { slack: await sent('slack'), mail: await sent('mail') }
    await put(
      [
        { channel: 'slack', to: `${hook.url}/failing` },
        { channel: 'mail', to: 'failing@bank.example' },
      ],
      own,
    )
    await eventually(
      async () => at('/failing').length,
      (count) => count > 2,
    )
    await looks()
    expect(at('/failing')).toHaveLength(3)
    expect(await mailTo('failing@bank.example')).toHaveLength(1)
    // Either instance may have sent them.
    expect([(await sent('slack')) - before.slack, (await sent('mail')) - before.mail]).toEqual([1, 1])
  })

  it('of many certificates are one mail, and one message of a chat', async () => {
    const own = await system.newTenant()
    for (let index = 0; index < 25; index++) await own.saveCertificate(`c${index}`, await issue(`c${index}`, 5))
    await put(
      [
        { channel: 'mail', to: 'many@bank.example' },
        { channel: 'slack', to: `${hook.url}/many` },
      ],
      own,
    )
    const [one] = await eventually(
      () => mailTo('many@bank.example'),
      (mails) => mails.length > 0,
    )
    await eventually(
      async () => at('/many'),
      ({ length }) => length > 0,
    )
    await looks()
    expect(await mailTo('many@bank.example')).toHaveLength(1)
    expect(at('/many')).toHaveLength(1)
    expect(one?.subject).toBe(`mTLS gateway, account ${own.id}: 25 certificates will expire soon`)
    expect(one?.text).toMatch(/`c19`[\s\S]*And 5 more\./)
  })

  it('take names as text: no header, line, mention or link comes of one', async () => {
    const own = await system.newTenant()
    const plain = '@all <!channel> <https://evil.example|bank> `x` &c'
    await own.saveCertificate(plain, await issue('evil', 5))
    await put(
      [
        { channel: 'slack', to: `${hook.url}/evil` },
        { channel: 'mail', to: 'evil@bank.example' },
      ],
      own,
    )
    const [message] = await eventually(
      async () => at('/evil'),
      ({ length }) => length > 0,
    )
    const [received] = await eventually(
      () => mailTo('evil@bank.example'),
      ({ length }) => length > 0,
    )
    const { text } = JSON.parse(message?.body ?? '') as { text: string }
    expect(text).toContain("`@all &lt;!channel&gt; &lt;https://evil.example|bank&gt; 'x' &amp;c`")
    expect(text).not.toMatch(/[<>]/)
    expect(received?.subject).not.toContain('evil')
    const [head = ''] = received?.raw.split('\r\n\r\n') ?? []
    expect(head).not.toMatch(/evil\.example|channel/)
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/im)
    expect(head).toMatch(/^Content-Type: text\/plain/im)
  })

  it.each([
    [{ channel: 'mail', to: 'ops@bank.example\r\nBcc: all@bank.example' }, 400, 'MAIL_ADDRESS_INVALID'],
    [{ channel: 'mail', to: 'a@bank.example,b@bank.example' }, 400, 'MAIL_ADDRESS_INVALID'],
    [{ channel: 'mail', to: 'https://hooks.example/' }, 400, 'MAIL_ADDRESS_INVALID'],
    [{ channel: 'slack', to: 'http://hooks.example/' }, 400, 'TARGET_URL_NOT_HTTPS'],
    [{ channel: 'slack', to: 'https://hooks.example/a\r\nHost: b' }, 400, 'TARGET_URL_NOT_CANONICAL'],
    [{ channel: 'webhook', to: 'https://hooks.example/...' }, 400, 'NOTICE_ADDRESS_NEEDED'],
    [{ channel: 'webhook' }, 400, 'NOTICE_ADDRESS_NEEDED'],
    [{ channel: 'pager', to: 'x' }, 400, 'VALIDATION_FAILED'],
    [{ channel: 'mail', to: 'a@bank.example', shares: [0] }, 400, 'VALIDATION_FAILED'],
    [{ channel: 'mail', to: 'a@bank.example', shares: [1.5] }, 400, 'VALIDATION_FAILED'],
    [{ channel: 'mail', to: 'a@bank.example', events: ['certificate.lost'] }, 400, 'VALIDATION_FAILED'],
    [{ id: 'nope', channel: 'mail', to: 'a@bank.example' }, 404, 'NOTICE_NOT_FOUND'],
  ])('refuse %j', async (notice, status, code) => {
    const before = await get()
    expectProblem(await put([notice]), status, code)
    expect(await get()).toEqual(before)
  })

  it('are refused if two of them have one id', async () => {
    const before = await get()
    const notice = { id: 'one', channel: 'mail', to: 'a@bank.example' }
    expectProblem(await put([notice, notice]), 400, 'NOTICE_NAMED_TWICE')
    expect(await get()).toEqual(before)
  })

  it('are at most ten', async () => {
    const notices = Array.from({ length: 11 }, (_, index) => ({ channel: 'mail', to: `a${index}@bank.example` }))
    expectProblem(await put(notices), 400, 'LIMIT_EXCEEDED')
    expect((await put(notices.slice(1))).body.notices).toHaveLength(10)
  })

  it('are tested: what the other side says, and nothing at addresses that the guard refuses', async () => {
    const own = await system.newTenant()
    expectProblem(await test('nope', own), 404, 'NOTICE_NOT_FOUND')
    statuses.set('/gone', [410])
    const { body } = await put(
      [
        { channel: 'mail', to: 'test@bank.example' },
        { channel: 'slack', to: `${hook.url}/gone` },
        { channel: 'slack', to: 'https://10.0.0.1/T/B/X' },
      ],
      own,
    )
    const [people, chat, inside] = body.notices.map(({ id }) => id)
    expect(await test(people ?? '', own)).toMatchObject({ body: { delivered: true, status: 250, code: null } })
    const [received] = await mailTo('test@bank.example')
    expect(received?.subject).toBe(`mTLS gateway, account ${own.id}: this is a test`)
    const refused = await test(chat ?? '', own)
    expect(refused).toMatchObject({ body: { delivered: false, status: 410, code: null } })
    expectSentence(refused.body.explanation)
    const kept = { delivered: false, status: null, code: 'TARGET_ADDRESS_REFUSED' }
    expect(await test(inside ?? '', own)).toMatchObject({ status: 200, body: kept })
  })

  it('are tested a few times in a row: addresses may be those of strangers', async () => {
    const own = await system.newTenant()
    const { id = '' } = (await put([{ channel: 'mail', to: 'stranger@bank.example' }], own)).body.notices[0] ?? {}
    let tested = await test(id, own)
    for (let tests = 1; tests < 20 && tested.status === 200; tests++) tested = await test(id, own)
    expectProblem(tested, 429, 'RATE_LIMITED')
    expect(Number(tested.headers['retry-after'])).toBeGreaterThan(0)
    expect((await mailTo('stranger@bank.example')).length).toBeLessThan(10)
  })

  it('keep nobody else waiting while the mail server is silent', async () => {
    const [stuck, free] = [await system.newTenant(), await system.newTenant()]
    await stuck.saveCertificate('stuck', await issue('stuck', 5))
    await free.saveCertificate('free', await issue('free', 5))
    mail.pause()
    try {
      const started = Date.now()
      await put(
        [
          { channel: 'mail', to: 'stuck@bank.example' },
          { channel: 'slack', to: `${hook.url}/beside` },
        ],
        stuck,
      )
      await put([{ channel: 'slack', to: `${hook.url}/free` }], free)
      await eventually(
        async () => at('/free').length + at('/beside').length,
        (count) => count === 2,
      )
      expect(Date.now() - started).toBeLessThan(9_000)
      const { body } = await test((await get(stuck)).notices[0]?.id ?? '', stuck).then((answer) =>
        answer.status === 503 ? { body: { delivered: false } } : answer,
      )
      expect(body.delivered).toBe(false)
    } finally {
      mail.resume()
    }
  })
})

describe('a deployment without a mail server', () => {
  let own: System

  afterAll(() => own?.stop())

  it('refuses mail as a channel, and says so', async () => {
    own = await System.start({ configApiOnly: true })
    const without = await own.newTenant()
    const refused = await put([{ channel: 'mail', to: 'ops@bank.example' }], without)
    expectProblem(refused, 501, 'MAIL_NOT_CONFIGURED')
  })
})
