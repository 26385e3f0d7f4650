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

describe('mtls token-issuers', () => {
  it('shows an operator whose tokens are accepted, and nobody else', async () => {
    const refused = await user.mtls(['token-issuers'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('credentials for all accounts') })
    const operator = await user.mtls(['token-issuers'], { env: { MTLS_TOKEN: await system.token(['*']) } })
    expect(operator).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^(?:Tokens of others|The tokens are those) /m),
    })
  })
})

describe('mtls settings', () => {
  it('are shown, and set one at a time', async () => {
    expect(await user.done(['settings', 'show'])).toBe(
      'unmapped calls  plain\nkeys            not published\nwebhook         none\napprovals       none\n',
    )
    expect(await user.done(['settings', 'set', '--unmapped-calls', 'refuse'])).toMatch(/^unmapped calls +refuse$/m)
    await user.done(['settings', 'set', ...webhook])
    const shown = JSON.parse(await user.done(['settings', 'show', '--json']))
    const rest = { publishKeys: false, notices: [], approvals: null }
    expect(shown).toEqual({ unmappedCalls: 'refuse', webhook: { url: 'https://hooks.example/mtls' }, ...rest })
    expect(await user.done(['settings', 'set', '--remove-webhook'])).toBe(
      'unmapped calls  refuse\nkeys            not published\nwebhook         none\napprovals       none\n',
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

describe('mtls notices', () => {
  const idIn = (text: string) => /^id +(\S+)$/m.exec(text)?.[1] ?? ''

  it('are added by a url that no argument has, tested, listed and removed', async () => {
    const hook = await system.startTarget({
      requireClientCertificate: false,
      handler: ({ url }, response) => void response.writeHead(url === '/chat/verysecrettoken' ? 200 : 410).end(),
    })
    try {
      expect(await user.done(['notices', 'list'])).toBe('Nobody is told.\n')
      const chat = { env: { MTLS_NOTICE_URL: `${hook.url}/chat/verysecrettoken` } }
      const added = await user.mtls(['notices', 'add', 'slack', '--share', '0.2'], chat)
      expect(added).toMatchObject({ code: 0, stderr: '' })
      expect(added.stdout).toMatch(/^channel +slack\nto +https:\/\/\S+\/\.\.\.\nevents +all\nlifetime left +0\.2$/m)
      const program = { env: { MTLS_NOTICE_URL: `${hook.url}/gone` } }
      const signed = await user.mtls(['notices', 'add', 'webhook', '--event', 'certificate.expired'], program)
      expect(signed).toMatchObject({ code: 0, stderr: once, stdout: expect.stringMatching(/^secret +whsec_/m) })
      expect(await user.done(['notices', 'test', idIn(added.stdout)])).toMatch(/^delivered +yes\nanswer +200\n/)
      expect(await user.mtls(['notices', 'test', idIn(signed.stdout)])).toMatchObject({ code: 1 })
      const list = await user.done(['notices', 'list'])
      expect(list).toMatch(/^ID +CHANNEL +TO +EVENTS +LIFETIME LEFT\n\S+ +slack /)
      expect(leaksOf({ token: 'verysecrettoken' }, { list, added: added.stdout })).toEqual([])
      await user.done(['notices', 'remove', idIn(added.stdout), '--yes'])
      expect(await user.done(['notices', 'list'])).not.toContain('slack')
      await user.done(['notices', 'remove', idIn(signed.stdout), '--yes'])
    } finally {
      await hook.close()
    }
  })

  it.each([
    { args: ['add', 'slack', 'https://hooks.example/x'], code: 2, said: /^Others can see arguments/ },
    { args: ['add', 'slack'], code: 2, said: /^Give the url: --url-file FILE\./ },
    { args: ['add', 'mail'], code: 2, said: /^Give the address/ },
    { args: ['add', 'mail', 'a@b.example', '--share', '2'], code: 2, said: /It is a number between 0 and 1/ },
    { args: ['add', 'mail', 'a@b.example'], code: 1, said: /^MAIL_NOT_CONFIGURED: / },
    { args: ['test', 'nope'], code: 1, said: /mtls notices list\./ },
    { args: ['remove', 'nope', '--yes'], code: 1, said: /mtls notices list\./ },
  ])('say what is wrong: $args', async ({ args, code, said }) => {
    const refused = await user.mtls(['notices', ...args])
    expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) })
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
      JSON.parse(await user.done(['audit', 'list', '--json', ...args]))
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

  it('verifies that the trail is whole', async () => {
    await user.done(['settings', 'set', '--unmapped-calls', 'refuse'])
    const [newest] = JSON.parse(await user.done(['audit', 'list', '--limit', '1', '--json']))
    const { revision } = newest
    expect(JSON.parse(await user.done(['audit', 'verify', '--json']))).toEqual({
      ...{ entries: revision, from: 1, to: revision, unchained: 0, fault: null },
    })
    expect(await user.done(['audit', 'verify'])).toBe(
      `${revision} entries, revisions 1 to ${revision}: each follows from the one before it.\n`,
    )
  })

  it.each([
    { args: ['--since', 'yesterday'], said: /It is a day such as 2026-01-31/ },
    { args: ['--until', '2026-13-01'], said: /It is a day such as 2026-01-31/ },
  ])('says what is wrong: $args', async ({ args, said }) => {
    expect(await user.mtls(['audit', ...args])).toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
  })
})
