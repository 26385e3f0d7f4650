import { describe, expect, it } from '@jest/globals'
import { type MappingId, parseAccountId, parseMappingId, ServiceCatalogue } from '@mtls-gateway/domain'
import { type MappingBody, MappingRequestReader } from '../src/mappings/mapping-request.ts'

const account = parseAccountId('le123')
const reader = new MappingRequestReader(new ServiceCatalogue())
const nextId = () => parseMappingId(7) as MappingId
const body: MappingBody = {
  name: 'm',
  url: 'https://T.example',
  serviceId: 'IDP',
  certificationId: '12',
  siteId: 'le123',
}

function faultsOf(read: () => unknown) {
  try {
    read()
  } catch (error) {
    return (error as { details: { errors: { index: number; code: string }[] } }).details.errors
  }
  throw new Error('nothing was thrown')
}

describe('a new mapping', () => {
  it('is read in the forms that clients send', () => {
    const wanted = { id: 7, name: 'm', url: 'https://t.example/', serviceId: '1', certificateId: 12, enable: true }
    expect(reader.readNew(account, [body, { ...body, serviceId: 1, certificationId: 12 }], nextId)).toEqual([
      wanted,
      wanted,
    ])
  })

  it('is for a pattern where its url is one', () => {
    const [mapping] = reader.readNew(account, [{ ...body, url: 'https://*.T.example:443/a/*' }], nextId)
    expect(mapping?.url).toBe('https://*.t.example/a/*')
  })

  it.each([
    [{ ...body, siteId: 'other' }, 'SITE_ID_MISMATCH'],
    [{ ...body, serviceId: 'NOBODY' }, 'UNKNOWN_SERVICE'],
    [{ ...body, url: 'http://t.example/' }, 'TARGET_URL_NOT_HTTPS'],
    [{ ...body, url: 'https://t.example/../x' }, 'TARGET_URL_NOT_CANONICAL'],
    [{ ...body, url: 'https://t.example/a*' }, 'TARGET_URL_NOT_CANONICAL'],
    [{ ...body, url: 'https://a.*.example/' }, 'TARGET_URL_NOT_CANONICAL'],
    [{ ...body, certificationId: 'x' }, 'VALIDATION_FAILED'],
    [{ ...body, name: undefined }, 'VALIDATION_FAILED'],
    [{ ...body, deleted: true }, 'VALIDATION_FAILED'],
  ] as [MappingBody, string][])('is refused by index: %j', (wrong, code) => {
    expect(faultsOf(() => reader.readNew(account, [body, wrong], nextId))).toMatchObject([{ index: 1, code }])
  })
})

describe('an update', () => {
  it('leaves out what it does not change', () => {
    const [update] = reader.readUpdates(account, [{ id: '5', enable: false }])
    expect(update).toEqual({ id: 5, enable: false })
  })

  it('needs an id', () => {
    expect(faultsOf(() => reader.readUpdates(account, [{ name: 'x' }]))).toMatchObject([{ code: 'VALIDATION_FAILED' }])
  })
})
