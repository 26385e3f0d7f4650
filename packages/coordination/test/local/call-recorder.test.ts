import { afterEach, describe, expect, it } from '@jest/globals'
import { type AccountId, type MappingId, parseAccountId, parseMappingId } from '@mtls-gateway/domain'
import { CallRecorder, type CallRecorderOptions, type EndedCall } from '../../src/local/call-recorder.ts'
import type { CallEntry, CallOutcome, OutcomeEntry } from '../../src/port.ts'

const [a, b] = ['a', 'b'].map((name) => parseAccountId(name)) as [AccountId, AccountId]
const seven = parseMappingId(7) as MappingId

describe('the recorder of calls', () => {
  const recorders: CallRecorder[] = []
  afterEach(() => Promise.all(recorders.splice(0).map((recorder) => recorder.close())))

  /** A backend that answers when a test says so. */
  class Backend {
    readonly calls: CallEntry[][] = []
    readonly outcomes: OutcomeEntry[] = []
    readonly dropped: [string, number][] = []
    answer: () => Promise<void> = async () => {}

    recorder(options: Partial<CallRecorderOptions> = {}): CallRecorder {
      const recorder = new CallRecorder({
        calls: {
          record: (entries) => {
            this.calls.push([...entries])
            return this.answer()
          },
          of: async () => [],
        },
        outcomes: {
          record: async (entries) => void this.outcomes.push(...entries),
          of: async () => new Map(),
        },
        samples: true,
        onDropped: (reason, calls) => this.dropped.push([reason, calls]),
        everyMs: 60_000,
        ...options,
      })
      recorders.push(recorder)
      return recorder
    }

    get recorded(): string[] {
      return this.calls.flat().map(({ account, call }) => `${account} ${call.requestId}`)
    }
  }

  it('records every call that did not succeed, and of the successes one of each account in a batch', async () => {
    const backend = new Backend()
    const recorder = backend.recorder()
    for (const outcome of ['succeeded', 'succeeded', 'failed', 'refused', 'aborted'] as const) {
      recorder.ended(a, ended(outcome, outcome))
    }
    recorder.ended(b, ended('succeeded', 'other'))
    await recorder.close()
    expect(backend.recorded).toEqual(['a succeeded', 'a failed', 'a refused', 'a aborted', 'b other'])
  })

  it('records no success where none is asked for', async () => {
    const backend = new Backend()
    const recorder = backend.recorder({ samples: false })
    for (const outcome of ['succeeded', 'failed'] as const) recorder.ended(a, ended(outcome, outcome))
    await recorder.close()
    expect(backend.recorded).toEqual(['a failed'])
  })

  it('drops and counts what an account has too much, and leaves room for the others', async () => {
    const backend = new Backend()
    const recorder = backend.recorder()
    // Nine have as many as they may, and of the tenth's nothing is taken that is left for those who have none.
    const many = Array.from({ length: 9 }, (_, index) => parseAccountId(`many-${index}`))
    for (const account of [...many, b]) {
      for (let call = 0; call < 250; call++) recorder.ended(account, ended('failed', `${call}`))
    }
    recorder.ended(a, ended('failed', 'first'))
    recorder.ended(a, ended('failed', 'second'))
    await recorder.close()
    const counts = [...Map.groupBy(backend.calls.flat(), ({ account }) => account)].map(([, { length }]) => length)
    expect(counts).toEqual([...many.map(() => 200), 1, 1])
    expect(backend.recorded.slice(-2)).toEqual(['b 0', 'a first'])
    expect(backend.dropped).toEqual([['full', 9 * 50 + 249 + 1]])
  })

  it('waits for one record at a time, and drops what comes meanwhile beyond its room', async () => {
    const backend = new Backend()
    const { promise, resolve } = Promise.withResolvers<void>()
    backend.answer = () => promise
    const recorder = backend.recorder({ everyMs: 1 })
    recorder.ended(a, ended('failed', 'first'))
    while (backend.calls.length === 0) await new Promise((done) => setImmediate(done))
    for (let call = 0; call < 203; call++) recorder.ended(a, ended('failed', `${call}`))
    expect(backend.calls).toHaveLength(1)
    resolve()
    await recorder.close()
    expect(backend.recorded).toHaveLength(201)
    expect(backend.recorded.slice(0, 2)).toEqual(['a first', 'a 0'])
    expect(backend.dropped).toEqual([['full', 3]])
  })

  it('drops and counts what the backend does not take', async () => {
    const backend = new Backend()
    backend.answer = () => Promise.reject(new Error('away'))
    const recorder = backend.recorder()
    recorder.ended(a, ended('failed', 'lost'))
    await recorder.close()
    expect(backend.dropped).toEqual([['unavailable', 1]])
  })

  it('tells how the last calls of a mapping went, every few records and when it is closed', async () => {
    const backend = new Backend()
    const recorder = backend.recorder({ everyMs: 1 })
    const told = async (count: number) => {
      while (backend.outcomes.length < count) await new Promise((done) => setImmediate(done))
      return backend.outcomes.slice(count - 1).map(({ account, mappingId, ...outcome }) => outcome)
    }
    const epoch = Date.now() - performance.now()
    const at = (ms: number) => expect.closeTo(epoch + ms, -1)
    recorder.ended(a, ended('failed', '', { mappingId: seven, transportCode: 'TIMEOUT', endedAt: 100 }))
    recorder.ended(a, ended('refused', '', { mappingId: seven, endedAt: 200 }))
    recorder.ended(a, ended('failed', '', { mappingId: seven, transportCode: 'ECONNRESET', endedAt: 300 }))
    const failure = { at: at(300), code: 'ECONNRESET' }
    expect(await told(1)).toEqual([{ succeededAt: undefined, failure, failuresInARow: 2, failingSince: at(100) }])
    recorder.ended(a, ended('succeeded', '', { mappingId: seven, endedAt: 400 }))
    recorder.ended(a, ended('failed', '', { mappingId: seven, endedAt: 500 }))
    expect(await told(2)).toEqual([
      { succeededAt: at(400), failure: { at: at(500) }, failuresInARow: 1, failingSince: at(500) },
    ])
    recorder.ended(a, ended('failed', '', { mappingId: seven, endedAt: 600 }))
    recorder.ended(a, ended('succeeded', '', { mappingId: seven, endedAt: 700 }))
    await recorder.close()
    expect(await told(3)).toEqual([{ succeededAt: at(700), failure: { at: at(600) }, failuresInARow: 0 }])
  })
})

function ended(outcome: CallOutcome, requestId: string, how: Partial<EndedCall> = {}): EndedCall {
  const who = { caller: 'c', clientAddress: '::1' }
  return {
    outcome,
    endedAt: 0,
    mappingId: undefined,
    transportCode: undefined,
    ...how,
    toRecentCall: () => ({ outcome, at: 1, requestId, method: 'GET', ...who, ms: 1 }),
  }
}
