import { describe, expect, it } from '@jest/globals'
import {
  type Activation,
  activateMapping,
  changedMappings,
  createCertificates,
  createMappings,
  parseMappingUrl,
  recordKeyUse,
  stageVersion,
  updateMappings,
} from '../../src/index.ts'
import {
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  uploaded,
  version,
} from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

const saved = createCertificates(context(), [newCertificate(1, 'c1'), newCertificate(2, 'c2')])
const url = parseMappingUrl('https://t.example/10')
const activate = (certificate = 1, to = url, id = 20) =>
  activateMapping(context(`activate-${id}`), mappingId(id), {
    certificateId: certificateId(certificate),
    serviceId: '1',
    url: to,
  })

describe('activating', () => {
  it('maps by the name of the certificate and the first number that is free', () => {
    const taken = createMappings(context('m'), [newMapping(10, 'c1-2', 1), newMapping(11, 'c1-3', 2)])
    const first = activate(1, parseMappingUrl('https://t.example/a'), 20)(after(saved, taken))
    expect(first.result.mapping).toMatchObject({ id: 20, name: 'c1-1', enable: true, certificateId: 1, serviceId: '1' })
    const second = activate(1, parseMappingUrl('https://t.example/b'), 21)(first.account)
    expect(second.result.mapping).toMatchObject({ id: 21, name: 'c1-4', revision: 4 })
  })

  it('shortens a name that has no room for a number', () => {
    const long = createCertificates(context(), [newCertificate(1, '😀'.repeat(128))])
    const { result } = activate()(after(long))
    expect(result.mapping.name).toBe(`${'😀'.repeat(126)}-1`)
  })

  it('can be repeated, and then changes nothing', () => {
    const once = activate()(after(saved)).account
    const { account, result } = activate(1, url, 99)(once)
    expect(account).toBe(once)
    expect(result.mapping).toMatchObject({ id: 20, name: 'c1-1' })
  })

  it('of what is mapped already takes no Idempotency-Key that was sent with another request', () => {
    const key = (request: string) => ({ ...context(`c-${request}`), idempotency: { key: 'key', request } })
    const activation = { certificateId: certificateId(1), serviceId: '1', url }
    const once = activateMapping(key('first'), mappingId(20), activation)(after(saved)).account
    const again = activateMapping(key('other'), mappingId(21), activation)
    expect(errorOf(() => again(once)).code).toBe('IDEMPOTENCY_KEY_REUSED')
  })

  it('enables what is mapped to the certificate already', () => {
    const disabled = updateMappings(context('off'), [{ id: mappingId(10), enable: false }])
    const account = after(saved, createMappings(context('m'), [newMapping(10, 'mine', 1)]), disabled)
    const { result } = activate()(account)
    expect(result.mapping).toMatchObject({ id: 10, name: 'mine', enable: true, revision: 4 })
  })

  it('does the same with its TLS settings', () => {
    const offering = (targetTls: Activation['targetTls']) =>
      activateMapping(context('tls'), mappingId(20), {
        certificateId: certificateId(1),
        serviceId: '1',
        url,
        targetTls,
      })
    const first = offering({ maxVersion: '1.2' })(after(saved))
    expect(offering(undefined)(first.account).account).toBe(first.account)
    const other = offering({ minVersion: '1.3' })(first.account)
    expect(other.result).toMatchObject({
      mapping: { targetTls: { minVersion: '1.3' } },
      before: { targetTls: { maxVersion: '1.2' } },
    })
    expect(offering(null)(other.account).result.mapping).not.toHaveProperty('targetTls')
  })

  it('replaces the trust of what is mapped already where it names one, and keeps it where it names none', () => {
    const trusting = (targetTrust: Activation['targetTrust']) =>
      activateMapping(context('trust'), mappingId(20), {
        certificateId: certificateId(1),
        serviceId: '1',
        url,
        targetTrust,
      })
    const first = trusting({ serverName: 'one.example' })(after(saved))
    expect(first.result.mapping.targetTrust).toEqual({ serverName: 'one.example' })
    expect(first.revoked).toEqual([])
    expect(trusting(undefined)(first.account).account).toBe(first.account)
    expect(trusting({ serverName: 'one.example' })(first.account).account).toBe(first.account)
    const other = trusting({ serverName: 'two.example' })(first.account)
    expect(other.result).toMatchObject({
      mapping: { id: 20, targetTrust: { serverName: 'two.example' }, revision: first.account.revision + 1 },
      before: { targetTrust: { serverName: 'one.example' } },
    })
    // Whom it trusted until then stops at once.
    expect(other.revoked).toEqual([changedMappings])
    expect(trusting(null)(other.account).result.mapping).not.toHaveProperty('targetTrust')
  })

  it('takes nothing away from another certificate', () => {
    const account = after(saved, createMappings(context('m'), [newMapping(10, 'other', 2)]))
    const error = errorOf(() => activate()(account))
    expect(error.code).toBe('MAPPING_ALREADY_EXISTS')
    expect(error.details.mapping).toEqual({ id: 10, name: 'other' })
    expect(errorOf(() => activate(7)(account)).code).toBe('CERTIFICATE_NOT_FOUND')
  })
})

describe('a use of a key', () => {
  const id = certificateId(1)
  const use = (name: string) =>
    recordKeyUse(context('use'), { id, versionId: version(name).versionId, purpose: 'probe' })

  it('is an entry of its own, and nothing else', () => {
    const account = after(saved, stageVersion(context('stage'), id, uploaded('next')))
    for (const name of ['v1', 'next']) {
      const { account: used } = use(name)(account)
      expect(used.certificates).toBe(account.certificates)
      expect(used.changes.at(-1)).toMatchObject({ action: 'certificates.use-key-to-probe', subjects: ['1 c1'] })
    }
  })

  it('tells the host that is called', () => {
    const { versionId } = version('v1')
    const tried = recordKeyUse(context('use'), { id, versionId, purpose: 'try', target: 'bank.example' })
    expect(tried(after(saved)).account.changes.at(-1)).toMatchObject({
      action: 'certificates.use-key-to-try',
      subjects: ['1 c1', 'bank.example'],
      subjectCount: 2,
    })
  })

  it('is refused where the certificate has another version by now', () => {
    expect(errorOf(() => use('next')(after(saved))).code).toBe('VERSION_CHANGED')
    expect(errorOf(() => use('v1')(after())).code).toBe('CERTIFICATE_NOT_FOUND')
  })
})
