import { describe, expect, it } from '@jest/globals'
import { configApi, forwarderApi, type Operation } from '../src/index.ts'

const operations: readonly Operation[] = [configApi, forwarderApi].flatMap((service): Operation[] =>
  Object.values(service.operations),
)

it('clients send no credentials where anyone may call', () => {
  for (const { id, credentials, open = false } of operations)
    expect({ id, open }).toEqual({ id, open: credentials === 'none' })
})

describe.each(operations.map((operation) => [operation.id, operation] as const))('%s', (_, operation) => {
  const { body, answers } = operation

  it('has examples that fit their schemas', () => {
    if (body?.example !== undefined) expect(body.json?.safeParse(body.example).error?.issues).toBeUndefined()
    for (const { json, example } of Object.values(answers)) {
      if (json) expect(json.safeParse(example).error?.issues).toBeUndefined()
    }
  })

  it('has an example for each JSON body and answer', () => {
    if (body?.json) expect(body.example).toBeDefined()
    for (const { json, example } of Object.values(answers)) if (json) expect(example).toBeDefined()
  })
})
