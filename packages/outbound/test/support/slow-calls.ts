import type { ServerResponse } from 'node:http'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type ConnectionSettings, type Dispatchers, explainTransportError, type TargetCaller } from '../../src/index.ts'
import { acme, get, identityOf, openDispatchers } from './outbound-fixture.ts'

/** Calls whose answers end when the test says so, with two versions of a client certificate. */
export class SlowCalls {
  readonly target: TestTarget
  readonly first: TargetCaller
  readonly second: TargetCaller
  dispatchers: Dispatchers
  /** Answers of `/slow`, begun and not ended; all else is `done` at once. */
  readonly answers: ServerResponse[]

  private constructor(target: TestTarget, answers: ServerResponse[], first: TargetCaller, second: TargetCaller) {
    this.target = target
    this.answers = answers
    this.first = first
    this.second = second
    this.dispatchers = openDispatchers({ extraCa: [target.ca] })
  }

  static async start(): Promise<SlowCalls> {
    const answers: ServerResponse[] = []
    const target = await startTestTarget({
      handler: (request, response) => {
        if (request.url !== '/slow') return void response.end('done')
        answers.push(response)
        response.write('begun ')
      },
    })
    const [one, two] = await Promise.all([
      target.clientCa.issue({ commonName: 'one' }),
      target.clientCa.issue({ commonName: 'two' }),
    ])
    const caller = (identity: TargetCaller['identity']) => ({ accountId: acme, identity })
    return new SlowCalls(target, answers, caller(identityOf(one, 'v1')), caller(identityOf(two, 'v2')))
  }

  /** Other dispatchers, with these settings. */
  async reopen(settings: Partial<ConnectionSettings>): Promise<void> {
    await this.dispatchers.destroy()
    this.dispatchers = openDispatchers({ extraCa: [this.target.ca], settings })
  }

  /** A call whose answer has begun. */
  async begin(caller: TargetCaller) {
    const before = this.answers.length
    const answer = get(this.dispatchers.acquire(caller, this.target.url), '/slow')
    // Whoever begins a call looks at it in the end.
    answer.catch(() => {})
    while (this.answers.length === before) await new Promise(setImmediate)
    const text = async () => (await answer).body
    const code = () => text().catch((error) => explainTransportError(error, 'target').code)
    return { code, text }
  }

  async close(): Promise<void> {
    await this.dispatchers.destroy()
    await this.target.close()
  }
}
