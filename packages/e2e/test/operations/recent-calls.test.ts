import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Mapping, RecentCall } from '@mtls-gateway/contract'
import type { ApiClient, TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { signatureOf } from '../support/signed-call.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { AppKey, Certificate } from '../support/wire.ts'

let target: TestTarget
let system: SharedSystem
let tenant: Tenant
let caller: ApiClient
let appKey: AppKey
let onMute = () => {}
let certificate: Certificate
let mappingId: number

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget({
    handler: ({ url, socket }, response) => {
      if (url === '/closed') return void socket.destroy()
      if (url === '/mute') return onMute()
      response.statusCode = url === '/theirs' ? 503 : 200
      response.end('whole')
    },
  })
  tenant = await system.newTenant()
  const onboarded = await tenant.onboard(await target.clientCa.issue({ commonName: 'recent' }), `${target.url}/*`)
  certificate = onboarded.certificate
  mappingId = onboarded.mapping.id
  appKey = await tenant.newAppKey(['forward'])
  caller = system.toForwarderApi({ oauth1: appKey })
})

afterAll(async () => {
  await target?.close()
  await system?.stop()
})

const call = (requestId: string, url: string, headers: Record<string, string> = {}) =>
  caller.json('GET', tenant.forwardPath, undefined, { ...lp(url), 'x-request-id': requestId, ...headers })

const list = async (query = '') => (await tenant.api.json<RecentCall[]>('GET', tenant.path(`calls${query}`))).body

/** Those that fit, once the one that was made last is among them. */
const listedWith = (last: string, query = '') =>
  eventually(
    () => list(query),
    (listed) => listed.some(({ requestId }) => requestId === last),
  )

const idsOf = (calls: readonly RecentCall[]) => calls.map(({ requestId }) => requestId)

async function lastCalls(failuresInARow: number): Promise<Mapping['lastCalls']> {
  const mapping = async () => (await tenant.api.json<Mapping>('GET', tenant.path(`mappings/${mappingId}`))).body
  const last = await eventually(mapping, ({ lastCalls }) => lastCalls?.failuresInARow === failuresInARow)
  const listed = (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
  expect(listed[0]?.lastCalls).toEqual(last.lastCalls)
  return last.lastCalls
}

describe('recent calls', () => {
  it('have one that succeeded, with all that is known of it, but its query', async () => {
    expect((await call('went-well', `${target.url}/path?secret=1`)).status).toBe(200)
    const aNumber = expect.any(Number)
    expect(await listedWith('went-well')).toEqual([
      {
        id: expect.any(Number),
        at: expect.any(String),
        outcome: 'succeeded',
        requestId: 'went-well',
        method: 'GET',
        url: `${target.url}/path`,
        serviceName: 'IDP',
        caller: expect.stringContaining(`${tenant.id}.`),
        clientAddress: '127.0.0.1',
        mappingId,
        certificateId: certificate.id,
        fingerprintSha256: certificate.fingerprintSha256,
        status: 200,
        ...{ ms: aNumber, lookUpMs: aNumber, connectMs: aNumber, handshakeMs: aNumber, firstByteMs: aNumber },
      },
    ])
  })

  it('have every failure, which its mapping counts until the next success', async () => {
    expect((await call('closed', `${target.url}/closed`)).status).toBe(424)
    expect((await call('theirs', `${target.url}/theirs`)).status).toBe(503)
    expect(await listedWith('theirs', '?outcome=failed')).toMatchObject([
      { requestId: 'theirs', status: 503, url: `${target.url}/theirs` },
      { requestId: 'closed', status: 424, code: 'TARGET_UNREACHABLE', phase: 'exchange', mappingId },
    ])
    const time = expect.any(String)
    expect(await lastCalls(2)).toEqual({
      succeededAt: expect.anything(),
      failedAt: time,
      failureCode: null,
      failuresInARow: 2,
    })
    expect((await call('again', `${target.url}/`)).status).toBe(200)
    expect(await lastCalls(0)).toMatchObject({ succeededAt: time, failedAt: time })
  })

  it('have what the gateway refused a caller that it knows, and nothing of a stranger', async () => {
    const stranger = { authorization: 'OAuth nonsense' }
    expect((await call('stranger', `${target.url}/`, stranger)).status).toBe(400)
    const strict = { 'LP-stop-if-certificate-not-found': 'true' }
    expect((await call('unmapped', 'https://unmapped.example/', strict)).status).toBe(500)
    const refused = await listedWith('unmapped', '?outcome=refused')
    expect(refused).toMatchObject([{ requestId: 'unmapped', code: 'NO_CERTIFICATE_FOR_CALL' }])
    expect(refused[0]).not.toHaveProperty('mappingId')
    expect(idsOf(await list())).not.toContain('stranger')
  })

  it('name mapping and certificate of a call that was refused for these, as its log line does', async () => {
    const url = `${target.url}/disabled`
    const disabled = { certificationId: certificate.id, serviceId: 'IDP', url, name: 'disabled', enable: false }
    const { id } = await tenant.map(disabled)
    // Until the forwarder knows of it, the other mapping has this url.
    let calls = 0
    const answer = await eventually(
      () => call(`disabled-${++calls}`, url),
      ({ status }) => status !== 200,
    )
    expectProblem(answer, 424, 'MAPPING_DISABLED')
    const refused = await listedWith(`disabled-${calls}`, `?mappingId=${id}`)
    expect(refused).toMatchObject([{ outcome: 'refused', mappingId: id, certificateId: certificate.id }])
    // No certificate was presented.
    expect(refused[0]).not.toHaveProperty('fingerprintSha256')
  })

  it('have one whose caller left before it was answered', async () => {
    const headers = { ...lp(`${target.url}/mute`), 'x-request-id': 'left' }
    const { url } = system.forwarderApi
    const signed = { client: caller, base: url, method: 'GET', path: tenant.forwardPath, appKey, headers }
    const leave = new AbortController()
    onMute = () => leave.abort()
    const left = fetch(url + tenant.forwardPath, {
      headers: { ...headers, authorization: signatureOf(signed) },
      signal: leave.signal,
    })
    await expect(left).rejects.toThrow()
    const [aborted] = await listedWith('left', '?outcome=aborted')
    expect(aborted).toMatchObject({ requestId: 'left', mappingId })
    expect(aborted).not.toHaveProperty('status')
  })

  it('are found by code, url, mapping and time, page by page, and from one on', async () => {
    const all = await list()
    expect(idsOf(await list('?code=NO_CERTIFICATE_FOR_CALL'))).toEqual(['unmapped'])
    for (const url of [
      'https://unmapped.example/',
      'unmapped.example',
      'Unmapped.example/',
      'HTTPS://unmapped.example',
    ])
      expect(idsOf(await list(`?url=${encodeURIComponent(url)}`))).toEqual(['unmapped'])
    expect(await list('?url=nmapped.example')).toEqual([])
    const ofMapping = all.filter((each) => each.mappingId === mappingId)
    expect(ofMapping.length).toBeLessThan(all.length)
    expect(await list(`?mappingId=${mappingId}`)).toEqual(ofMapping)
    expect(await list('?since=2100-01-01T00:00:00Z')).toEqual([])
    expect(await list('?since=2020-01-01T00:00:00%2B02:00')).toEqual(all)

    const first = await tenant.api.json<RecentCall[]>('GET', tenant.path('calls?limit=2'))
    const next = /^<(\?[^>]*)>; rel="next"$/.exec(String(first.headers.link))?.[1]
    expect([...first.body, ...(await list(next))].slice(0, 4)).toEqual(all.slice(0, 4))
    expect(await list(`?after=${all[2]?.id}`)).toEqual(all.slice(0, 2))
  })

  it('are found by a url and what is below it, not by a host or path that only begins like it', async () => {
    const all = await list()
    const { origin, port } = new URL(target.url)
    const ids = async (url: string) => idsOf(await list(`?url=${encodeURIComponent(url)}`))
    const own = idsOf(all).filter((id) => id !== 'unmapped')
    for (const url of [origin, `${origin}/`, `${origin}/*`, origin.toUpperCase()]) expect(await ids(url)).toEqual(own)
    for (const url of [`${origin}/path`, `${origin}/path/*`, `${origin}/path?query=1`]) {
      expect(await ids(url)).toEqual(url.endsWith('*') ? [] : ['went-well'])
    }
    const begun = [origin.slice(0, -1), `${origin}/pat`, `${origin}/path/`, `https://localhos:${port}`]
    for (const url of begun) expect(await ids(url)).toEqual([])
    expect(await ids('https://unmapped.example')).toEqual(['unmapped'])
    expect(await ids('https://unmapped.exam')).toEqual([])
  })

  it('are for those who may read the account, and no filter is misread', async () => {
    const signed = system.toConfigApi({ oauth1: await tenant.newAppKey(['mtls:read']) })
    expect((await signed.json('GET', tenant.path('calls'))).status).toBe(200)
    const forwards = system.toConfigApi({ oauth1: await tenant.newAppKey(['forward']) })
    expectProblem(await forwards.json('GET', tenant.path('calls')), 403, 'SCOPE_MISSING')
    for (const query of ['outcome=lost', 'mappingId=m1', 'code=a%20b', 'since=yesterday', 'after=x', 'limit=0']) {
      expectProblem(await tenant.api.json('GET', tenant.path(`calls?${query}`)), 400, 'VALIDATION_FAILED')
    }
    for (const cursor of ['x', btoa('-5').replaceAll('=', ''), btoa('0x10').replaceAll('=', '')]) {
      expectProblem(await tenant.api.json('GET', tenant.path(`calls?cursor=${cursor}`)), 400, 'CURSOR_UNKNOWN')
    }
    for (const query of [`after=${Number.MAX_SAFE_INTEGER}`, 'mappingId=999999999999999'])
      expect(await list(`?${query}`)).toEqual([])
  })
})
