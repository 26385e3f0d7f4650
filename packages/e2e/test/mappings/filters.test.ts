import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

let system: SharedSystem
let tenant: Tenant
let other: number

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  const identity = await (await createCa()).issue({ commonName: 'client' })
  const [first, second] = await tenant.saveCertificates(['first', 'second'], identity)
  if (!first || !second) throw new Error('two certificates should have been saved')
  other = second.id
  const mapping = { certificationId: first.id, serviceId: 'IDP' }
  const made = [
    { ...mapping, name: 'a', url: 'https://bank.example/token' },
    { ...mapping, name: 'Bank', url: 'https://b.example/', serviceId: 'FAAS' },
    { ...mapping, name: 'c', url: 'https://c.example/', certificationId: second.id },
    { ...mapping, name: 'd', url: 'https://d.example/%2A', enable: false },
  ]
  mustBe(201, await tenant.api.json('POST', tenant.path('mappings'), made))
})

afterAll(() => system?.stop())

const listed = (query: string) => tenant.api.json<Mapping[]>('GET', tenant.path(`mappings?${query}`))
const names = async (query: string) => (await listed(query)).body.map(({ name }) => name)

describe('a list of mappings', () => {
  it.each([
    ['search=bank', ['a', 'Bank']],
    ['search=', ['a', 'Bank', 'c', 'd']],
    ['search=%252A', ['d']],
    ['service=IDP', ['a', 'c', 'd']],
    ['service=3', ['Bank']],
    ['enable=false', ['d']],
    ['enable=true&service=IDP', ['a', 'c']],
    ['search=bank&service=FAAS', ['Bank']],
    ['certificateId=1', []],
  ])('has those that are asked for: %s', async (query, expected) => {
    expect(await names(query)).toEqual(expected)
  })

  it('has those of a certificate', async () => {
    expect(await names(`certificateId=${other}`)).toEqual(['c'])
  })

  it('comes in pages with its filter', async () => {
    const { body, headers } = await listed('search=BANK&limit=1')
    const next = /^<\?([^>]*)>; rel="next"$/.exec(String(headers.link))?.[1] ?? ''
    const last = await listed(next)
    expect(last.headers).not.toHaveProperty('link')
    expect([...body, ...last.body].map(({ name }) => name).sort()).toEqual(['Bank', 'a'])
  })

  it.each([
    ['service=NONE', 'UNKNOWN_SERVICE'],
    ['enable=yes', 'VALIDATION_FAILED'],
    ['certificateId=c1', 'VALIDATION_FAILED'],
    ['search=a&search=b', 'VALIDATION_FAILED'],
    [`search=${'a'.repeat(2_049)}`, 'LIMIT_EXCEEDED'],
  ])('refuses %s', async (query, code) => {
    expectProblem(await listed(query), 400, code)
  })
})
