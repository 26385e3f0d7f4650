import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { Certificate, Mapping } from '../support/wire.ts'

let system: SharedSystem
let tenant: Tenant
let user: CliUser
let first: Certificate
let second: Certificate

beforeAll(async () => {
  system = await sharedSystem()
})

afterAll(() => system?.stop())

/** An account with two certificates and three mappings, and a user of it. */
async function prepare(): Promise<void> {
  tenant = await system.newTenant()
  user = (await loggedIn(system, tenant)).user
  const ca = await createCa({ name: 'CA' })
  first = await tenant.saveCertificate('first', await ca.issue({ commonName: 'first' }))
  second = await tenant.saveCertificate('second', await ca.issue({ commonName: 'second' }))
  for (const name of ['m1', 'm2', 'm3']) {
    await tenant.map({ name, serviceId: 'IDP', url: `https://bank.example/${name}`, certificationId: first.id })
  }
}

const mappings = async () => (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body

describe('mtls mappings list and show', () => {
  beforeEach(prepare)

  it('list all mappings, or a page of them with the cursor of the next', async () => {
    const all = await user.done(['mappings', 'list'])
    expect(all).toMatch(/^ID +NAME +SERVICE +ENABLED +CERTIFICATE +CALLS +URL$/m)
    expect(all).toMatch(new RegExp(`^\\d+ +m3 +1 +yes +${first.id} +- +https://bank.example/m3$`, 'm'))
    const page = await user.mtls(['mappings', 'list', '--limit', '2', '--json'])
    expect(JSON.parse(page.stdout)).toHaveLength(2)
    const [, cursor = ''] = /--cursor (\S+)\.\n$/.exec(page.stderr) ?? []
    const last = await user.mtls(['mappings', 'list', '--limit', '2', '--cursor', cursor, '--json'])
    expect(last.stderr).toBe('')
    const paged = [...JSON.parse(page.stdout), ...JSON.parse(last.stdout)]
    expect(new Set(paged.map(({ name }) => name))).toEqual(new Set(['m1', 'm2', 'm3']))
  })

  it('list those that are asked for', async () => {
    await user.done(['mappings', 'disable', 'm3'])
    const listed = async (...args: readonly string[]) => {
      const found = JSON.parse(await user.done(['mappings', 'list', '--json', ...args]))
      return found.map(({ name }: Mapping) => name)
    }
    expect(await listed('--search', 'EXAMPLE/M2')).toEqual(['m2'])
    expect(await listed('--service-name', 'IDP', '--certificate', 'first', '--enabled')).toEqual(['m1', 'm2'])
    expect(await listed('--certificate', 'second')).toEqual([])
    expect(await listed('--disabled')).toEqual(['m3'])
  })

  it('show one, by its name or id', async () => {
    const [mapping] = await mappings()
    expect(await user.done(['mappings', 'show', 'm1'])).toMatch(/^url +https:\/\/bank\.example\/m1$/m)
    expect(JSON.parse(await user.done(['mappings', 'show', String(mapping?.id), '--json']))).toEqual(mapping)
  })

  it('say that there is none', async () => {
    await user.done(['mappings', 'delete', 'm1', '--yes'])
    await user.done(['mappings', 'delete', 'm2', '--yes'])
    await user.done(['mappings', 'delete', 'm3', '--yes'])
    expect(await user.done(['mappings', 'list'])).toBe('There is no mapping.\n')
  })
})

describe('mtls mappings enable, disable and edit', () => {
  beforeEach(prepare)

  it('turn a mapping off and on again', async () => {
    expect(await user.done(['mappings', 'disable', 'm1'])).toMatch(/^enabled +no: calls fail$/m)
    expect((await mappings()).map(({ enable }) => enable)).toEqual([false, true, true])
    expect(await user.done(['mappings', 'enable', 'm1'])).toMatch(/^enabled +yes$/m)
    expect((await mappings())[0]).toMatchObject({ enable: true })
  })

  it('change what the options name, and leave the rest', async () => {
    const [before] = await mappings()
    await user.done(['mappings', 'edit', 'm1', '--certificate', 'second', '--name', 'renamed'])
    expect((await mappings())[0]).toEqual({ ...before, name: 'renamed', certificationId: String(second.id) })
    const url = 'https://bank.example/v2/*'
    await user.done(['mappings', 'edit', 'renamed', '--url', url, '--service-name', '2', '--json'])
    expect((await mappings())[0]).toMatchObject({ name: 'renamed', url, serviceId: '2' })
  })
})

describe('mtls mappings enable, disable and delete of several', () => {
  beforeEach(prepare)

  it('change each that can be changed, and say which could not', async () => {
    expect(await user.done(['mappings', 'disable', 'm1', 'm2'])).toBe('Disabled 2 mappings.\n')
    const [m1, m2, m3] = await mappings()
    expect([m1, m2, m3].map((mapping) => mapping?.enable)).toEqual([false, false, true])
    expect(await user.mtls(['mappings', 'enable', String(m2?.id), '1', 'm1'])).toEqual({
      code: 1,
      stdout: 'Enabled 2 mappings.\n',
      stderr: expect.stringMatching(/^Not enabled: 1\. This account has no mapping 1\.\n$/),
    })
    expect((await mappings()).map(({ enable }) => enable)).toEqual([true, true, true])
    const deleted = await user.mtls(['mappings', 'delete', 'm1', String(m3?.id), '1', '--yes', '--json'])
    expect(JSON.parse(deleted.stdout)).toEqual({
      changed: [m1?.id, m3?.id],
      failed: [{ id: 1, detail: expect.stringMatching(/no mapping 1/) }],
    })
    expect((await mappings()).map(({ name }) => name)).toEqual(['m2'])
  })

  it('change nothing where a name is wrong, or nobody can be asked', async () => {
    expect(await user.mtls(['mappings', 'disable', 'm1', 'x'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has no mapping "x"/),
    })
    expect(await user.mtls(['mappings', 'delete', 'm1', 'm2'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Add --yes to delete these 2 mappings: m1, m2\.$/m),
    })
    expect((await mappings()).map(({ enable }) => enable)).toEqual([true, true, true])
  })
})

describe('mtls map and mappings edit --answer-timeout', () => {
  beforeEach(prepare)

  it('say how long the target may take to answer', async () => {
    const place = ['--service-name', 'IDP', '--url', 'https://bank.example/slow', '--name', 'slow']
    expect(await user.done(['map', 'second', ...place, '--answer-timeout', '300'])).toMatch(/^answer +within 300 s$/m)
    expect(await user.done(['mappings', 'edit', 'slow', '--answer-timeout', '5'])).toMatch(/^answer +within 5 s$/m)
    expect(await user.done(['mappings', 'show', 'slow'])).toMatch(/^answer +within 5 s$/m)
    expect(await user.done(['mappings', 'edit', 'slow', '--remove-answer-timeout'])).not.toMatch(/^answer/m)
    const refused = await user.mtls(['mappings', 'edit', 'slow', '--answer-timeout', '601'])
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^VALIDATION_FAILED: .*answerTimeoutSeconds/),
    })
  })
})

describe('mtls mappings edit --url', () => {
  beforeEach(prepare)

  const edit = (url: string, ...more: string[]) => user.done(['mappings', 'edit', 'm1', '--url', url, ...more])

  it('says that the gateway does not connect to the new target', async () => {
    const edited = await edit('https://10.0.0.1/token')
    expect(edited).toMatch(/^url +https:\/\/10\.0\.0\.1\/token$/m)
    expect(edited).toMatch(/\n\nCalls fail with TARGET_ADDRESS_REFUSED: 10\.0\.0\.1:443 .*\n$/)
    const [mapping] = await mappings()
    expect(JSON.parse(await edit('https://10.0.0.1/token', '--json'))).toEqual({
      ...mapping,
      targetAccess: expect.objectContaining({ verdict: 'refused', code: 'TARGET_ADDRESS_REFUSED' }),
    })
  })

  it('says that the targets of a pattern of hosts are checked when they are called', async () => {
    expect(await edit('https://*.bank.example/*')).toMatch(/\n\nThe targets of this pattern are checked when .*\n$/)
  })

  it('says nothing of a target that the gateway may connect to', async () => {
    const target = await system.startTarget()
    try {
      expect(await edit(`${target.url}/allowed`)).toMatch(/\nenabled +yes\n$/)
    } finally {
      await target.close()
    }
  })
})

describe('mtls mappings delete', () => {
  beforeEach(prepare)

  it('deletes one, and prints it as it was with --json', async () => {
    expect(await user.done(['mappings', 'delete', 'm2', '--yes'])).toMatch(/^Deleted the mapping "m2" \(\d+\)\.\n$/)
    expect(JSON.parse(await user.done(['mappings', 'delete', 'm3', '--yes', '--json']))).toMatchObject({ name: 'm3' })
    expect((await mappings()).map(({ name }) => name)).toEqual(['m1'])
  })

  it('deletes nothing where it can not ask', async () => {
    expect(await user.mtls(['mappings', 'delete', 'm1'])).toMatchObject({ code: 2, stdout: '' })
    expect(await mappings()).toHaveLength(3)
  })
})

describe('mtls mappings', () => {
  beforeAll(prepare)

  it.each([
    { args: ['mappings'], code: 2, said: /^Usage: mtls mappings / },
    { args: ['mappings', 'show', 'nobody'], code: 1, said: /has no mapping "nobody"\. It has "m1", "m2", "m3"\.$/m },
    { args: ['mappings', 'show', '1'], code: 1, said: /^MAPPING_NOT_FOUND: / },
    { args: ['mappings', 'edit', 'm1'], code: 2, said: /^Nothing to change: name at least one field/ },
    { args: ['mappings', 'edit', 'm1', '--name', 'm2'], code: 1, said: /^MAPPING_NAME_TAKEN: / },
    { args: ['mappings', 'edit', 'm1', '--certificate', 'x'], code: 1, said: /has no certificate "x"/ },
    { args: ['mappings', 'list', '--enabled', '--disabled'], code: 2, said: /cannot be used with option/ },
    { args: ['mappings', 'list', '--service-name', 'NONE'], code: 1, said: /^UNKNOWN_SERVICE: / },
    { args: ['mappings', 'list', '--limit', 'all'], code: 2, said: /It is a whole number of entries/ },
    { args: ['mappings', 'list', '--cursor', '?'], code: 1, said: /^VALIDATION_FAILED: .*"cursor"/ },
  ])('says what is wrong: $args', async ({ args, code, said }) => {
    expect(await user.mtls(args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) })
  })
})
