import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  type AccountId,
  type CertificateVersion,
  createCertificates,
  noteRevocations,
  parseAccountId,
  parseCertificateId,
  parseRecordId,
  setPlan,
} from '@mtls-gateway/domain'
import { AccountWriter, ownChange } from '@mtls-gateway/registry'
import { openEmbeddedStore, type SecretStore } from '@mtls-gateway/secret-store'
import { mtlsAdmin } from './invocation.ts'

const accounts = [parseAccountId('one'), parseAccountId('two')] as const
const [one, two] = accounts
const oldCa = "CN=Old O'CA,O=Example"
let directory: string
let store: SecretStore
let writer: AccountWriter

function idOf(value: number) {
  const id = parseCertificateId(value)
  if (id === undefined) throw new Error('no id')
  return id
}

const versionOf = (name: string, part: Partial<CertificateVersion> = {}): CertificateVersion => ({
  versionId: parseRecordId(`v-${name}`),
  keyId: parseRecordId(`k-${name}`),
  fingerprintSha256: name,
  spkiSha256: name,
  subject: `CN=${name}`,
  issuer: oldCa,
  serialNumber: '01',
  keyType: 'EC-P256',
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2099-01-01T00:00:00.000Z',
  clientAuth: 'present',
  createdAt: '2026-01-01T00:00:00.000Z',
  warnings: [],
  ...part,
})

async function add(
  account: AccountId,
  id: number,
  name: string,
  part: Partial<CertificateVersion> & { plan?: true } = {},
) {
  const { plan, ...facts } = part
  const certificate = { id: idOf(id), name, version: versionOf(name, facts) }
  const context = ownChange(Date.now())
  await writer.change(account, context.changeId, createCertificates(context, [certificate]))
  if (!plan) return
  const choices = { profile: 'p', renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto' } as const
  const next = ownChange(Date.now())
  await writer.change(account, next.changeId, setPlan(next, certificate.id, choices))
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fleet-'))
  store = openEmbeddedStore({ directory })
  writer = new AccountWriter({
    store,
    changeFeed: { append: async () => {}, follow: async () => ({ stop: async () => {} }) },
  })
  await add(one, 1, 'planned', { plan: true })
  await add(one, 2, 'by-hand', { keyType: 'RSA-2048', notAfter: new Date(Date.now() + 5 * 86_400_000).toISOString() })
  await add(two, 3, 'other', { issuer: 'CN=New CA', plan: true })
  await add(two, 4, 'also-planned', { plan: true })
  const context = ownChange(Date.now())
  const revocation = { revokedAt: context.at, foundAt: context.at, reason: 'keyCompromise', source: 'crl' } as const
  const found = { id: idOf(2), fingerprintSha256: 'by-hand' }
  const checked = { ...found, revocation: { ...revocation, fingerprintSha256: 'by-hand' } }
  await writer.change(one, context.changeId, noteRevocations(context, [checked]))
})

afterEach(async () => {
  await writer.close()
  await store.close()
  rmSync(directory, { recursive: true })
})

const run = (args: readonly string[], ask?: (question: string) => Promise<string>) =>
  mtlsAdmin(args, { DATA_DIR: directory }, ask)
const inventory = async (...args: string[]) => {
  const { stdout, exitCode } = await run(['inventory', '--json', ...args])
  expect(exitCode).toBe(0)
  return JSON.parse(stdout).certificates as { account: string; name: string; plan: string; revoked: unknown }[]
}
const named = async (...args: string[]) => (await inventory(...args)).map(({ name }) => name)
/** The issuers that the plans of an account are to replace. */
const asked = async (account: AccountId) =>
  (await writer.read(account)).certificates.map(({ name, plan }) => `${name} ${plan?.renewNow?.issuer ?? '-'}`)

describe('mtls-admin inventory', () => {
  it('has the certificates of all accounts, those that expire first at the top', async () => {
    const all = await inventory()
    expect(all.map(({ account, name, plan }) => `${account} ${name} ${plan}`)).toEqual([
      'one by-hand none',
      'one planned idle',
      'two other idle',
      'two also-planned idle',
    ])
    expect(all[0]?.revoked).toMatchObject({ reason: 'keyCompromise' })
  })

  it('is narrowed by issuer, key type, expiry, plan and revocation', async () => {
    expect(await named('--issuer', 'CN=New CA')).toEqual(['other'])
    expect(await named('--issuer', oldCa, '--key-type', 'EC-P256')).toEqual(['planned', 'also-planned'])
    expect(await named('--expires-within', '10d')).toEqual(['by-hand'])
    expect(await named('--plan', 'none')).toEqual(['by-hand'])
    expect(await named('--plan', 'any')).toEqual(['planned', 'other', 'also-planned'])
    expect(await named('--revoked')).toEqual(['by-hand'])
  })

  it('counts them for people', async () => {
    const { stdout } = await run(['inventory'])
    expect(stdout).toMatch(/^4 certificates in use, of 2 accounts$/m)
    expect(stdout).toMatch(/^CN=Old O'CA,O=Example +3 +1 +0$/m)
    expect(stdout).toMatch(/^one +by-hand +\S+ +RSA-2048 +none +revoked +CN=Old/m)
  })
})

describe('mtls-admin replace', () => {
  const replace = (args: readonly string[] = [], ask?: (question: string) => Promise<string>) =>
    run(['replace', '--issuer', oldCa, ...args], ask)

  it('requests nothing unless the operator says yes', async () => {
    const questions: string[] = []
    const no = await replace([], async (question) => {
      questions.push(question)
      return 'n'
    })
    expect(questions).toEqual([expect.stringContaining('Renew 2 certificates of 2 accounts')])
    expect([no.exitCode, (await replace()).exitCode]).toEqual([2, 2])
    expect((await replace()).stderr).toContain('Add --yes')
    expect(await asked(one)).toEqual(['planned -', 'by-hand -'])
  })

  it('makes the renewals of that issuer due, and lists what people have to replace', async () => {
    const { stdout, stderr, exitCode } = await replace([], async () => 'yes')
    expect(exitCode).toBe(1)
    expect(await asked(one)).toEqual([`planned ${oldCa}`, 'by-hand -'])
    expect(await asked(two)).toEqual(['other -', `also-planned ${oldCa}`])
    expect(stdout).toMatch(/^2 renewals requested, 0 certificates replaced, 3 left$/m)
    expect(stdout).toMatch(/^one +by-hand +0 +has no plan/m)
    expect(stderr).toContain(`mtls-admin replace --issuer 'CN=Old O'\\''CA,O=Example' --issued-before 20`)
  })

  it('goes on after an interruption, and leaves alone what was replaced since', async () => {
    const before = new Date().toISOString()
    await add(one, 5, 'replaced', { plan: true, createdAt: new Date(Date.now() + 1_000).toISOString() })
    await replace(['--yes'])
    const revision = (await writer.read(two)).revision
    const { stdout } = await replace(['--yes', '--issued-before', before, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ requested: 2, replaced: 0, problems: [] })
    expect(await asked(one)).toContain('replaced -')
    expect((await writer.read(two)).revision).toBe(revision)
  })

  it('fails where no certificate is of that issuer, unless it goes on', async () => {
    const other = ['replace', '--issuer', "CN=Old O'CA, O=Example", '--yes']
    const { stdout, stderr, exitCode } = await run(other)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
    expect(stderr).toContain("No certificate in use was issued by CN=Old O'CA, O=Example.")
    const again = await run([...other, '--issued-before', new Date().toISOString()])
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('0 left') })
  })

  it('follows the renewals for as long as it is told to', async () => {
    const { stderr, exitCode } = await replace(['--yes', '--wait', '50ms'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('0 of 3 replaced')
  })
})
