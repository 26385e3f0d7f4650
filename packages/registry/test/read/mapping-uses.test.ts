import { describe, expect, it } from '@jest/globals'
import { parseRecordId, tlsKey, trustKey } from '@mtls-gateway/domain'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleCertificate, sampleMapping } from '../sample-account.ts'

const trust = { caRecordId: parseRecordId('ca-record'), serverName: 'a.example' }

describe('what the mappings of an account use', () => {
  it('is each set of a current version, a trust and TLS settings that an enabled mapping has, and no other', async () => {
    const { reader, write } = await readerFixture()
    const [first, second, third, fourth] = ['c1', 'c2', 'c3', 'c4'].map((name, at) => sampleCertificate(name, at + 1))
    if (!first || !second || !third || !fourth) throw new Error('there are four')
    const mappings = [
      { ...sampleMapping({ id: 1 }), certificateId: first.id },
      { ...sampleMapping({ id: 2 }), certificateId: second.id, targetTrust: trust },
      { ...sampleMapping({ id: 3 }), certificateId: third.id, enable: false },
      { ...sampleMapping({ id: 4 }), certificateId: fourth.id, targetTls: { maxVersion: '1.2' } as const },
    ]
    await write(2, { certificates: [first, second, third, fourth], mappings })
    const account = await reader.get(accountId)
    const isMapped = ({ current }: typeof first, key?: string, tls?: string) =>
      account?.isMapped(current.versionId, key, tls)
    expect([isMapped(first), isMapped(first, trustKey(trust))]).toEqual([true, false])
    expect([isMapped(second), isMapped(second, trustKey(trust))]).toEqual([false, true])
    expect(isMapped(second, trustKey({ ...trust, serverName: 'b.example' }))).toBe(false)
    expect(isMapped(fourth)).toBe(false)
    expect(isMapped(fourth, undefined, tlsKey({ maxVersion: '1.2' }))).toBe(true)
    expect(isMapped(fourth, undefined, tlsKey({ minVersion: '1.2' }))).toBe(false)
    expect(isMapped(third)).toBe(false)
    expect(account?.isMapped('another', undefined, undefined)).toBe(false)
  })

  it('is also a version that a mapping names beside the one in use', async () => {
    const { reader, write } = await readerFixture()
    const certificate = sampleCertificate('c1')
    const next = { ...certificate.current, versionId: parseRecordId('next') }
    const mappings = [{ ...sampleMapping({ id: 1 }), certificateId: certificate.id, pinned: next.versionId }]
    await write(2, { certificates: [{ ...certificate, pinned: [next] }], mappings })
    const account = await reader.get(accountId)
    expect([...(account?.presentable.keys() ?? [])]).toEqual([certificate.current.versionId, 'next'])
    expect(account?.isMapped('next', undefined, undefined)).toBe(true)
  })
})
