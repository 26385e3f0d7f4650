import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'
import { makeCheckedCalls, type ServedCall } from '../src/load/checked-calls.ts'

const entry = fileURLToPath(new URL('../dist/bench.js', import.meta.url))
const itWithTools = withTools(it, 'nginx', 'wrk')
/** Twice what it takes on a slow machine. */
const timeoutMs = 240_000

describe('npm run bench -- --only isolation-soak', () => {
  itWithTools(
    'makes as many calls as are asked for while certificates are replaced, and finds none that went wrong',
    async () => {
      const args = ['--only', 'isolation-soak', '--calls', '4000', '--wait', '0', '--json']
      const env = { PATH: process.env.PATH }
      const { stdout } = await promisify(execFile)(process.execPath, [entry, ...args], { env })

      const { verdicts, results } = JSON.parse(stdout)
      const figures = (wanted: string): number[] =>
        verdicts.flatMap(({ kind, figure }: { kind: string; figure: number }) => (kind === wanted ? [figure] : []))
      expect(figures('at most')).toEqual([0, 0, 0, 0, 0, 0, 0])
      expect(figures('at least')).toHaveLength(2)
      expect(Math.min(...figures('at least'))).toBeGreaterThan(0)
      expect(results).toMatchObject([{ scenario: 'isolation soak of 4000 calls', errors: 0 }])
    },
    timeoutMs,
  )
})

describe('calls whose answers are looked at', () => {
  it('count as astray with the answer to another call or from another path, and as failed with any other status', async () => {
    // The second answer is that of the first call; the third comes from a path that was not called.
    const answers = ['0 /0/small CN=client-0', '0 /0/small CN=client-0', '2 /9/small CN=client-9', undefined]
    let asked = 0
    const server = createServer((_, response) => {
      const seen = answers[asked++]
      if (seen === undefined) response.writeHead(502).end()
      else response.writeHead(200, { 'x-seen': seen }).end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const call = { accountId: 'acme', key: { appKey: 'k', appSecret: 's' }, origin: 'https://target', path: '/0/small' }
    const served: ServedCall[] = []
    const onServed = (each: ServedCall) => served.push(each)

    const ended = await makeCheckedCalls(url, [call], { count: 4, atOnce: 1, onServed })

    expect(ended).toMatchObject({ made: 4, astray: 2, failures: { 502: 1 } })
    expect(served.map(({ path, subject }) => [path, subject])).toEqual([
      ['/0/small', 'CN=client-0'],
      ['/0/small', 'CN=client-0'],
      ['/0/small', 'CN=client-9'],
    ])
    server.closeAllConnections()
    server.close()
  })
})
