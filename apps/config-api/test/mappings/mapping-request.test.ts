import { afterAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import type { MappingRequest } from '@mtls-gateway/contract'
import { type MappingId, parseAccountId, parseMappingId, ServiceCatalogue } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { createCa } from '@mtls-gateway/test-kit'
import { CaCertificates } from '../../src/mappings/ca-certificates.ts'
import { MappingRequestReader } from '../../src/mappings/mapping-request.ts'

const account = parseAccountId('le123')
const keyMaterial = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks(), children: 1 })
const reader = new MappingRequestReader(new ServiceCatalogue(), new CaCertificates(keyMaterial))
afterAll(() => keyMaterial.close())
const nextId = () => parseMappingId(7) as MappingId
const body: MappingRequest = {
  name: 'm',
  url: 'https://T.example',
  serviceId: 'IDP',
  certificationId: '12',
  siteId: 'le123',
}

async function faultsOf(read: () => Promise<unknown>) {
  try {
    await read()
  } catch (error) {
    return (error as { details: { errors: { index: number; code: string; message: string }[] } }).details.errors
  }
  throw new Error('nothing was thrown')
}

describe('a new mapping', () => {
  it('is read in the forms that clients send', async () => {
    const wanted = { id: 7, name: 'm', url: 'https://t.example/', serviceId: '1', certificateId: 12, enable: true }
    expect(await reader.readNew(account, [body, { ...body, serviceId: 1, certificationId: 12 }], nextId)).toEqual([
      wanted,
      wanted,
    ])
  })

  it('is for a pattern where its url is one', async () => {
    const [mapping] = await reader.readNew(account, [{ ...body, url: 'https://*.T.example:443/a/*' }], nextId)
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
  ] as [MappingRequest, string][])('is refused by index: %j', async (wrong, code) => {
    expect(await faultsOf(() => reader.readNew(account, [body, wrong], nextId))).toMatchObject([{ index: 1, code }])
  })
})

describe('a long list', () => {
  it('is read in turns with everybody else', async () => {
    let turns = 0
    let isOver = false
    const count = () => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    const bodies = Array.from({ length: 1_000 }, (_, n) => ({ ...body, url: `https://t.example/${n}` }))
    expect(await reader.readNew(account, bodies, nextId)).toHaveLength(1_000)
    isOver = true
    expect(turns).toBeGreaterThan(2)
  })

  it('tells its faults by their place in it', async () => {
    const bodies = Array.from({ length: 120 }, (_, n) => ({
      ...body,
      url: n % 55 === 54 ? 'http://t.example' : body.url,
    }))
    expect(await faultsOf(() => reader.readNew(account, bodies, nextId))).toMatchObject([{ index: 54 }, { index: 109 }])
  })
})

describe('an update', () => {
  it('leaves out what it does not change', async () => {
    const [update] = await reader.readUpdates(account, [{ id: '5', enable: false }])
    expect(update).toEqual({ id: 5, enable: false })
  })

  it('needs an id', async () => {
    expect(await faultsOf(() => reader.readUpdates(account, [{ name: 'x' }]))).toMatchObject([
      { code: 'VALIDATION_FAILED' },
    ])
  })
})

describe('the TLS settings of mappings', () => {
  const offering = (targetTls: MappingRequest['targetTls']): MappingRequest => ({ ...body, targetTls })

  it('are read as they were given, each name once, and null removes them', async () => {
    const given = {
      ...({ minVersion: '1.2', maxVersion: '1.2', legacyRenegotiation: true } as const),
      ...{ ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'], groups: ['X25519', 'P-256'] },
    }
    const all: readonly MappingRequest['targetTls'][] = [
      given,
      { maxVersion: '1.3', legacyRenegotiation: false, groups: ['P-256', 'P-256'] },
      null,
    ]
    const read = await reader.readUpdates(
      account,
      all.map((targetTls) => ({ id: 1, targetTls })),
    )
    expect(read.map(({ targetTls }) => targetTls)).toEqual([given, { maxVersion: '1.3', groups: ['P-256'] }, null])
  })

  it('are refused where this OpenSSL cannot offer them, by the path of the field', async () => {
    const wrong: readonly [MappingRequest['targetTls'], string, RegExp][] = [
      [{}, 'targetTls', /says nothing/],
      [{ legacyRenegotiation: false, ciphers: [] }, 'targetTls', /says nothing/],
      [{ minVersion: '1.3', maxVersion: '1.2' }, 'targetTls.minVersion', /above/],
      [{ minVersion: '1.3', ciphers: ['AES128-SHA'] }, 'targetTls', /no version of TLS/],
      [{ ciphers: ['AES128-SHA', 'ALL'] }, 'targetTls.ciphers.1', /Write it as OpenSSL does/],
      [{ ciphers: ['AES128-SHA:@SECLEVEL=0'] }, 'targetTls.ciphers.0', /ECDHE-RSA-AES128-GCM-SHA256/],
      [{ ciphers: ['!AES128-SHA'] }, 'targetTls.ciphers.0', /Write it/],
      [{ ciphers: ['DHE-RSA-AES128-GCM-SHA256'] }, 'targetTls.ciphers.0', /DHE, PSK or SRP/],
      [{ ciphers: ['aes128-sha'] }, 'targetTls.ciphers.0', /Write it/],
      [{ groups: ['P-256', 'secp256k1'] }, 'targetTls.groups.1', /X25519MLKEM768, /],
      [{ groups: ['auto'] }, 'targetTls.groups.0', /There are/],
    ]
    const bodies = wrong.map(([targetTls]) => offering(targetTls))
    const faults = await faultsOf(() => reader.readNew(account, bodies, nextId))
    expect(faults).toMatchObject(wrong.map(([, field], index) => ({ index, code: 'TARGET_TLS_INVALID', field })))
    wrong.forEach(([, , message], index) => {
      expect(faults[index]?.message).toMatch(message)
    })
  })
})

describe('the CAs that mappings trust', () => {
  it('are read by child processes, and what is wrong with them is told by index', async () => {
    const [one, other] = await Promise.all([createCa(), createCa()])
    const trusting = (caCertificates: string): MappingRequest => ({ ...body, targetTrust: { caCertificates } })
    const read = await reader.readNew(
      account,
      [one, other, one].map(({ certificate }) => trusting(certificate)),
      nextId,
    )
    const normalised = (text = '') => text.replace(/\s/g, '')
    expect(read.map(({ targetTrust }) => normalised(targetTrust?.caCertificates?.join('')))).toEqual(
      [one, other, one].map(({ certificate }) => normalised(certificate)),
    )
    const damaged = one.certificate.replace(/MII/, 'MIJ')
    const wrong = [trusting(one.certificate), trusting(damaged), trusting(one.certificate.repeat(11))]
    expect(await faultsOf(() => reader.readNew(account, wrong, nextId))).toMatchObject([
      { index: 1, code: 'PEM_MALFORMED', field: 'targetTrust.caCertificates' },
      { index: 2, code: 'LIMIT_EXCEEDED', field: 'targetTrust.caCertificates' },
    ])
  })

  it('are read nowhere else', async () => {
    const closed = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks(), children: 1 })
    await closed.close()
    const alone = new MappingRequestReader(new ServiceCatalogue(), new CaCertificates(closed))
    const { certificate } = await createCa()
    const trusting = { ...body, targetTrust: { caCertificates: certificate } }
    await expect(alone.readNew(account, [trusting], nextId)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    await expect(alone.readNew(account, [body], nextId)).resolves.toHaveLength(1)
  })
})
