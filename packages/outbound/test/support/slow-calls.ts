import type { ServerResponse } from 'node:http'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import type { ConnectionSettings } from '../../src/connect/connection-settings.ts'
import { type AccountIdentity, explainTransportError, type UpstreamPools } from '../../src/index.ts'
import { acme, credentialsOf, get, openUpstreamPools } from './outbound-fixture.ts'

/** Calls whose answers end when the test says so, with two versions of a client certificate. */
export class SlowCalls {
  readonly target: TestTarget
  readonly first: AccountIdentity
  readonly second: AccountIdentity
  upstreams: UpstreamPools
  /** Answers of `/slow`, begun and not ended; all else is `done` at once. */
  readonly answers: ServerResponse[]

  private constructor(target: TestTarget, answers: ServerResponse[], first: AccountIdentity, second: AccountIdentity) {
    this.target = target
    this.answers = answers
    this.first = first
    this.second = second
    this.upstreams = openUpstreamPools({ extraCa: [target.ca] })
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
    const identity = (credentials: AccountIdentity['credentials']) => ({ accountId: acme, credentials })
    return new SlowCalls(target, answers, identity(credentialsOf(one, 'v1')), identity(credentialsOf(two, 'v2')))
  }

  /** Other upstreams, with these settings. */
  async reopen(settings: Partial<ConnectionSettings>): Promise<void> {
    await this.upstreams.destroy()
    this.upstreams = openUpstreamPools({ extraCa: [this.target.ca], settings })
  }

  /** A call whose answer has begun. */
  async begin(identity: AccountIdentity) {
    const before = this.answers.length
    const answer = get(this.upstreams.acquire(identity, this.target.url), '/slow')
    // Whoever begins a call looks at it in the end.
    answer.catch(() => {})
    while (this.answers.length === before) await new Promise(setImmediate)
    const text = async () => (await answer).body
    const code = () => text().catch((error) => explainTransportError(error, 'target').code)
    return { code, text }
  }

  async close(): Promise<void> {
    await this.upstreams.destroy()
    await this.target.close()
  }
}
