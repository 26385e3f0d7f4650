import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createCa,
  type RevocationAuthority,
  startRevocationAuthority,
  startTestTarget,
  type TestCa,
  type TestTarget,
  withTools,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { Certificate } from '../support/wire.ts'

let ca: TestCa
let authority: RevocationAuthority
let hook: TestTarget
let system: System
let tenant: Tenant
const told: { readonly type: string; readonly data: { readonly name: string } }[] = []

const list = async (query: string) =>
  (await tenant.api.json<Certificate[]>('GET', tenant.path(`certificates?${query}`))).body
const named = async (query: string) => (await list(query)).map(({ name }) => name)
const metric = async (name: string) => {
  const text = await (await fetch(`${system.configApi.managementUrl}/metrics`)).text()
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1])
}

withTools(describe, 'openssl')('revocation', () => {
  beforeAll(async () => {
    ca = await createCa({ name: 'Revoking CA' })
    authority = await startRevocationAuthority(ca)
    hook = await startTestTarget({
      requireClientCertificate: false,
      handler: async (request, response) => {
        told.push(JSON.parse((await request.toArray()).join('')))
        response.writeHead(204).end()
      },
    })
    system = await System.start({ configApiOnly: true, targets: [hook], env: { REVOCATION_CHECK_INTERVAL: '300ms' } })
    tenant = await system.newTenant()
  })

  afterAll(async () => {
    await system?.stop()
    await hook?.close()
    await authority?.close()
  })

  it('a certificate that its issuer has revoked is found and told once, until it is replaced', async () => {
    const { ocspUrl, crlUrl } = authority
    const byOcsp = await ca.issue({ commonName: 'by-ocsp', ocspUrl })
    const byCrl = await ca.issue({ commonName: 'by-crl', crlUrl, ocspUrl: 'http://127.0.0.1:9/' })
    const sound = await ca.issue({ commonName: 'sound', ocspUrl, crlUrl })
    const silent = await ca.issue({ commonName: 'silent' })
    await authority.know(byOcsp.certificate, byCrl.certificate, sound.certificate)
    const notices = [{ channel: 'webhook', to: `${hook.url}/notices`, events: ['certificate.revoked'] }]
    await tenant.api.json('PUT', tenant.path('settings'), { notices })
    for (const [name, identity] of Object.entries({ byOcsp, byCrl, sound, silent })) {
      await tenant.saveCertificate(name, identity)
    }
    const { id } = (await list('search=byOcsp'))[0] ?? { id: 0 }
    await authority.revoke(byOcsp.certificate, 'keyCompromise')
    await authority.revoke(byCrl.certificate, 'superseded')

    await eventually(
      () => named('revoked=true'),
      (names) => names.length === 2,
    )
    expect(await named('revoked=true')).toEqual(['byOcsp', 'byCrl'])
    expect(await named('revoked=false')).toEqual(['sound', 'silent'])
    const [first, second] = await list('revoked=true')
    expect(first).toMatchObject({
      warnings: ['CERTIFICATE_REVOKED'],
      revocation: { reason: 'keyCompromise', source: 'ocsp' },
    })
    expect(second).toMatchObject({ revocation: { reason: 'superseded', source: 'crl' } })
    await eventually(
      async () => told,
      (facts) => facts.length >= 2,
    )
    await eventually(
      () => metric('certificates_revoked'),
      (count) => count === 2,
    )
    expect(await metric('revocation_checks_total{outcome="unasked"}')).toBeGreaterThan(0)
    // Told once, however often it is found.
    expect(told.map(({ type, data }) => `${type} ${data.name}`).toSorted()).toEqual([
      'certificate.revoked byCrl',
      'certificate.revoked byOcsp',
    ])
    // A new version is not revoked; the one before is forgotten.
    await tenant.api.json('PUT', tenant.path('certificates'), [
      { id, certificate: sound.certificate + sound.chain.join(''), privateKey: sound.privateKey },
    ])
    expect(await named('revoked=true')).toEqual(['byCrl'])
  })
})
