import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OpenedHandover } from '@mtls-gateway/contract'
import type { IssuedCertificate, TestTarget } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { eventually } from '../support/eventually.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, mustBe, type Tenant } from '../support/tenant.ts'

let system: SharedSystem
let tenant: Tenant
let user: CliUser
let target: TestTarget
let folder: string
let [first, next]: IssuedCertificate[] = []

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  user = (await loggedIn(system, tenant)).user
  target = await system.startTarget()
  folder = await mkdtemp(join(tmpdir(), 'handover-'))
  first = await target.clientCa.issue({ commonName: 'first' })
  next = await target.clientCa.issue({ commonName: 'next' })
  const { certificate } = await tenant.onboard(first, 'https://bank.example/token')
  const { name: _, ...upload } = certificateEntry('', next)
  mustBe(201, await tenant.api.json('POST', tenant.path(`certificates/${certificate.id}/staged`), upload))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await target?.close()
  await system?.stop()
})

describe('mtls handover', () => {
  it('makes a link, tells what was answered, and revokes it', async () => {
    const created = await user.mtls(['handover', 'c1', '--label', 'Anna of Bank', '--mapping', 'm1'])
    expect(created.stderr).toMatch(/^The code is shown only this once: send it now\.\nNo link: .*\/handover#code=CODE/)
    const [, id = ''] = /^id +(\S+)$/m.exec(created.stdout) ?? []
    const [, code = ''] = /^code +(\S+)$/m.exec(created.stdout) ?? []
    expect(created.stdout).toMatch(/^urls +https:\/\/bank\.example\/token$/m)

    const anybody = system.toConfigApi()
    const post = <T>(step: string, body: object) =>
      eventually(
        () => anybody.json<T>('POST', `/mtls/handovers/${step}`, body),
        ({ status }) => status !== 429,
      )
    const { body: shown } = await post<OpenedHandover>('open', { code })
    const said = { code, fingerprintSha256: next?.fingerprintSha256, mappings: shown.mappings.map((each) => each.id) }
    mustBe(200, await post('answer', { ...said, note: 'Live\nsince noon.' }))
    const date = '\\d{4}-\\d\\d-\\d\\d'
    expect(await user.done(['handover', 'c1', '--list'])).toMatch(
      new RegExp(`^${id} +Anna of Bank +${date} +1 of 1 +${date} +Live since noon\\.$`, 'm'),
    )
    expect(await user.done(['certificates', 'show', 'c1'])).toMatch(
      /^promoted .*, for 0 of 1 mappings\n +1 registered$/m,
    )
    expect(await user.done(['handover', 'c1', '--revoke', id])).toBe(`Revoked the handover ${id} (Anna of Bank).\n`)
    expect(await user.done(['handover', 'c1', '--list'])).toBe('This certificate has no handover.\n')
    expect((await post('open', { code })).status).toBe(410)
  })

  it('writes files for whoever sends them', async () => {
    const output = join(folder, 'for-the-bank')
    const told = await user.done(['handover', 'c1', '--output', output])
    const names = [
      ...['current-chain-with-root.pem', 'current-chain.pem', 'current-issuer-1.der', 'current-issuer-1.pem'],
      ...['current.der', 'current.pem', 'facts.txt'],
      ...[
        'next-chain-with-root.pem',
        'next-chain.pem',
        'next-issuer-1.der',
        'next-issuer-1.pem',
        'next.der',
        'next.pem',
      ],
    ]
    expect((await readdir(output)).sort()).toEqual(names)
    expect(told.trim().split('\n').sort()).toEqual(names.map((name) => join(output, name)))
    const fingerprintOf = async (name: string) =>
      new X509Certificate(await readFile(join(output, name))).fingerprint256.replaceAll(':', '').toLowerCase()
    for (const name of ['next.der', 'next.pem', 'next-chain.pem']) {
      expect(await fingerprintOf(name)).toBe(next?.fingerprintSha256)
    }
    expect(await fingerprintOf('current.der')).toBe(first?.fingerprintSha256)
    const facts = await readFile(join(output, 'facts.txt'), 'utf8')
    expect(facts).toMatch(new RegExp(`SHA-256 thumbprint +${next?.fingerprintSha256}`))
    expect(facts).toMatch(/subject, OpenSSL's order +CN = next/)

    const again = await user.mtls(['handover', 'c1', '--output', output])
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty. Name a new folder.') })
  })

  it.each([
    { what: 'no label', args: [], said: 'Give whom the link is for: --label' },
    { what: 'two things at once', args: ['--list', '--output', 'x'], said: 'cannot be used with' },
    { what: 'no time', args: ['--label', 'x', '--expires-at', 'soon'], said: 'It is a day such as' },
  ])('says what is wrong with $what', async ({ args, said }) => {
    const end = await user.mtls(['handover', 'c1', ...args])
    expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) })
  })
})
