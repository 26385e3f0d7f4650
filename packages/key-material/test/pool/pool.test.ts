import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { createCa, type IssuedCertificate, withTools } from '@mtls-gateway/test-kit'
import { exportPkcs12 } from '../support/openssl.ts'

withTools(describe, 'openssl')('the pool', () => {
  let pool: KeyMaterialPool
  let identity: IssuedCertificate

  beforeAll(async () => {
    pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
    identity = await (await createCa()).issue({ commonName: 'client' })
  })
  afterAll(() => pool.close())

  it('reads a P12 in a child into the one stored form', async () => {
    const bytes = await exportPkcs12(identity, 'secret', ['-name', 'my key'])
    const { report, material } = await pool.examine('one', { kind: 'pkcs12', bytes, password: 'secret' })
    expect(report.problems).toEqual([])
    expect(material).toMatchObject({
      privateKey: identity.privateKey,
      leaf: identity.certificate,
      chain: identity.chain,
    })
    expect(material?.facts).toMatchObject({
      fingerprintSha256: identity.fingerprintSha256,
      subject: 'CN=client',
      issuer: 'CN=Test CA',
      keyType: 'EC-P256',
      clientAuth: 'present',
      serialNumber: new X509Certificate(identity.certificate).serialNumber.toLowerCase(),
    })
    expect(report).toMatchObject({
      readable: true,
      readBy: 'pkijs',
      keys: [{ type: 'EC', curve: 'P-256', alias: 'my key' }],
    })
  })

  it('reads PEM in a child', async () => {
    const certificate = [...identity.chain, identity.certificate].join('')
    const { report, material } = await pool.examine('one', {
      kind: 'pem',
      certificate,
      privateKey: identity.privateKey,
    })
    expect(report).toMatchObject({ readable: true, readBy: 'node:crypto', container: null, problems: [] })
    expect(material).toMatchObject({
      privateKey: identity.privateKey,
      leaf: identity.certificate,
      chain: identity.chain,
    })
  })
})
