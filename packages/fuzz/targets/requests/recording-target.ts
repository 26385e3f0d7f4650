import type { IncomingMessage, ServerResponse } from 'node:http'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'

/** A request that has come through the gateway. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  /** Anything that no request sent by a gateway may have. */
  readonly fault: string | undefined
}

/** A polite target that keeps what has come, and answers each request with the token in its path. */
export class RecordingTarget {
  readonly target: TestTarget
  readonly #arrivals: Arrival[]

  private constructor(target: TestTarget, arrivals: Arrival[]) {
    this.target = target
    this.#arrivals = arrivals
  }

  static async start(): Promise<RecordingTarget> {
    const arrivals: Arrival[] = []
    const handler = (request: IncomingMessage, response: ServerResponse) => {
      const { method = '', url = '' } = request
      arrivals.push({ method, path: url, authorization: request.headers.authorization, fault: faultOf(request) })
      const token = tokenIn(url) ?? 'none'
      request.on('error', () => {}).resume()
      response.setHeader('X-Token', token).end(token)
    }
    return new RecordingTarget(await startTestTarget({ requireClientCertificate: false, handler }), arrivals)
  }

  /** What has come since the last call. */
  take(): readonly Arrival[] {
    return this.#arrivals.splice(0)
  }
}

/** It ends with a letter, so that digits behind it are no part of it. */
export function tokenIn(text: string): string | undefined {
  return /t-\d+-\d+e/.exec(text)?.[0]
}

function faultOf({ rawHeaders, headers }: IncomingMessage): string | undefined {
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
  if (headers.via === undefined) return 'a request reaches the target that the gateway has not made'
  const own = names.find((name) => name.startsWith('lp-'))
  if (own !== undefined) return `a field of the gateway's own reaches the target: ${own}`
  return undefined
}
