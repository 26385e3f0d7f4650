import { describe, expect, it } from '@jest/globals'
import type { MappingQuery } from '@mtls-gateway/contract'
import {
  type Mapping,
  parseCertificateId,
  parseMappingId,
  parseMappingUrl,
  ServiceCatalogue,
} from '@mtls-gateway/domain'
import { mappingFilter } from '../../src/mappings/mapping-filter.ts'

const services = new ServiceCatalogue()

function mappingWith(parts: Partial<Mapping> = {}): Mapping {
  const id = parseMappingId(7)
  const certificateId = parseCertificateId(17)
  if (!id || !certificateId) throw new TypeError('they are ids')
  const url = parseMappingUrl('https://bank.example/Token')
  return { id, name: 'My Bank', serviceId: '1', url, enable: true, certificateId, revision: 1, ...parts }
}

const isAskedFor = (query: MappingQuery, parts?: Partial<Mapping>) => mappingFilter(query, services)(mappingWith(parts))

describe('a mapping', () => {
  it.each<[MappingQuery]>([
    [{}],
    [{ search: '' }],
    [{ search: 'y bANK' }],
    [{ search: 'BANK.example/token' }],
    [{ service: 'IDP' }],
    [{ service: '1' }],
    [{ certificateId: 17 }],
    [{ enable: 'true' }],
    [{ search: 'bank', service: 'IDP', certificateId: 17, enable: 'true' }],
  ])('is asked for by %j', (query) => {
    expect(isAskedFor(query)).toBe(true)
  })

  it.each<[MappingQuery]>([
    [{ search: 'my bank.example' }],
    [{ service: 'FAAS' }],
    [{ certificateId: 7 }],
    [{ enable: 'false' }],
    [{ search: 'bank', enable: 'false' }],
  ])('is not asked for by %j', (query) => {
    expect(isAskedFor(query)).toBe(false)
  })

  it('is not looked for by a service that there is not', () => {
    expect(() => mappingFilter({ service: 'NONE' }, services)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SERVICE' }),
    )
  })
})
