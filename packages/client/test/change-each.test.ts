import { describe, expect, it } from '@jest/globals'
import { ApprovalRequested, changeEach, createConfigApiClient, entryFaults, GatewayProblem } from '../src/index.ts'
import { sendJson, sendProblem, startServer } from './recording-server.ts'

const faultsOf = (error: unknown) => (error instanceof GatewayProblem ? entryFaults(error.problem) : new Map())

const approvalOf = (error: unknown) => (error instanceof ApprovalRequested ? error.approval : undefined)

/** A config-api that has all mappings but these, and fails altogether after so many requests. */
async function startMappings(missing: readonly number[], failsAfter = Number.POSITIVE_INFINITY) {
  const server = await startServer((response, count) => {
    const sent = bodies().at(-1) ?? []
    const errors = sent.flatMap(({ id }, index) =>
      missing.includes(id) ? [{ index, code: 'MAPPING_NOT_FOUND', message: `There is no mapping ${id}.` }] : [],
    )
    if (count > failsAfter) sendProblem(response, { status: 503, code: 'STORE_UNAVAILABLE' })
    else if (errors.length > 0) sendProblem(response, { status: 404, code: 'MAPPING_NOT_FOUND', errors })
    else sendJson(response, sent)
  })
  const bodies = (): { readonly id: number }[][] => server.requests.map(({ body }) => JSON.parse(body))
  const client = createConfigApiClient({ baseUrl: server.url, accountId: 'le1', token: 'secret' })
  return { bodies, send: client.updateMappings }
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

describe('a change of many mappings', () => {
  it('is made in as few requests as there can be', async () => {
    const { bodies, send } = await startMappings([])
    const ids = upTo(2_001)
    const progress: number[] = []
    const onProgress = (count: number) => progress.push(count)
    const done = await changeEach({
      send,
      ids: [...ids, 1],
      change: { enable: false },
      faultsOf,
      approvalOf,
      onProgress,
    })
    expect(progress).toEqual([1_000, 2_000, 2_001])
    expect(done).toEqual({ changed: ids, failed: [], waiting: [], isDelayed: false })
    expect(bodies().map(({ length }) => length)).toEqual([1_000, 1_000, 1])
    expect(bodies()[0]?.[0]).toEqual({ id: 1, enable: false })
  })

  it('leaves out what cannot be changed, says why, and changes the rest', async () => {
    const { bodies, send } = await startMappings([2, 3, 700])
    const { changed, failed } = await changeEach({
      send,
      ids: upTo(800),
      change: { deleted: true },
      faultsOf,
      approvalOf,
    })
    expect(changed).toEqual(upTo(800).filter((id) => ![2, 3, 700].includes(id)))
    expect(failed).toEqual([2, 3, 700].map((id) => ({ id, detail: `There is no mapping ${id}.` })))
    expect(bodies().length).toBeLessThanOrEqual(4)
  })

  it('ends where a request fails as a whole, and says of what is left that it was not made', async () => {
    const { bodies, send } = await startMappings([], 1)
    const { changed, failed } = await changeEach({
      send,
      ids: upTo(1_500),
      change: { enable: true },
      faultsOf,
      approvalOf,
    })
    expect(changed).toEqual(upTo(1_000))
    expect(failed).toHaveLength(500)
    expect(failed[0]).toEqual({ id: 1_001, detail: 'STORE_UNAVAILABLE: It does not go.' })
    expect(bodies()).toHaveLength(2)
  })

  it('says what of it waits for approval, and goes on', async () => {
    const approval = { id: 'r1', expiresAt: '2027-01-31T00:00:00.000Z' }
    const { url, requests } = await startServer((response, count) => {
      if (count > 1) return sendJson(response, [])
      response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ approval }))
    })
    const client = createConfigApiClient({ baseUrl: url, accountId: 'le1', token: 'secret' })
    const made = { send: client.updateMappings, ids: upTo(1_001), change: { enable: true }, faultsOf, approvalOf }
    expect(await changeEach(made)).toMatchObject({ changed: [1_001], failed: [], waiting: [approval] })
    expect(requests).toHaveLength(2)
  })

  it('is nothing for none', async () => {
    const { bodies, send } = await startMappings([])
    expect(await changeEach({ send, ids: [], change: { enable: true }, faultsOf, approvalOf })).toMatchObject({
      changed: [],
    })
    expect(bodies()).toEqual([])
  })
})
