import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiResponse, createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { System } from '../support/system.ts'
import { certificateEntry } from '../support/tenant.ts'
import type { Certificate } from '../support/wire.ts'

let identity: IssuedCertificate
let system: System

beforeAll(async () => {
  identity = await (await createCa()).issue({ commonName: 'raced' })
  system = await System.start({ configApiOnly: true })
})

afterAll(() => system?.stop())

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

function expectOneWinner(answers: readonly ApiResponse<unknown>[], code: string): void {
  const statuses = answers.map(({ status }) => status).sort()
  expect(statuses).toEqual([201, ...times(answers.length - 1, () => 409)])
  for (const { status, body } of answers) if (status === 409) expect(JSON.stringify(body)).toContain(code)
}

describe('20 concurrent creates', () => {
  it('of the same certificate name have one winner', async () => {
    const tenant = await system.newTenant()
    const entry = certificateEntry('same', identity)
    const answers = await Promise.all(times(20, () => tenant.api.json('POST', tenant.path('certificates'), [entry])))
    expectOneWinner(answers, 'CERTIFICATE_NAME_TAKEN')
    expect((await tenant.api.json<unknown[]>('GET', tenant.path('certificates'))).body).toHaveLength(1)
  })

  it('of the same mapping triplet have one winner', async () => {
    const tenant = await system.newTenant()
    const { id: certificationId } = await tenant.saveCertificate('c1', identity)
    const mapping = { certificationId, serviceId: 'IDP', enable: true, url: 'https://target.example/' }
    const answers = await Promise.all(
      times(20, (index) => tenant.api.json('POST', tenant.path('mappings'), [{ ...mapping, name: `m${index}` }])),
    )
    expectOneWinner(answers, 'MAPPING_ALREADY_EXISTS')
    expect((await tenant.api.json<unknown[]>('GET', tenant.path('mappings'))).body).toHaveLength(1)
  })
})

describe('100 concurrent creates of different ones', () => {
  it('all succeed: certificates', async () => {
    const tenant = await system.newTenant()
    const { p12, password } = certificateEntry('', identity)
    const answers = await Promise.all(
      times(100, (index) =>
        tenant.api.json('POST', tenant.path('certificates'), [{ name: `c${index}`, p12, password }]),
      ),
    )
    expect(answers.filter(({ status }) => status !== 201)).toEqual([])
    const list = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    expect(new Set(list.body.map(({ name }) => name)).size).toBe(100)
    expect(new Set(list.body.map(({ id }) => id)).size).toBe(100)
  })

  it('all succeed: mappings', async () => {
    const tenant = await system.newTenant()
    const { id: certificationId } = await tenant.saveCertificate('c1', identity)
    const answers = await Promise.all(
      times(100, (index) => {
        const mapping = { certificationId, serviceId: 'IDP', enable: true, url: `https://target.example/${index}` }
        return tenant.api.json('POST', tenant.path('mappings'), [{ ...mapping, name: `m${index}` }])
      }),
    )
    expect(answers.filter(({ status }) => status !== 201)).toEqual([])
    expect((await tenant.api.json<unknown[]>('GET', tenant.path('mappings'))).body).toHaveLength(100)
  })
})
