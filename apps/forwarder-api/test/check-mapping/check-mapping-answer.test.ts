import { describe, expect, it } from '@jest/globals'
import { checkMappingOperations } from '@mtls-gateway/contract'
import { bodySchema } from '@mtls-gateway/service-kit'
import { answerKey } from '../../src/check-mapping/check-mapping-answer.ts'

const { validate } = bodySchema(checkMappingOperations.checkMapping)['~standard']
const entry = { serviceName: 'IDP', accountId: 'le123', url: 'https://t.example/' }

describe('a check-mapping request', () => {
  it('is read with services by name and by number, and without unknown fields', async () => {
    const entries = [entry, { ...entry, serviceName: 1 }]
    expect(await validate(entries.map((each) => ({ ...each, more: true })))).toEqual({ value: entries })
  })

  it('of more than 1,000 entries is refused before one of them is looked at', () => {
    const entries = new Array(1_001).fill(entry)
    Object.defineProperty(entries, 0, {
      get() {
        throw new Error('looked at')
      },
    })
    expect(() => validate(entries)).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'body', limit: 1_000 } }),
    )
  })

  it.each([[[]], [{}], [[{}]], [[{ ...entry, url: 7 }]]])('is refused as %j', async (body) => {
    expect(await validate(body)).toHaveProperty('issues')
  })
})

describe('an answer of version 1', () => {
  it('is keyed as the wire has it', () => {
    expect(answerKey(entry)).toBe(
      "CertificateMappingParamters{serviceName='IDP', accountId='le123', url='https://t.example/'}",
    )
  })
})
