import { describe, expect, it } from '@jest/globals'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'
import { idempotencyMark } from '../../src/http/idempotency-mark.ts'

function markOf(key: string, body: unknown) {
  const request = {
    method: 'PUT',
    originalUrl: '/mtls/account/acme/mappings/1',
    headers: { 'idempotency-key': key },
    body,
  }
  // The mark reads nothing else of a request.
  return idempotencyMark({ ...request, principal: { subject: 'cli' } } as unknown as AuthenticatedRequest)
}

const body = { targetAuth: { type: 'oauth2', secret: 'canary' } }

describe('the mark of a request with an Idempotency-Key', () => {
  it('is the same for the same request, and another one for another body', () => {
    expect(markOf('a', body)).toEqual(markOf('a', body))
    expect(markOf('a', { ...body, name: 'other' })?.key).toBe(markOf('a', body)?.key)
    expect(markOf('a', { ...body, name: 'other' })?.request).not.toBe(markOf('a', body)?.request)
  })

  it('tells nobody who does not know the key whether a guess at a secret in the body is right', () => {
    expect(markOf('b', body)?.request).not.toBe(markOf('a', body)?.request)
  })
})
