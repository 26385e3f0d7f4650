import { describe, expect, it } from '@jest/globals'
import { type Mapping, parseRecordId, trustKey } from '@mtls-gateway/domain'
import { MappingUses } from '../../src/read/account-snapshot.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleCertificate, sampleMapping } from '../sample-account.ts'

const trust = { caRecordId: parseRecordId('ca-record'), serverName: 'a.example' }

describe('what the mappings of an account use', () => {
  it('is each pair of a current version and a trust that an enabled mapping has, and no other', async () => {
    const { reader, write } = await readerFixture()
    const [first, second, third] = ['c1', 'c2', 'c3'].map((name, at) => sampleCertificate(name, at + 1))
    if (!first || !second || !third) throw new Error('there are three')
    const mappings = [
      { ...sampleMapping({ id: 1 }), certificateId: first.id },
      { ...sampleMapping({ id: 2 }), certificateId: second.id, targetTrust: trust },
      { ...sampleMapping({ id: 3 }), certificateId: third.id, enable: false },
    ]
    await write(2, { certificates: [first, second, third], mappings })
    const account = await reader.get(accountId)
    const isMapped = ({ current }: typeof first, key?: string) => account?.isMapped(current.versionId, key)
    expect([isMapped(first), isMapped(first, trustKey(trust))]).toEqual([true, false])
    expect([isMapped(second), isMapped(second, trustKey(trust))]).toEqual([false, true])
    expect(isMapped(second, trustKey({ ...trust, serverName: 'b.example' }))).toBe(false)
    expect(isMapped(third)).toBe(false)
    expect(account?.isMapped('another', undefined)).toBe(false)
  })

  it('is the same after changes as when it is counted anew', () => {
    const mapping = (id: number): Mapping => ({
      ...sampleMapping({ id }),
      certificateId: sampleCertificate('c', 1 + (id % 7)).id,
      enable: id % 5 !== 0,
      ...(id % 3 === 0 && { targetTrust: trust }),
    })
    let present = Array.from({ length: 20 }, (_, at) => mapping(at + 1))
    let uses = counted(present)
    for (let change = 0; change < 60; change++) {
      const gone = present.slice(0, 1 + (change % 2))
      const fresh = change % 3 === 0 ? [] : [mapping(100 + change)]
      present = [...present.slice(gone.length), ...fresh]
      uses = uses.replacing(gone, fresh)
      const anew = counted(present)
      for (let id = 1; id <= 7; id++) {
        const { id: certificateId } = sampleCertificate('c', id)
        for (const key of [undefined, trustKey(trust)]) {
          expect(uses.has(certificateId, key)).toBe(anew.has(certificateId, key))
        }
      }
    }
  })

  function counted(mappings: readonly Mapping[]): MappingUses {
    const uses = new MappingUses()
    for (const mapping of mappings) uses.add(mapping)
    return uses
  }
})
