import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createCa,
  freePort,
  startTestTarget,
  type TestTarget,
  takesConnections,
  withTools,
} from '@mtls-gateway/test-kit'
import { startFixedEdge } from '../support/edge.ts'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import type { AppKey } from '../support/wire.ts'

let target: TestTarget
let system: System
let appKey: AppKey

beforeAll(async () => {
  target = await startTestTarget()
  const forwarderApiEnv = { PROXY_ENTRY: 'true', TRUSTED_PROXIES: '127.0.0.1' }
  system = await System.start({ targets: [target], forwarderApiEnv })
  const tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'behind an edge' }), `${target.url}/*`)
  appKey = await tenant.newAppKey(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

/** Ends TLS in front of the forwarder, and reports callers as docs/callers.md asks for. */
async function startHaproxy(opened: AsyncDisposableStack, directory: string): Promise<{ url: string; ca: string }> {
  const ca = await createCa()
  const { certificate, privateKey } = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  await writeFile(join(directory, 'both.pem'), certificate + privateKey)
  const port = await freePort()
  const configuration = `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend edge
  bind 127.0.0.1:${port} ssl crt both.pem
  http-request set-header X-Forwarded-Proto https
  # Not a loopback address, from where Basic would be taken anyway.
  http-request set-header X-Forwarded-For 192.0.2.1
  default_backend forwarder
backend forwarder
  server forwarder ${new URL(system.forwarderApi.url).host}
`
  await writeFile(join(directory, 'haproxy.cfg'), configuration)
  const haproxy = spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], { cwd: directory, stdio: 'ignore' })
  opened.defer(async () => {
    haproxy.kill('SIGTERM')
    await once(haproxy, 'close')
  })
  await eventually(
    () => takesConnections(port),
    (takes) => takes,
  )
  return { url: `https://localhost:${port}`, ca: ca.certificate }
}

/** @returns status and body */
async function getThrough(edge: { url: string; ca: string }, directory: string): Promise<[string, string]> {
  const caFile = join(directory, 'ca.pem')
  await writeFile(caFile, edge.ca)
  const proxy = ['--proxy', edge.url, '--proxy-cacert', caFile, '--proxy-user', `${appKey.appKey}:${appKey.appSecret}`]
  const url = `${target.url.replace('https:', 'http:')}/path`
  const words = ['-sS', '--noproxy', '', ...proxy, '--write-out', '\n%{http_code}', url]
  const { stdout } = await promisify(execFile)('curl', words)
  const [status = '', ...lines] = stdout.split('\n').reverse()
  return [status, lines.reverse().join('\n')]
}

describe('the proxy entry', () => {
  async function openDirectory(opened: AsyncDisposableStack): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'proxy-entry-'))
    opened.defer(() => rm(directory, { recursive: true }))
    return directory
  }

  withTools(
    it,
    'haproxy',
    'curl',
  )('is behind HAProxy, which ends TLS and passes whole urls on', async () => {
    await using opened = new AsyncDisposableStack()
    const directory = await openDirectory(opened)
    const [status, body] = await getThrough(await startHaproxy(opened, directory), directory)
    expect([status, JSON.parse(body)]).toMatchObject(['200', { clientCertificate: { commonName: 'behind an edge' } }])
  })

  withTools(
    it,
    'nginx',
    'curl',
  )('is not behind nginx, which makes whole urls into paths', async () => {
    await using opened = new AsyncDisposableStack()
    target.clear()
    const { forwarderApi, ca } = await startFixedEdge(opened, [system.forwarderApi.url])
    const [status, body] = await getThrough({ url: forwarderApi, ca }, await openDirectory(opened))
    expect([status, JSON.parse(body)]).toMatchObject(['404', { code: 'NOT_FOUND' }])
    expect(target.seen).toEqual([])
  })
})
