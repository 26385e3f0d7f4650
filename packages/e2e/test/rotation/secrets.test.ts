import { createPrivateKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { readRecord } from '@mtls-gateway/registry'
import { recordFolder } from '@mtls-gateway/secret-store'
import {
  type ApiResponse,
  type IssuedCertificate,
  readTree,
  startTestTarget,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { leaksOf } from '../support/leaks.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { Requested } from '../support/wire.ts'

describe('the private keys of a rotation', () => {
  let target: TestTarget
  let system: System
  let tenant: Tenant
  let rotation: Rotation
  /** PKCS#8 PEM, of what was uploaded and of what was made here. */
  let keys: readonly string[]
  let files: Record<string, Uint8Array>
  const answers: Record<string, string> = {}

  beforeAll(async () => {
    target = await startTestTarget()
    system = await System.start({ targets: [target], env: { LOG_LEVEL: 'trace' } })
    tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'secret' })
    const { certificate } = await tenant.onboard(identity, `${target.url}/`)
    rotation = new Rotation(tenant, certificate.id)
    await rotate(identity)
    keys = [identity.privateKey, ...(await storedKeys())]
    await Promise.all([system.stopConfigApi(), system.stopForwarderApi()])
    files = await readTree(system.dataDir)
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  function keep<T>(answer: ApiResponse<T>): ApiResponse<T> {
    const { status, headers, body } = answer
    const text = Buffer.isBuffer(body) ? body.toString('latin1') : JSON.stringify(body)
    answers[`answer ${Object.keys(answers).length}, status ${status}`] = JSON.stringify(headers) + text
    return answer
  }

  async function rotate(identity: IssuedCertificate): Promise<void> {
    keep(await rotation.stage(identity))
    keep(await rotation.post('staged/probe'))
    keep(await rotation.post('staged/probe', { urls: ['https://127.0.0.1:1/'] }))
    keep(await rotation.post(promotion))
    keep(await rotation.post('rollback'))
    const requested = keep(
      await rotation.post<Requested>('staged/csr', { keyType: 'EC-P256', subject: { commonName: 'made here' } }),
    )
    keep(await rotation.sign(identity.certificate))
    const { certificate, chain } = await target.clientCa.signRequest(requested.body.csr)
    keep(await rotation.sign(certificate + chain.join('')))
    keep(await rotation.post('staged/probe'))
    keep(await rotation.post(promotion))
    keep(await rotation.post('trial', { url: `${target.url}/tried` }))
    for (const url of [`${target.url}/activated`, 'https://127.0.0.1:1/']) {
      const path = tenant.path(`certificates/activate/${rotation.id}?isValidateUrlEnabled=true`)
      keep(await tenant.api.json('POST', path, { serviceName: 'IDP', url }))
    }
    for (const below of ['certificates', 'mappings', 'audit']) keep(await tenant.api.json('GET', tenant.path(below)))
    keep(await tenant.api.raw({ method: 'GET', path: rotation.path('download') }))
  }

  async function storedKeys(): Promise<readonly string[]> {
    const account = parseAccountId(tenant.id)
    const store = system.backends.openStore()
    try {
      const ids = (await store.list(recordFolder('keys', account))).map(parseRecordId)
      const records = await Promise.all(ids.map((id) => readRecord(store, 'keys', account, id)))
      return records.flatMap((record) => record?.privateKey ?? [])
    } finally {
      await store.close()
    }
  }

  function leaksIn(texts: Parameters<typeof leaksOf>[1]): readonly string[] {
    const secrets = keys.flatMap((pem, index) => [
      [`key ${index}`, Buffer.from(createPrivateKey(pem).export({ format: 'jwk' }).d ?? '', 'base64url')] as const,
      // One line of the base64 in the PEM, whose line breaks hide the bytes.
      [`the PEM of key ${index}`, pem.split('\n')[2] ?? ''] as const,
    ])
    return leaksOf(Object.fromEntries(secrets), texts)
  }

  it('are in no answer, no line that the services write, and no file', () => {
    const statuses = Object.keys(answers).map((name) => name.slice(-3))
    expect(statuses).toEqual([
      '201',
      '200',
      '400',
      '200',
      '200',
      '201',
      '422',
      '200',
      '200',
      '200',
      '200',
      '201',
      '424',
      '200',
      '200',
      '200',
      '200',
    ])
    // The keys of the upload, of its two staged copies, and of the request.
    expect(keys.length).toBeGreaterThanOrEqual(3)
    expect(leaksIn(answers)).toEqual([])
    expect(leaksIn({ 'the services’ output': system.output })).toEqual([])
    expect(leaksIn(files)).toEqual([])
    expect(leaksIn({ plain: keys.join('\n') }).length).toBeGreaterThanOrEqual(keys.length)
  })
})
