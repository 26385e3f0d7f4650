import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { startVaultServer, withTools } from '@mtls-gateway/test-kit'
import { startServer } from './api-server.ts'
import { documentService, unchanged } from './document-service.ts'
import type { Invocation } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const privateKey = '-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n'

/** What `mtls diff` of a document says, and what it has sent. */
async function diff(files: Readonly<Record<string, string>>, invocation: Invocation = {}) {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'sub'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
  const { run, sent } = await documentService(() => ({ body: unchanged }))
  const file = join(directory, 'account.yaml')
  const ended = await run(['diff', '-f', file], invocation)
  return { ...ended, stderr: ended.stderr.replaceAll(file, 'account.yaml'), sent, directory }
}

function mappingWith(auth: string): string {
  return ['mappings:', '  m1:', '    targetAuth:', '      type: oauth2', `      secret: ${auth}`, ''].join('\n')
}

describe('a document', () => {
  it('is sent as JSON, with the texts of its files and the secrets that it refers to', async () => {
    const document = [
      'trusts:',
      '  bank-ca: { caCertificates: !file sub/ca.pem }',
      'mappings:',
      '  secret: { url: https://bank.example/ }',
      '  m1:',
      '    targetAuth:',
      '      type: headers',
      '      headers:',
      '        - { name: X-One, secret: { env: ONE } }',
      '        - { name: X-Two, secret: { file: two } }',
      '    targetTls: { minVersion: "1.2" }',
    ].join('\n')
    const files = { 'account.yaml': document, 'sub/ca.pem': certificate, two: 'number two\n' }
    const { exitCode, stdout, sent } = await diff(files, { environment: { ONE: 'number one' } })
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'Nothing to do. 3 that the document does not name stay as they are.\n',
    })
    const headers = [
      { name: 'X-One', secret: 'number one' },
      { name: 'X-Two', secret: 'number two' },
    ]
    expect(sent).toEqual([
      {
        query: { dryRun: 'true' },
        ifMatch: undefined,
        body: {
          trusts: { 'bank-ca': { caCertificates: certificate } },
          mappings: {
            secret: { url: 'https://bank.example/' },
            m1: { targetAuth: { type: 'headers', headers }, targetTls: { minVersion: '1.2' } },
          },
        },
      },
    ])
  })

  it('may be JSON, or come from stdin', async () => {
    const { run, sent } = await documentService(() => ({ body: unchanged }))
    const { exitCode } = await run(['diff', '-f', '-', '--prune', '--source', 'payments'], {
      stdin: '{"settings": {"unmappedCalls": "refuse"}}',
    })
    expect(exitCode).toBe(0)
    expect(sent).toMatchObject([
      {
        query: { dryRun: 'true', prune: 'true', source: 'payments' },
        body: { settings: { unmappedCalls: 'refuse' } },
      },
    ])
  })

  it('takes secrets from Vault, by what the environment says of it', async () => {
    const vault = await startServer((response, url) => {
      const isRecord = url === '/v1/kv/data/bank%20one' && response.req.headers['x-vault-token'] === 'v'
      response.writeHead(isRecord ? 200 : 403).end(isRecord ? '{"data": {"data": {"secret": "from vault"}}}' : '{}')
    })
    const environment = { VAULT_ADDR: `${vault.url}/`, VAULT_TOKEN: 'v' }
    const found = await diff({ 'account.yaml': mappingWith('{ vault: kv/data/bank one#secret }') }, { environment })
    expect(found.sent).toMatchObject([{ body: { mappings: { m1: { targetAuth: { secret: 'from vault' } } } } }])
    const faults: readonly (readonly [string, NodeJS.ProcessEnv, RegExp])[] = [
      ['kv/data/other#secret', environment, /Vault answers 403 for kv\/data\/other/],
      ['kv/data/bank one#other', environment, /kv\/data\/bank one in Vault has no other\./],
      ['kv/../sys/x#secret', environment, /A record of Vault is PATH#FIELD/],
      ['kv/data/bank one', environment, /A record of Vault is PATH#FIELD/],
      ['kv/data/bank one#secret', {}, /VAULT_ADDR and VAULT_TOKEN have to be set/],
    ]
    for (const [reference, env, said] of faults) {
      const refused = await diff({ 'account.yaml': mappingWith(`{ vault: ${reference} }`) }, { environment: env })
      expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(said) })
    }
  })

  withTools(it, 'OpenBao')('takes secrets from a real one, from both versions of its KV engine', async () => {
    const vault = await startVaultServer()
    try {
      await vault.api('POST', 'sys/mounts/kv1', { type: 'kv', options: { version: '1' } })
      await vault.api('POST', 'sys/mounts/kv2', { type: 'kv', options: { version: '2' } })
      await vault.api('POST', 'kv1/bank', { secret: 'of version 1' })
      // A new one is not ready at once.
      const write = () => vault.api('POST', 'kv2/data/bank', { data: { secret: 'of version 2' } })
      while ((await write()).status !== 200) await setTimeout(20)
      const environment = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken }
      for (const [path, secret] of [
        ['kv1/bank', 'of version 1'],
        ['kv2/data/bank', 'of version 2'],
      ]) {
        const found = await diff({ 'account.yaml': mappingWith(`{ vault: ${path}#secret }`) }, { environment })
        expect(found.sent).toMatchObject([{ body: { mappings: { m1: { targetAuth: { secret } } } } }])
      }
    } finally {
      await vault.stop()
    }
  })

  it('never has a secret, a password or a private key, and none is sent', async () => {
    const document = [
      'certificates:',
      '  c1: { password: hunter2 }',
      'trusts:',
      '  t1: { caCertificates: !file key.pem }',
      '  t2:',
      '    caCertificates: |',
      ...privateKey
        .trimEnd()
        .split('\n')
        .map((line) => `      ${line}`),
      'mappings:',
      '  m1:',
      '    targetAuth: { type: oauth2, secret: hunter2 }',
      '  m2:',
      '    targetAuth: { type: oauth2, secret: { env: UNSET } }',
    ].join('\n')
    const { exitCode, stdout, stderr, sent } = await diff({ 'account.yaml': document, 'key.pem': privateKey })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    const aKey =
      'A private key cannot be in a document: have the gateway make one, by a plan, or upload it (mtls upload).'
    const aSecret =
      'A secret cannot be in a document. Refer to it: { env: NAME }, { file: PATH } or { vault: PATH#FIELD }.'
    expect(stderr.trimEnd().split('\n')).toEqual([
      `account.yaml:2 certificates.c1.password: ${aSecret}`,
      `account.yaml:4 trusts.t1.caCertificates: ${aKey}`,
      `account.yaml:6 trusts.t2.caCertificates: ${aKey}`,
      `account.yaml:12 mappings.m1.targetAuth.secret: ${aSecret}`,
      'account.yaml:14 mappings.m2.targetAuth.secret: The environment variable UNSET is not set.',
    ])
    expect(JSON.stringify(sent)).not.toMatch(/hunter2|PRIVATE KEY|c2VjcmV0/)
  })

  it('takes the texts of files only from its folder', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'outside.pem'), certificate)
    const document = (path: string) => `trusts:\n  t1: { caCertificates: !file "${path}" }\n`
    const outside = /^account\.yaml:2 trusts\.t1\.caCertificates: .* is outside of the folder of the document/
    for (const path of [join(directory, 'outside.pem'), '../outside.pem', '/etc/hostname', '../../../etc/hostname']) {
      const refused = await diff({ 'account.yaml': document(path) })
      expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(outside) })
    }
    const { run } = await documentService(() => ({ body: unchanged }))
    await mkdir(join(directory, 'documents'))
    await symlink('../outside.pem', join(directory, 'documents', 'link.pem'))
    await writeFile(join(directory, 'documents', 'account.yaml'), document('link.pem'))
    const linked = await run(['diff', '-f', join(directory, 'documents', 'account.yaml')])
    expect(linked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('link.pem is outside of the folder') })
    expect(await diff({ 'account.yaml': document('none.pem') })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('There is no such file.'),
    })
  })

  it('tells all faults at once, those of the service too, each with its line', async () => {
    const directory = await temporaryDirectory()
    const file = join(directory, 'account.yaml')
    const document = [
      'mappings:',
      '  api.bank.example:',
      '    urk: https://bank.example/',
      '    targetAuth: { type: oauth2, secret: literal }',
      '  api: { url: http://bank.example/ }',
      'trusts: { t1: { caCertificates: !file none.pem } }',
    ].join('\n')
    await writeFile(file, document)
    const errors = [
      { field: 'mappings.api.url', code: 'TARGET_URL_NOT_HTTPS', message: 'It is no https url.' },
      { field: 'mappings.api.bank.example.urk', code: 'VALIDATION_FAILED', message: 'It is unknown.' },
      { field: 'mappings.api.bank.example.targetAuth', code: 'TARGET_AUTH_INVALID', message: 'Because of a stand-in.' },
      { field: 'trusts.t1.caCertificates', code: 'TARGET_TRUST_INVALID', message: 'Because of a stand-in.' },
      { field: 'certificates', code: 'VALIDATION_FAILED', message: 'Not in the file.' },
    ]
    const { run, sent } = await documentService(() => ({ status: 400, body: { code: 'DOCUMENT_FAULTY', errors } }))
    const { exitCode, stderr } = await run(['diff', '-f', file])
    expect(exitCode).toBe(1)
    expect(stderr.trimEnd().split('\n')).toEqual([
      `${file}:1 certificates: Not in the file.`,
      `${file}:3 mappings.api.bank.example.urk: It is unknown.`,
      expect.stringContaining(`${file}:4 mappings.api.bank.example.targetAuth.secret: A secret cannot be`),
      `${file}:5 mappings.api.url: It is no https url.`,
      expect.stringContaining(`${file}:6 trusts.t1.caCertificates: `),
    ])
    const json = await run(['diff', '-f', file, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      code: 'DOCUMENT_FAULTY',
      errors: [{ line: 1 }, { line: 3, code: 'VALIDATION_FAILED' }, { line: 4 }, { line: 5 }, { line: 6 }],
    })
    expect(json).toMatchObject({ exitCode: 1, stderr: '' })
    // Nothing of it is applied.
    expect((await run(['apply', '-f', file, '--yes'])).exitCode).toBe(1)
    expect(sent.map(({ query }) => query.dryRun)).toEqual(['true', 'true', 'true'])
  })

  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...['b', 'c', 'd', 'e'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcd'[index]}`).join(',')}]`),
  ].join('\n')

  it.each([
    [/^account\.yaml:2 Map keys must be unique\.$/m, 'a: 1\na: 2\n'],
    [/^account\.yaml:2 Missing closing "quote\.$/m, 'a: "x\n'],
    [/^account\.yaml:1 Unresolved tag: !secret\.$/m, 'a: !secret x\n'],
    [/^account\.yaml:1 Unresolved tag: .*binary\.$/m, 'a: !!binary aGk=\n'],
    [/^account\.yaml:\d Source contains multiple documents/m, 'a: 1\n---\na: 2\n'],
    [/^account\.yaml:1 Unresolved alias/m, 'a: *b\n'],
    [/^account\.yaml:1 Excessive alias count/m, bomb],
    [/^account\.yaml:1 It is nested too deep\.$/m, 'a: &a [*a]\n'],
    [/^account\.yaml:1 It is nested too deep\.$/m, `a: ${'['.repeat(100)}${']'.repeat(100)}\n`],
    [/^account\.yaml:1 It is nested too deep\.$/m, '['.repeat(100_000)],
    [/^account\.yaml:1 With stringKeys, all keys must be strings\.$/m, '? [a]\n: b\n'],
    [/^account\.yaml:1 A document has keys such as/m, ''],
    [/^account\.yaml:1 A document has keys such as/m, '- a\n'],
    [/^account\.yaml:1 settings\.a: It is no number\.$/m, 'settings: { a: .inf }\n'],
  ])('that cannot be read says %s', async (said, document) => {
    expect(await diff({ 'account.yaml': document })).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(said),
    })
  })

  it('is YAML 1.2, whatever it says of itself: no merge keys, and words are texts', async () => {
    const { sent } = await diff({ 'account.yaml': '%YAML 1.1\n---\na: { <<: { b: 1 }, c: yes, d: 2026-01-31 }\n' })
    expect(sent[0]?.body).toEqual({ a: { '<<': { b: 1 }, c: 'yes', d: '2026-01-31' } })
  })
})
