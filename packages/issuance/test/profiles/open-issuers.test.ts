import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { parseAccountId, requestKeyTypes } from '@mtls-gateway/domain'
import { TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { serve } from '@mtls-gateway/test-kit'
import {
  AcmeIssuer,
  type IssuerParts,
  LocalIssuer,
  OwnCaIssuer,
  openIssuers,
  VaultPkiIssuer,
  WebhookIssuer,
} from '../../src/index.ts'

const directory = mkdtempSync(join(tmpdir(), 'profiles-'))
const file = join(directory, 'issuers.json')
const away = async () => {
  throw new Error('not asked for')
}
const parts: IssuerParts = {
  cas: { find: away, certificate: away, sign: away },
  upstreams: new UpstreamPools({ guard: new TargetGuard({ allowCidrs: [], ports: 'any' }) }),
}
const [ours, theirs] = [parseAccountId('le123'), parseAccountId('other')]

afterAll(() => rmSync(directory, { recursive: true }))

const open = (content: unknown) => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return openIssuers(file, parts)
}

const local = { name: 'own', kind: 'local', description: 'A CA of our own.', accounts: 'all' }
const vault = {
  name: 'bank',
  kind: 'vault-pki',
  description: "The bank's client CA.",
  accounts: ['le123'],
  keyTypes: ['EC-P256', 'RSA-3072'],
  subject: 'O=Acme\\, Inc.,C=DE',
  lifetime: '30d',
  address: 'https://vault.example:8200',
  mount: 'pki/clients',
  role: 'client',
  roleId: 'an id',
  secretIdFile: '/run/secrets/issuer',
}
const webhook = {
  name: 'hook',
  kind: 'webhook',
  description: 'A CA behind a webhook.',
  accounts: 'all',
  url: 'https://ca.example/issue',
  secretFile: '/run/secrets/hook',
  caFile: '/etc/hook-ca.pem',
}
const acme = {
  name: 'acme',
  kind: 'acme',
  description: 'A CA that speaks ACME.',
  accounts: 'all',
  directoryUrl: 'https://ca.example/acme/directory',
  accountKeyFile: '/run/secrets/acme-account.pem',
  caFile: '/etc/acme-ca.pem',
}
const people = {
  name: 'people',
  kind: 'own-ca',
  description: 'People with a CA.',
  accounts: 'all',
  caFile: '/etc/office-ca.pem',
}

describe('the profiles of a deployment', () => {
  it('are a CA for each account without a file', () => {
    const issuers = openIssuers(undefined, parts)
    expect(issuers.profiles(ours)).toMatchObject([{ name: 'local', kind: 'local', keyTypes: requestKeyTypes }])
    expect(issuers.find(ours, 'local')).toBeInstanceOf(LocalIssuer)
  })

  it('are those of a file, by name, for the accounts that it names', async () => {
    const issuers = open({ profiles: [local, vault, webhook, acme, people] })
    expect(issuers.profiles(theirs).map(({ name }) => name)).toEqual(['acme', 'hook', 'own', 'people'])
    const bank = issuers.profiles(ours).find(({ name }) => name === 'bank')
    expect(bank).toEqual({
      name: 'bank',
      kind: 'vault-pki',
      description: "The bank's client CA.",
      keyTypes: ['EC-P256', 'RSA-3072'],
      subject: 'O=Acme\\, Inc.,C=DE',
      lifetimeSeconds: 30 * 86_400,
    })
    expect(issuers.find(ours, 'bank')).toBeInstanceOf(VaultPkiIssuer)
    expect(issuers.find(theirs, 'bank')).toBeUndefined()
    expect(issuers.find(ours, 'hook')).toBeInstanceOf(WebhookIssuer)
    expect(issuers.find(ours, 'acme')).toBeInstanceOf(AcmeIssuer)
    expect(issuers.find(ours, 'people')).toBeInstanceOf(OwnCaIssuer)
    expect(issuers.find(ours, 'none')).toBeUndefined()
    await issuers.close()
  })

  it('are checked together, and each tells what keeps it from issuing', async () => {
    const issuers = open({ profiles: [local, webhook] })
    const faults = await issuers.check(new AbortController().signal)
    expect(faults).toEqual([{ profile: 'hook', error: expect.objectContaining({ code: 'ISSUER_FORBIDDEN' }) }])
    expect(faults[0]?.error.message).toContain('the secret of the webhook')
    await issuers.close()
  })

  it('are checked together, however long one of them is silent', async () => {
    const silent = await serve(() => {})
    const accountKeyFile = join(directory, 'account.pem')
    const caFile = join(directory, 'ca.pem')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(accountKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(caFile, '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')
    const directoryUrl = silent.url.replace('127.0.0.1', 'localhost')
    const issuers = open({ profiles: [webhook, { ...acme, directoryUrl, accountKeyFile, caFile }] })
    const faults = await issuers.check(AbortSignal.timeout(200))
    expect(faults.map(({ profile, error }) => [profile, error.code])).toEqual([
      ['hook', 'ISSUER_FORBIDDEN'],
      ['acme', 'ISSUER_UNREACHABLE'],
    ])
    await issuers.close()
    await silent.close()
  })

  it('answer challenges of the account key that they share, and say so if they do not', async () => {
    const [own, same, another] = ['own.pem', 'same.pem', 'another.pem'].map((name) => join(directory, name))
    const key = newAccountKey()
    writeFileSync(own ?? '', key.pem)
    writeFileSync(same ?? '', key.pem)
    writeFileSync(another ?? '', newAccountKey().pem)
    const token = 'DGyRejmCefe7v4NfDGDKfA'
    const answerOf = async (...profiles: object[]) => {
      const issuers = open({ profiles })
      const answer = await issuers.answerChallenge(token)
      const warnings = (await issuers.check(AbortSignal.timeout(5_000))).filter(({ isWarning }) => isWarning)
      await issuers.close()
      return { answer, warnings }
    }
    const [first, second] = [
      { ...acme, accountKeyFile: own, directoryUrl: 'https://127.0.0.1:1/directory' },
      { ...acme, name: 'second', accountKeyFile: same, directoryUrl: 'https://127.0.0.1:1/directory' },
    ]
    const answer = `${token}.${key.thumbprint}`
    expect(await answerOf(local)).toEqual({ answer: undefined, warnings: [] })
    expect(await answerOf(first)).toEqual({ answer, warnings: [] })
    expect(await answerOf(first, second)).toEqual({ answer, warnings: [] })
    // Whose key cannot be read orders nothing.
    expect(await answerOf(first, { ...second, accountKeyFile: join(directory, 'none') })).toEqual({
      answer,
      warnings: [],
    })
    expect(await answerOf(first, { ...second, accountKeyFile: another })).toEqual({
      answer: undefined,
      warnings: [
        {
          profile: 'acme, second',
          error: expect.objectContaining({ message: expect.stringContaining('the same accountKeyFile') }),
          isWarning: true,
        },
      ],
    })
  })

  it('are refused with all errors at once, each with the name of its profile, and no value', () => {
    const { role, ...roleless } = vault
    const profiles = [
      { ...roleless, lifetime: 'hidden value', address: 'http://vault.example:8200' },
      { ...vault, name: 'plain', address: 'http://vault.example:8200' },
      { ...vault, name: 'types', keyTypes: ['DSA'] },
      { ...webhook, url: 'http://ca.example/', secret: 'whsec_hidden' },
      { ...acme, directoryUrl: 'http://ca.example/acme', eabKeyFile: '/run/secrets/eab-key' },
      { ...local, name: 'Upper', accounts: ['no account'] },
      { ...local, name: 'kindless', kind: 'magic' },
      local,
      local,
      {},
    ]
    const lines = messageOf(() => open({ profiles })).split('\n')
    expect(lines[0]).toContain(`ISSUERS_FILE (${file}) is not valid:`)
    const expected = [
      '- bank: lifetime is not a number with a unit: s, m, h or d',
      '- bank: role is required',
      '- plain: The address of Vault must begin with https://',
      '- types: keyTypes.0',
      '- hook: url is not an https url',
      '- hook: secret: there is no such setting',
      '- acme: directoryUrl is not an https url',
      '- acme: eabKeyFile and eabKeyIdFile belong together',
      '- profile 6: name is not 1 to 64 lower-case letters',
      '- profile 6: accounts is neither "all" nor a list of accounts',
      '- kindless: kind is none of local, vault-pki, webhook, acme, own-ca',
      '- own: another one has this name',
      '- profile 10: kind is none of',
    ]
    for (const line of expected) expect(lines).toContainEqual(expect.stringContaining(line))
    expect(lines).toHaveLength(expected.length + 1)
    expect(lines.join()).not.toContain('hidden')
  })

  it('are those of the documentation', async () => {
    const text = readFileSync(new URL('../../../../docs/issuers.md', import.meta.url), 'utf8')
    const blocks = [...text.matchAll(/```json\n([^`]+)```/g)].map(([, block = '']) => block)
    const examples = blocks.filter((block) => block.includes('"kind"')).map((block) => JSON.parse(block))
    const profiles = examples.flatMap((example) => example.profiles ?? [example])
    const issuers = open({ profiles })
    expect(issuers.profiles(ours).map(({ kind }) => kind)).toEqual(['vault-pki', 'acme', 'local', 'own-ca', 'webhook'])
    await issuers.close()
  })

  it.each(['', '[]', '{"profiles": [1]}', '{"other": []}'])('are no file like %j', (text) => {
    expect(messageOf(() => open(text))).toContain('it is not JSON like {"profiles"')
  })

  it('say that their file is not there', () => {
    expect(messageOf(() => openIssuers(join(directory, 'none'), parts))).toContain('cannot be read: ENOENT')
  })
})

function newAccountKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' })
  const thumbprint = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  return { pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), thumbprint }
}

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toMatchObject({ name: 'CodedError', code: 'CONFIGURATION_INVALID' })
    return (error as Error).message
  }
  throw new Error('it was taken')
}
