import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { createCa, startMtlsTarget } from '@mtls-gateway/test-kit'
import { runToEnd } from '../support/run-to-end.ts'
import { System } from '../support/system.ts'

const hook = new URL('../fixtures/note-certificates.ts', import.meta.url).href

let directory: string
let list: string
let noting: Readonly<Record<string, string>>

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-certificates-'))
  list = join(directory, 'certificates')
  noting = { NODE_OPTIONS: `--import=${hook}`, CERTIFICATES_FILE: list }
  await writeFile(list, '')
})

afterEach(() => rm(directory, { recursive: true }))

it('CA certificates that a mapping trusts are not parsed in the process of config-api', async () => {
  const ca = await createCa()
  const identity = await ca.issue({ commonName: 'client' })
  const system = await System.start({ configApiOnly: true, configApiEnv: noting })
  try {
    const tenant = await system.newTenant()
    const { id: certificationId } = await tenant.saveCertificate('c1', identity)
    const mapping = { certificationId, serviceId: 'IDP', url: 'https://a.example/1', name: 'm1' }
    const trusted = await tenant.map({ ...mapping, targetTrust: { caCertificates: ca.certificate } })
    expect(trusted).toMatchObject({ targetTrust: { caCertificates: ca.certificate } })
    const damaged = `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`
    const wrong = { ...mapping, name: 'm2', url: 'https://a.example/2', targetTrust: { caCertificates: damaged } }
    expect((await tenant.api.json('POST', tenant.path('mappings'), [wrong])).status).toBe(422)
    expect(await readFile(list, 'utf8')).toBe('')
  } finally {
    await system.stop()
  }
})

it('certificates that a target sends are not parsed in the process of config-api', async () => {
  const ca = await createCa()
  const identity = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  const system = await System.start({ configApiOnly: true, configApiEnv: noting })
  const target = await startMtlsTarget({
    serverIdentity: { ...identity, chain: [...identity.chain, ''] },
    clientCa: ca.certificate,
  })
  try {
    const tenant = await system.newTenant()
    const { body } = await tenant.api.json('POST', tenant.path('target-ca'), { url: target.url })
    expect(body).toMatchObject({ result: 'found', ca: { pem: ca.certificate } })
    expect(await readFile(list, 'utf8')).toBe('')
  } finally {
    await target.close()
    await system.stop()
  }
})

it('a certificate that a process parses is noted', async () => {
  const script = join(directory, 'parse.mjs')
  const { certificate } = await createCa()
  await writeFile(
    script,
    `import { X509Certificate } from 'node:crypto'\nnew X509Certificate(${JSON.stringify(certificate)})\n`,
  )
  expect(await runToEnd(script, noting)).toMatchObject({ code: 0 })
  expect(await readFile(list, 'utf8')).toBe('parsed\n')
})
