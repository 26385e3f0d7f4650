import { execFile } from 'node:child_process'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from '@jest/globals'
import { faultsOf } from '../../../../../infra/release/scan.ts'
import { root } from '../../support/entries.ts'

/** As the registry tells it: what its answer has for a package, for each version below. */
const advisory = {
  id: 1_000_001,
  url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
  title: 'A request takes forever',
  severity: 'high',
  vulnerable_versions: '<999.0.0',
  cwe: ['CWE-400'],
  cvss: { score: 7.5, vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' },
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** The url of a registry that knows this of packages, and has none. */
async function registry(advisories: Readonly<Record<string, readonly unknown[]>>): Promise<string> {
  return listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.url !== '/-/npm/v1/security/advisories/bulk') return response.writeHead(404).end('{}')
      const body = Buffer.concat(chunks)
      const asked = JSON.parse((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString())
      const told = Object.entries(advisories).filter(([name]) => name in asked)
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(Object.fromEntries(told)))
    })
  })
}

async function listen(listener: RequestListener): Promise<string> {
  const started = createServer(listener)
  server = started
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/`
}

async function scan(url: string, ...words: readonly string[]) {
  const env = { ...process.env, npm_config_registry: url, npm_config_fetch_retries: '0' }
  const run = promisify(execFile)(process.execPath, [join(root, 'infra/release/scan.ts'), ...words], { env })
  const { code = 0, stdout, stderr } = await run.catch((error) => error)
  return { code, stdout, stderr }
}

describe('the scan for known vulnerabilities', () => {
  it('finds one in a library that is released, and says where', async () => {
    const { code, stderr } = await scan(await registry({ fastify: [advisory] }))
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^high: A request takes forever, in fastify@\S+ \(https:\S+GHSA-aaaa-bbbb-cccc\)\. Update it\.$/m,
    )
  })

  it('finds one in what is only built into a page of the console', async () => {
    const { code, stderr } = await scan(await registry({ 'react-dom': [advisory] }))
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('in react-dom@') })
  })

  it('passes over what only builds and tests need', async () => {
    const { code, stdout } = await scan(await registry({ jest: [advisory], 'oidc-provider': [advisory] }))
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+ packages: no known vulnerability/),
    })
  })

  it('says that nobody answered, and goes on unless an answer is required', async () => {
    const url = await listen((_request, response) => response.writeHead(503).end('{}'))
    const { code, stderr } = await scan(url)
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^The registry does not tell/) })
    expect(await scan(url, '--required')).toMatchObject({ code: 1, stdout: '' })
  })
})

describe('an exception', () => {
  const found = [{ id: 'GHSA-1', title: 'a', severity: 'low', url: 'https://a.example/GHSA-1', packages: ['b@1.0.0'] }]
  const exception = { id: 'GHSA-1', reason: 'Its server is not used.', expires: '2026-12-31' }
  const now = new Date('2026-12-01T12:00:00Z')

  it('lets a known vulnerability pass until its last day', () => {
    expect(faultsOf(found, [exception], now)).toEqual([])
    expect(faultsOf(found, [exception], new Date('2026-12-31T23:00:00Z'))).toEqual([])
    expect(faultsOf(found, [], now)).toEqual(['low: a, in b@1.0.0 (https://a.example/GHSA-1). Update it.'])
  })

  it.each([
    ['has expired', exception, new Date('2027-01-01T00:00:00Z'), 'expired on 2026-12-31'],
    ['holds for longer than 90 days', { ...exception, expires: '2027-03-02' }, now, '2027-03-01 at the latest'],
    ['has no day', { ...exception, expires: 'never' }, now, 'needs a day on which it expires'],
    ['has no reason', { ...exception, reason: ' ' }, now, 'needs a reason'],
    ['is for what is not there', { ...exception, id: 'GHSA-1, GHSA-2' }, now, 'is not needed any more'],
  ])('fails if it %s', (_what, each, at, sentence) => {
    expect(faultsOf(found, [each], at).filter((fault) => fault.startsWith('The exception'))).toEqual([
      expect.stringContaining(sentence),
    ])
  })
})
