import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'

const call = (id: number) => ({
  ...{
    id,
    at: '2030-01-01T00:00:00.000Z',
    outcome: 'failed',
    requestId: `r${id}`,
    method: 'GET',
    url: `https://a/${id}`,
  },
  ...{ caller: 'le123.k1', clientAddress: '::1', status: 424, code: 'TARGET_UNREACHABLE', transportCode: 'TIMEOUT' },
  ms: 1.5,
})
const away = { code: 'COORDINATION_UNAVAILABLE', detail: 'Try again.', status: 503 }
const refused = { code: 'SCOPE_MISSING', detail: 'No.', status: 403 }

/** Follows calls at a service that answers these, one after the other, and then refuses. */
async function follow(answers: readonly object[], ...args: readonly string[]) {
  const left = [...answers]
  const asked: string[] = []
  const { url } = await startServer((response) => {
    asked.push(new URL(response.req.url ?? '', 'http://a').search)
    const answer = left.shift() ?? refused
    const status = 'status' in answer ? Number(answer.status) : 200
    const type = status === 200 ? 'application/json' : 'application/problem+json'
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(answer))
  })
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const place = ['--account', 'le123', '--config-api', url]
  return { ...(await mtls(['calls', '--follow', ...args, ...place], { environment })), asked }
}

describe('mtls calls --follow', () => {
  it('shows the last ones, oldest first, then each new one, also after it could not be asked', async () => {
    const { stdout, exitCode, asked } = await follow([[call(2), call(1)], away, [call(3)]])
    const [heading, ...lines] = stdout.trimEnd().split('\n')
    expect(heading).toMatch(/^AT \(UTC\) +OUTCOME +RESULT +MS +MAPPING +CALL$/)
    expect(lines.map((line) => /\bhttps.*$/.exec(line)?.[0])).toEqual(['https://a/1', 'https://a/2', 'https://a/3'])
    expect(lines[0]).toMatch(/^01-01 00:00:00 +failed +TIMEOUT +2 +- +GET https:\/\/a\/1$/)
    expect(asked).toEqual(['?limit=10', '?limit=1000&after=2', '?limit=1000&after=2', '?limit=1000&after=3'])
    expect(exitCode).toBe(1)
  })

  it('writes one JSON object a line, and begins with what comes where there is nothing yet', async () => {
    const { stdout, asked } = await follow([[], [call(7)]], '--json', '--outcome', 'failed')
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toEqual(call(7))
    expect(asked[1]).toBe('?outcome=failed&limit=1000&after=0')
  })
})
