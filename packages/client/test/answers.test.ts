import type { ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { ApprovalRequested, createConfigApiClient, GatewayProblem, UnexpectedAnswer } from '../src/index.ts'
import { sendJson, sendProblem, startServer } from './recording-server.ts'

async function clientOf(answer: (response: ServerResponse) => void) {
  const { url } = await startServer(answer)
  return createConfigApiClient({ baseUrl: url, accountId: 'le1', token: 'secret' })
}

describe('a good answer', () => {
  it('has its body, its text and its ETag', async () => {
    const client = await clientOf((response) => sendJson(response, { unmappedCalls: 'plain' }, { etag: '"12"' }))
    expect(await client.getSettings()).toMatchObject({
      status: 200,
      body: { unmappedCalls: 'plain' },
      text: '{"unmappedCalls":"plain"}',
      etag: '"12"',
      isDelayed: false,
    })
  })

  it('has a strong ETag also where a proxy has compressed it', async () => {
    const client = await clientOf((response) => sendJson(response, {}, { etag: 'W/"12"' }))
    expect(await client.getSettings()).toMatchObject({ etag: '"12"' })
  })

  it('tells of a change that forwarders do not know yet', async () => {
    const client = await clientOf((response) => sendJson(response, {}, { 'lp-change-notice': 'delayed' }))
    expect(await client.rollBack({ certificateId: 7 })).toMatchObject({ etag: null, isDelayed: true })
  })

  it('is PEM where that is asked for', async () => {
    const client = await clientOf((response) =>
      response.writeHead(200, { 'content-type': 'application/x-pem-file' }).end('-----BEGIN'),
    )
    expect((await client.downloadCertificate({ certificateId: 7 })).body).toBe('-----BEGIN')
  })
})

describe('a change that waits for approval', () => {
  const approval = { id: 'r1', state: 'open', actions: ['app-key-forward'], expiresAt: '2027-01-31T00:00:00.000Z' }
  const waits = (body: unknown) => (response: ServerResponse) =>
    response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(body))

  it('rejects with the request, and with what is shown only now', async () => {
    const answer = { appKey: 'le1.k1', appSecret: 's' }
    const client = await clientOf(waits({ approval, answer }))
    const waiting = await client.createAppKey({ body: { label: 'billing' } }).catch((error: unknown) => error)
    if (!(waiting instanceof ApprovalRequested)) throw waiting
    expect(waiting).toMatchObject({ approval, answer, text: JSON.stringify({ approval, answer }) })
    expect(waiting.message).toMatch(/^Not done yet: .* until 2027-01-31T00:00:00.000Z \(request r1\)\.$/)
  })

  it('is not a certificate that was ordered, and comes later', async () => {
    const ordered = { certificate: { id: 7 }, plan: { state: 'ordered' } }
    const client = await clientOf(waits(ordered))
    const body = { name: 'later', profile: 'office', subject: { commonName: 'later' } }
    expect(await client.issueCertificate({ body })).toMatchObject({ status: 202, body: ordered })
  })

  it('is nothing that another 202 can be taken for', async () => {
    for (const body of [{}, null, { approval: null }, { approval: {} }]) {
      await expect((await clientOf(waits(body))).rollBack({ certificateId: 7 })).rejects.toThrow(UnexpectedAnswer)
    }
  })
})

describe('a problem', () => {
  it('rejects with its code, its status, its sentence and all that it says', async () => {
    const client = await clientOf((response) =>
      sendProblem(response, {
        status: 409,
        code: 'CERTIFICATE_IN_USE',
        detail: 'The mapping "m1" uses it.',
        mappings: [{ id: 7, name: 'm1' }],
      }),
    )
    const problem = await client.deleteCertificate({ certificateId: 7 }).catch((error: unknown) => error)
    if (!(problem instanceof GatewayProblem)) throw problem
    const { code, status, detail, requestId } = problem
    const facts = { code: 'CERTIFICATE_IN_USE', status: 409, detail: 'The mapping "m1" uses it.', requestId: 'r1' }
    expect({ code, status, detail, requestId }).toEqual(facts)
    expect(problem.problem.mappings).toEqual([{ id: 7, name: 'm1' }])
    expect(problem.message).toBe('CERTIFICATE_IN_USE: The mapping "m1" uses it.')
    expect(problem.retryAfterMs).toBeUndefined()
  })

  it.each([
    { value: '3', ms: 3_000 },
    { value: 'Thu, 01 Jan 2026 00:00:00 GMT', ms: 0 },
    { value: 'soon', ms: undefined },
  ])('says when to try again: $value', async ({ value, ms }) => {
    const client = await clientOf((response) =>
      sendProblem(response, { status: 503, code: 'ACCOUNT_BUSY', headers: { 'retry-after': value } }),
    )
    await expect(client.getSettings()).rejects.toMatchObject({ code: 'ACCOUNT_BUSY', retryAfterMs: ms })
  })
})

describe('what is no answer of the gateway', () => {
  const html = { 'content-type': 'text/html' }
  it.each<{ readonly what: string; readonly answer: (response: ServerResponse) => void }>([
    { what: 'a page', answer: (response) => response.writeHead(200, html).end('<p>') },
    { what: 'a failure of a proxy', answer: (response) => response.writeHead(502, html).end('<p>') },
    {
      what: 'a redirect, which is not followed',
      answer: (response) => response.writeHead(302, { location: '/' }).end(),
    },
    {
      what: 'cut JSON',
      answer: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    },
    {
      what: 'a problem without a code',
      answer: (response) => response.writeHead(400, { 'content-type': 'application/problem+json' }).end('{}'),
    },
    {
      what: 'a problem that is no JSON',
      answer: (response) => response.writeHead(400, { 'content-type': 'application/problem+json' }).end('{'),
    },
  ])('rejects: $what', async ({ answer }) => {
    await expect((await clientOf(answer)).getSettings()).rejects.toThrow(UnexpectedAnswer)
  })
})
