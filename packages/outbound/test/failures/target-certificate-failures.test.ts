import { execFileSync } from 'node:child_process'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  createCa,
  type IssuedCertificate,
  type MtlsTarget,
  startMtlsTarget,
  type TestCa,
  withTools,
} from '@mtls-gateway/test-kit'
import type { UpstreamPools } from '../../src/index.ts'
import { acme, failureOf, openUpstreamPools } from '../support/outbound-fixture.ts'

const hour = 3_600_000
const localhost = { commonName: 'localhost', dnsNames: ['localhost'] }

withTools(describe, 'openssl')('a target whose certificate', () => {
  let trusted: TestCa
  let unknown: TestCa
  let upstreams: UpstreamPools
  let target: MtlsTarget | undefined

  beforeAll(async () => {
    ;[trusted, unknown] = await Promise.all([createCa(), createCa()])
  })
  beforeEach(() => {
    target = undefined
    upstreams = openUpstreamPools({ extraCa: [trusted.certificate] })
  })
  afterEach(async () => {
    await upstreams.destroy()
    await target?.close()
  })

  it.each<[string, string, () => Promise<IssuedCertificate>]>([
    [
      'has expired',
      'CERT_HAS_EXPIRED',
      () => trusted.issue({ ...localhost, notAfter: new Date(Date.now() - hour / 2) }),
    ],
    [
      'is not valid yet',
      'CERT_NOT_YET_VALID',
      () => trusted.issue({ ...localhost, notBefore: new Date(Date.now() + hour) }),
    ],
    [
      'is for another name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      () => trusted.issue({ commonName: 'localhost', dnsNames: ['other.example'] }),
    ],
    ['has no name', 'ERR_TLS_CERT_ALTNAME_INVALID', () => trusted.issue({ commonName: '' })],
    ['is from an unknown CA', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', () => unknown.issue(localhost)],
    [
      'is from an unknown CA by an intermediate',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      async () => (await unknown.createIntermediate('Issuing CA')).issue(localhost),
    ],
    [
      'comes with a private root',
      'SELF_SIGNED_CERT_IN_CHAIN',
      async () => {
        const issued = await unknown.issue(localhost)
        return { ...issued, chain: [...issued.chain, ...issued.chain] }
      },
    ],
    ['is self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', async () => selfSigned()],
    [
      'is not for servers',
      'TARGET_CERTIFICATE_INVALID',
      () => trusted.issue({ ...localhost, extendedKeyUsage: ['clientAuth'] }),
    ],
  ])('%s: %s', async (_fault, code, issue) => {
    target = await startMtlsTarget({
      serverIdentity: await issue(),
      clientCa: trusted.certificate,
      requireClientCertificate: false,
    })
    const failure = await failureOf(upstreams, { accountId: acme }, target.url)
    expect(failure).toMatchObject({ code, phase: 'handshake' })
    expect(failure.message).toMatch(/^[\x20-\x7e]+$/)
    expect(failure.message).toContain(`localhost:${target.port}`)
    expect(target.seen).toEqual([])
  })
})

/** As people make it by hand. */
function selfSigned(): IssuedCertificate {
  const command = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -subj /CN=localhost'
  const pem = execFileSync('openssl', command.split(' '), { encoding: 'utf8', stdio: 'pipe' })
  const at = pem.indexOf('-----BEGIN CERTIFICATE')
  return { privateKey: pem.slice(0, at), certificate: pem.slice(at), chain: [], fingerprintSha256: '' }
}
