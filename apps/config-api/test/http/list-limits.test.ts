import { describe, expect, it } from '@jest/globals'
import { appKeyRequest, mappingOperations, targetTlsRequest, targetTrustRequest } from '@mtls-gateway/contract'
import { bodySchema, validationError } from '@mtls-gateway/service-kit'

interface Watched {
  readonly list: readonly unknown[]
  looks(): number
}

/** A million entries, and how many of them have been read. */
function watchedList(): Watched {
  let looks = 0
  const list = new Proxy(new Array(1_000_000).fill(0), {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1
      return Reflect.get(target, key, receiver)
    },
  })
  return { list, looks: () => looks }
}

describe('a list that is too long', () => {
  it.each([
    { what: 'scopes', schema: appKeyRequest, bodyWith: (scopes: unknown) => ({ label: 'x', scopes }), limit: 4 },
    { what: 'groups', schema: targetTlsRequest, bodyWith: (groups: unknown) => ({ groups }), limit: 16 },
    { what: 'spkiPins', schema: targetTrustRequest, bodyWith: (spkiPins: unknown) => ({ spkiPins }), limit: 10 },
  ])('of $what is one fault, told before an entry is looked at', ({ what, schema, bodyWith, limit }) => {
    const { list, looks } = watchedList()
    const { error } = schema.safeParse(bodyWith(list))
    expect(error?.issues).toHaveLength(1)
    expect(validationError(error?.issues ?? [])).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { field: what, limit },
    })
    expect(looks()).toBe(0)
  })

  it('of pins is told with the index of its mapping', async () => {
    const { list, looks } = watchedList()
    const { issues } = await bodySchema(mappingOperations.createMappings)['~standard'].validate([
      {},
      { targetTrust: { spkiPins: list } },
    ])
    expect(validationError(issues ?? [])).toMatchObject({ details: { field: '1.targetTrust.spkiPins', limit: 10 } })
    expect(looks()).toBe(0)
  })
})
