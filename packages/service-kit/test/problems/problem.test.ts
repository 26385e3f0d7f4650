import { describe, expect, it } from '@jest/globals'
import { problemStatus } from '@mtls-gateway/contract'
import { CodedError, errorCodes } from '@mtls-gateway/domain'
import { codedErrorOf, problemOf } from '../../src/index.ts'

function failure(facts: object): Error {
  return Object.assign(new Error('canary'), facts)
}

describe('a problem', () => {
  it('has a status for every code', () => {
    expect(Object.keys(problemStatus).sort()).toEqual([...errorCodes].sort())
    for (const status of Object.values(problemStatus)) expect(status >= 400 && status < 600).toBe(true)
  })

  it('is the document of RFC 9457 with the id of the request', () => {
    const error = new CodedError('CERTIFICATE_IN_USE', 'It is used.', { details: { mappings: ['m1'] } })
    expect(problemOf(error, 'r1')).toEqual({
      status: 409,
      headers: { 'content-type': 'application/problem+json; charset=utf-8', 'x-request-id': 'r1' },
      body: {
        type: 'urn:mtls-gateway:problem:CERTIFICATE_IN_USE',
        title: 'Certificate in use',
        status: 409,
        code: 'CERTIFICATE_IN_USE',
        detail: 'It is used.',
        instance: 'r1',
        mappings: ['m1'],
      },
    })
  })

  it.each([
    ['OAUTH_CREDENTIALS_INVALID', 'OAuth credentials invalid'],
    ['NOT_A_PKCS12', 'Not a PKCS#12'],
    ['TARGET_URL_NOT_HTTPS', 'Target URL not HTTPS'],
  ] as const)('has a title that spells %s as it is usually spelt', (code, title) => {
    expect(problemOf(new CodedError(code, 'A sentence.'), 'r1').body.title).toBe(title)
  })

  it('asks to wait at least a second', () => {
    const error = new CodedError('RATE_LIMITED', 'Wait.', { retryAfterSeconds: 0.004 })
    expect(problemOf(error, 'r1').headers['retry-after']).toBe('1')
  })

  it.each([
    new Error('canary'),
    'canary',
    undefined,
    null,
    { statusCode: 503, message: 'canary' },
    failure({ code: 'ECONNRESET' }),
  ])('of what was not made for callers tells nothing of it (%#)', (error) => {
    const { status, body } = problemOf(error, 'r1')
    expect([status, body.code]).toEqual([500, 'INTERNAL_ERROR'])
    expect(JSON.stringify(body)).not.toContain('canary')
  })
})

describe('an error of somebody else', () => {
  it.each([
    [{ code: 'FST_PARTS_LIMIT', statusCode: 413 }, 'LIMIT_EXCEEDED'],
    [{ code: 'FST_INVALID_MULTIPART_CONTENT_TYPE', statusCode: 406 }, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ code: 'FST_MP_PREMATURE_CLOSE', statusCode: 400 }, 'MALFORMED_MULTIPART'],
    [{ message: 'Unexpected end of multipart data' }, 'MALFORMED_MULTIPART'],
    [{ message: 'Part terminated early due to unexpected end of multipart data' }, 'MALFORMED_MULTIPART'],
    [{ message: 'Multipart: Boundary not found' }, 'MALFORMED_MULTIPART'],
    [{ code: 'ECONNRESET', statusCode: 400 }, 'MALFORMED_REQUEST'],
    [{ code: 'SOMETHING_NEW', statusCode: 418 }, 'MALFORMED_REQUEST'],
  ])('is known by its code or message: %j', (facts, code) => {
    expect(codedErrorOf(failure(facts)).code).toBe(code)
  })
})
