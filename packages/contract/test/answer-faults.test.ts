import { describe, expect, it } from '@jest/globals'
import {
  answerFaults,
  certificateOperations,
  forwardOperations,
  type GivenAnswer,
  type Operation,
} from '../src/index.ts'

const { getCertificate, deleteCertificate, createCertificates, downloadCertificate } = certificateOperations
const certificate = getCertificate.answers[200]?.example as object
const json = { 'content-type': 'application/json; charset=utf-8' }
const problemJson = { 'content-type': 'application/problem+json; charset=utf-8' }

function problem(code: string, status: number, more: object = {}): GivenAnswer {
  const body = { type: `urn:mtls-gateway:problem:${code}`, title: 'x', status, code, detail: 'x', instance: 'r' }
  return { status, headers: problemJson, body: JSON.stringify({ ...body, ...more }) }
}

function faults(operation: Operation, answer: GivenAnswer, hasIdempotencyKey = false): readonly string[] {
  return answerFaults(operation, { method: operation.method, hasIdempotencyKey }, answer)
}

const ok = (body: unknown): GivenAnswer => ({ status: 200, headers: json, body: JSON.stringify(body) })

describe('an answer', () => {
  it('that the contract says has no fault', () => {
    expect(faults(getCertificate, ok(certificate))).toEqual([])
    expect(
      faults(downloadCertificate, { status: 200, headers: { 'content-type': 'application/x-pem-file' }, body: '' }),
    ).toEqual([])
  })

  it('with a field more or less is told', () => {
    const { id: _, ...less } = certificate as { id: number }
    expect(faults(getCertificate, ok({ ...certificate, color: 'red' }))).toEqual([expect.stringContaining('color')])
    expect(faults(getCertificate, ok(less))).toEqual([expect.stringMatching(/^id: /)])
  })

  it('with another status or type is told', () => {
    expect(faults(getCertificate, { ...ok(certificate), status: 201 })).toEqual(['status 201 is not documented'])
    const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '' }
    expect(faults(getCertificate, html)).toEqual(['type "text/html" is not documented'])
  })

  it('to a request that came before may tell that something is gone', () => {
    const gone = ok({ id: 7, deleted: true })
    expect(faults(deleteCertificate, gone, true)).toEqual([])
    expect(faults(deleteCertificate, gone)).not.toEqual([])
  })
})

describe('a problem', () => {
  it('has a code of its operation, and the status of its code', () => {
    expect(faults(getCertificate, problem('CERTIFICATE_NOT_FOUND', 404))).toEqual([])
    expect(faults(getCertificate, problem('CERTIFICATE_IN_USE', 409))).toEqual([
      'code CERTIFICATE_IN_USE is not documented',
    ])
    expect(faults(getCertificate, problem('CERTIFICATE_NOT_FOUND', 400))).toEqual([
      'status 400 is not that of CERTIFICATE_NOT_FOUND',
    ])
  })

  it('has no details that are not documented', () => {
    expect(faults(createCertificates, problem('LIMIT_EXCEEDED', 400, { field: 'name', limit: 128 }))).toEqual([])
    expect(faults(createCertificates, problem('LIMIT_EXCEEDED', 400, { stack: 'x' }))).toEqual([
      expect.stringContaining('stack'),
    ])
  })
})

describe('an answer to a forward', () => {
  const { forwardGet } = forwardOperations

  it("is the target's, whatever it is, unless the gateway says that it answers", () => {
    expect(faults(forwardGet, { status: 418, headers: {}, body: 'tea' })).toEqual([])
    const own = { ...problem('CERTIFICATE_IN_USE', 409), headers: { ...problemJson, 'lp-answered-by': 'gateway' } }
    expect(faults(forwardGet, own)).toEqual(['code CERTIFICATE_IN_USE is not documented'])
  })
})
