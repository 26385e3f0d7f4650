import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, makePkcs12, withTools } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { PendingCalls } from '../support/pending-calls.ts'
import { System } from '../support/system.ts'
import { certificateEntry, type Tenant, testPassword } from '../support/tenant.ts'

const describeWithOpenssl = withTools(describe, 'openssl')

let system: System
let hostile: Tenant
let other: Tenant
let identity: IssuedCertificate

beforeAll(async () => {
  identity = await (await createCa()).issue({ commonName: 'client' })
  system = await System.start({ configApiOnly: true })
  ;[hostile, other] = await Promise.all([system.newTenant(), system.newTenant()])
})

afterAll(() => system?.stop())

/** A file that takes its reader seconds, and is within what a file may ask for. */
async function expensiveFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'expensive-'))
  const [pem, p12] = [join(directory, 'client.pem'), join(directory, 'client.p12')]
  await writeFile(pem, identity.privateKey + identity.certificate)
  const args = ['pkcs12', '-export', '-in', pem, '-out', p12, '-iter', '400000', '-passout', `pass:${testPassword}`]
  await promisify(execFile)('openssl', args)
  const file = await readFile(p12, 'base64')
  await rm(directory, { recursive: true })
  return file
}

async function jsonPost(body: unknown): Promise<RequestInit> {
  const headers = { authorization: `Bearer ${await system.token()}`, 'content-type': 'application/json' }
  return { method: 'POST', headers, body: JSON.stringify(body) }
}

async function metric(name: string, pool: string): Promise<number> {
  const text = await (await fetch(`${system.configApi.managementUrl}/metrics`)).text()
  return Number(new RegExp(`^${name}\\{pool="${pool}"\\} (\\d+)$`, 'm').exec(text)?.[1])
}

describeWithOpenssl('600 files of one account that take seconds each', () => {
  it('delay no file and no key of another account, and show in the metrics', async () => {
    const p12 = await expensiveFile()
    const entries = Array.from({ length: 100 }, (_, n) => ({ name: `slow ${n}`, p12, password: testPassword }))
    await using calls = new PendingCalls()
    const url = system.configApi.url + hostile.path('certificates')
    for (let n = 0; n < 6; n++) calls.begin(url, await jsonPost(entries))
    await eventually(
      () => metric('bulkhead_waiting', 'expensive-key-files'),
      (waiting) => waiting > 0,
      60_000,
    )
    expect(await metric('bulkhead_in_use', 'expensive-key-files')).toBe(1)

    const request = { name: 'made here', keyType: 'RSA-2048', subject: { commonName: 'made here' } }
    const made = await other.api.json('POST', other.path('certificates/csr'), request)
    const saved = await other.api.json('POST', other.path('certificates'), [certificateEntry('ordinary', identity)])
    const slow = await other.api.json('POST', other.path('certificates'), [entries[0]])
    const tested = await other.api.multipart(
      'POST',
      other.path('p12-test/multipart'),
      { password: testPassword },
      { file: { fileName: 'test.p12', content: makePkcs12({ identity, password: testPassword }) } },
    )
    expect([made.status, saved.status, slow.status, tested.status]).toEqual([201, 201, 201, 200])
    // All this while there were others before them: what did not fit in the account's own queue was turned away.
    expect(calls.statuses.length).toBeLessThan(6)
    expect(calls.statuses.every((status) => status === 429)).toBe(true)
  })
})

describeWithOpenssl('ten requests of one account, with files that take seconds', () => {
  it('do not all come before what another account asks for after them', async () => {
    const p12 = await expensiveFile()
    const entries = Array.from({ length: 4 }, (_, n) => ({ name: `slow ${n}`, p12, password: testPassword }))
    // All their files can wait at once: none is turned away.
    await using calls = new PendingCalls()
    const url = system.configApi.url + hostile.path('certificates')
    for (let n = 0; n < 10; n++) calls.begin(url, await jsonPost(entries))
    await eventually(
      () => metric('bulkhead_waiting', 'expensive-key-files'),
      (waiting) => waiting > 30,
      60_000,
    )

    const request = { name: 'made meanwhile', keyType: 'RSA-2048', subject: { commonName: 'made meanwhile' } }
    const made = await other.api.json('POST', other.path('certificates/csr'), request)
    const slow = await other.api.json('POST', other.path('certificates'), [{ ...entries[0], name: 'meanwhile' }])
    expect([made.status, slow.status]).toEqual([201, 201])
    expect(calls.statuses.length).toBeLessThan(5)
  })
})
