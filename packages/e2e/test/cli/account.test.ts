import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'

let system: SharedSystem
let user: CliUser

beforeAll(async () => {
  system = await sharedSystem()
})

afterAll(() => system?.stop())

beforeEach(async () => {
  user = (await loggedIn(system, await system.newTenant())).user
})

const webhook = ['--webhook', 'https://hooks.example/mtls']
const once = 'The secret is shown only this once: keep it now.\n'
const secretIn = (text: string) => /^webhook secret +(whsec_\S+)$/m.exec(text)?.[1] ?? ''

describe('mtls settings', () => {
  it('are shown, and set one at a time', async () => {
    expect(await user.done(['settings', 'show'])).toBe('unmapped calls  plain\nwebhook         none\n')
    expect(await user.done(['settings', 'set', '--unmapped-calls', 'refuse'])).toMatch(/^unmapped calls +refuse$/m)
    await user.done(['settings', 'set', ...webhook])
    const shown = JSON.parse(await user.done(['settings', 'show', '--json']))
    expect(shown).toEqual({ unmappedCalls: 'refuse', webhook: { url: 'https://hooks.example/mtls' } })
    expect(await user.done(['settings', 'set', '--remove-webhook'])).toBe(
      'unmapped calls  refuse\nwebhook         none\n',
    )
  })

  it('show the secret of a webhook only when it is new', async () => {
    const first = await user.mtls(['settings', 'set', ...webhook])
    expect(first.stderr).toBe(once)
    const rotated = await user.mtls(['settings', 'set', '--rotate-webhook-secret'])
    expect(rotated).toMatchObject({ code: 0, stderr: once })
    const secrets = { first: secretIn(first.stdout), second: secretIn(rotated.stdout) }
    expect(new Set(Object.values(secrets)).size).toBe(2)
    const shown = await user.mtls(['settings', 'set', '--unmapped-calls', 'plain'])
    expect(shown.stderr).toBe('')
    expect(leaksOf(secrets, { shown: shown.stdout, services: await system.readOutput() })).toEqual([])
  })

  it('send the webhook a test message, and say what it answers', async () => {
    const none = await user.mtls(['settings', 'test-webhook'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/mtls settings set --webhook URL\./) })
    const hook = await system.startTarget({
      requireClientCertificate: false,
      handler: ({ url }, response) => void response.writeHead(url === '/gone' ? 410 : 204).end(),
    })
    try {
      await user.done(['settings', 'set', '--webhook', `${hook.url}/`])
      const delivered = await user.done(['settings', 'test-webhook'])
      expect(delivered).toMatch(/^delivered +yes\nanswer +204\n +The webhook took .*\ntime +\d+ ms\n$/)
      await user.done(['settings', 'set', '--webhook', `${hook.url}/gone`])
      const refused = await user.mtls(['settings', 'test-webhook'])
      expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/^delivered +no\nanswer +410\n/) })
    } finally {
      await hook.close()
    }
  })

  it.each([
    { args: ['settings', 'set'], code: 2, said: /^Nothing to set: name at least one setting/ },
    { args: ['settings', 'set', '--unmapped-calls', 'x'], code: 2, said: /Allowed choices are plain, refuse/ },
    { args: ['settings', 'set', ...webhook, '--remove-webhook'], code: 2, said: /cannot be used with option/ },
    { args: ['settings', 'set', '--webhook', 'http://a.example/'], code: 1, said: /^TARGET_URL_NOT_HTTPS: / },
    { args: ['settings', 'set', '--rotate-webhook-secret'], code: 1, said: /^The account has no webhook\. Set one: / },
  ])('say what is wrong: $args', async ({ args, code, said }) => {
    expect(await user.mtls(args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) })
  })
})

describe('mtls whoami and services', () => {
  it('show what the credentials are good for, and what mappings can be for', async () => {
    expect(await user.done(['whoami'])).toMatch(
      /^subject +\S+#\S+\ncredentials +token\naccounts +\S+\nscopes +mtls:read, .*\nexpires +\d{4}-.*Z\n$/,
    )
    expect(JSON.parse(await user.done(['whoami', '--json']))).toMatchObject({ kind: 'bearer' })
    expect(await user.done(['services'])).toMatch(/^NUMBER +NAME\n0 +TEST_SERVICE\n1 +IDP\n/)
  })
})

describe('mtls audit', () => {
  it('lists who changed what, the newest first, in pages', async () => {
    for (const policy of ['refuse', 'plain']) await user.done(['settings', 'set', '--unmapped-calls', policy])
    const page = await user.mtls(['audit', '--limit', '1'])
    expect(page.stdout).toMatch(
      /^REVISION +AT +ACTOR +ADDRESS +ACTION +FIELDS +SUBJECTS\n\d+ +\S+Z +\S+ +127\.\S+ +settings\.\S+/,
    )
    const [, cursor = ''] = /--cursor (\S+)\.\n$/.exec(page.stderr) ?? []
    const [first] = JSON.parse(await user.done(['audit', '--limit', '1', '--json']))
    const [second] = JSON.parse(await user.done(['audit', '--limit', '1', '--cursor', cursor, '--json']))
    expect(second.revision).toBe(first.revision - 1)
  })

  it('lists what fits, by action, actor, subject and time', async () => {
    for (const policy of ['refuse', 'plain', 'refuse']) await user.done(['settings', 'set', '--unmapped-calls', policy])
    const audit = async (...args: readonly string[]): Promise<Record<string, string>[]> =>
      JSON.parse(await user.done(['audit', '--json', ...args]))
    const changes = await audit('--action', 'settings.*')
    const [newest, second] = changes
    expect(changes).toHaveLength(3)
    expect(await audit('--action', String(newest?.action))).toEqual(changes)
    expect(await audit('--action', 'mappings.*')).toEqual([])
    expect(await audit('--actor', String(newest?.actor), '--action', 'settings.*')).toEqual(changes)
    expect(await audit('--actor', 'nobody')).toEqual([])
    expect(await audit('--subject', 'nothing')).toEqual([])
    expect(await audit('--subject', 'SETT')).toEqual(changes)
    expect(await audit('--action', 'settings.*', '--since', String(newest?.at))).toEqual([newest])
    expect((await audit('--action', 'settings.*', '--until', String(newest?.at)))[0]).toEqual(second)
    const one = await user.mtls(['audit', '--action', 'settings.*', '--limit', '1'])
    const [, cursor = ''] = /^There may be more: .* --cursor (\S+)\.\n$/.exec(one.stderr) ?? []
    expect(await audit('--action', 'settings.*', '--limit', '1', '--cursor', cursor)).toEqual([second])
    expect(await user.done(['audit', '--since', '2000-01-01', '--until', '2000-01-02'])).toBe('There is no change.\n')
  })

  it.each([
    { args: ['--since', 'yesterday'], said: /It is a day such as 2026-01-31/ },
    { args: ['--until', '2026-13-01'], said: /It is a day such as 2026-01-31/ },
  ])('says what is wrong: $args', async ({ args, said }) => {
    expect(await user.mtls(['audit', ...args])).toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
  })
})
