import { execFile, execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Canary, readTree, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { adminEntry } from '../support/entries.ts'
import { OtlpCollector } from '../support/otlp-collector.ts'
import { System } from '../support/system.ts'
import { lp } from '../support/tenant.ts'

const canary = new Canary()
const clientSecret = canary.plant('the secret of a client')
const postedSecret = canary.plant('the secret of a client, in a form')
const headerValue = canary.plant('the value of a header field')
const token = canary.plant('a token')
const refusedToken = canary.plant('a token that the target refuses')

describe('secrets and tokens that targets want', () => {
  let endpoint: TestTarget
  let target: TestTarget
  let collector: OtlpCollector
  let system: System
  const written: Record<string, string | Uint8Array> = {}
  /** What went to the endpoint and the target, where the secrets belong. */
  const received: string[] = []

  beforeAll(async () => {
    // It repeats what it was asked with where it refuses.
    endpoint = await startTestTarget({
      handler: async (request, response) => {
        const body = Buffer.concat(await request.toArray()).toString()
        const asked = `${request.headers.authorization} ${decodeURIComponent(body)}`
        received.push(asked, Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString())
        const json = { 'content-type': 'application/json' }
        const given = (access_token: string) =>
          response.writeHead(200, json).end(JSON.stringify({ access_token, token_type: 'Bearer', scope: access_token }))
        if (request.url === '/refusing') given(refusedToken)
        else if (request.url === '/giving') given(token)
        else response.writeHead(400, json).end(JSON.stringify({ error: asked, error_description: asked }))
      },
    })
    target = await startTestTarget({
      serverCa: endpoint.serverCa,
      clientCa: endpoint.clientCa,
      handler: ({ headers }, response) => {
        received.push(JSON.stringify(headers))
        response.writeHead(headers.authorization?.includes(refusedToken) ? 401 : 200).end()
      },
    })
    collector = await OtlpCollector.start()
    const env = {
      LOG_LEVEL: 'trace',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    }
    system = await System.start({ targets: [endpoint, target], env })
    await provoke()
    written['the audit trail, metrics and spans'] = await seenFromOutside()
    Object.assign(written, await supportBundle())
    await Promise.all([system.stopConfigApi(), system.stopForwarderApi()])
    written['the services’ output'] = system.output
  })

  afterAll(async () => {
    await system?.stop()
    await collector?.close()
    await Promise.all([endpoint?.close(), target?.close()])
  })

  let accountId = ''

  async function provoke(): Promise<void> {
    const tenant = await system.newTenant()
    accountId = tenant.id
    const { id } = await tenant.saveCertificate('c1', await endpoint.clientCa.issue({ commonName: 'tpp-1' }))
    const oauth2 = { type: 'oauth2', clientId: 'tpp-1' }
    const post = { ...oauth2, method: 'client_secret_post', secret: postedSecret }
    const basic = { ...oauth2, method: 'client_secret_basic', secret: clientSecret }
    const auths = {
      giving: { ...basic, tokenUrl: `${endpoint.url}/giving` },
      refusing: { ...post, tokenUrl: `${endpoint.url}/refusing` },
      'repeating-basic': { ...basic, tokenUrl: `${endpoint.url}/repeating` },
      'repeating-post': { ...post, tokenUrl: `${endpoint.url}/repeating` },
      keyed: { type: 'headers', headers: [{ name: 'X-Api-Key', secret: headerValue }] },
      wrong: { ...oauth2, method: 'tls_client_auth', secret: clientSecret },
    }
    const caller = await tenant.newCaller()
    for (const [name, targetAuth] of Object.entries(auths)) {
      const url = `${target.url}/${name}`
      const mapping = { certificationId: id, serviceId: 'IDP', enable: true, url, name, targetAuth }
      const mapped = await tenant.api.json<{ id: number }[]>('POST', tenant.path('mappings'), [mapping])
      const path = `${tenant.forwardPath}/mappings/${mapped.body[0]?.id}/token`
      const calls = [
        await caller.json('GET', tenant.forwardPath, undefined, lp(url)),
        await caller.json('GET', tenant.forwardPath, undefined, lp(url)),
        await caller.json('POST', path),
        await caller.json('POST', '/mtls/mapping?v=2', [{ serviceName: 'IDP', accountId: tenant.id, url }]),
      ]
      written[`answers about ${name}`] = JSON.stringify([mapped, ...calls].map(({ headers, body }) => [headers, body]))
    }
    written['the list of mappings'] = JSON.stringify(await tenant.api.json('GET', tenant.path('mappings')))
    written['recent calls'] = JSON.stringify(await tenant.api.json('GET', tenant.path('calls')))
  }

  async function seenFromOutside(): Promise<string> {
    const api = system.toConfigApi({ bearer: await system.token() })
    const audit = await api.json('GET', `/mtls/account/${accountId}/audit`)
    const metrics = await Promise.all(
      [system.configApi, system.forwarderApi].map(async ({ managementUrl }) =>
        (await fetch(`${managementUrl}/metrics`)).text(),
      ),
    )
    return JSON.stringify([audit.body, metrics, collector.spans])
  }

  async function supportBundle(): Promise<Record<string, Uint8Array>> {
    const at = (name: string) => join(system.directory, name)
    const [log, file, folder] = [at('log'), at('bundle.tar.gz'), at('bundle')]
    await writeFile(log, system.output)
    const { url, managementUrl } = system.configApi
    const words = ['support-bundle', file, '--log', log, '--url', url, '--management-url', managementUrl]
    await promisify(execFile)(process.execPath, [adminEntry, ...words], { env: system.envOf('config-api') })
    await mkdir(folder)
    execFileSync('tar', ['-xzf', file, '-C', folder])
    return readTree(folder)
  }

  it('are in nothing that is written or answered', () => {
    expect(received.some((text) => text.includes(clientSecret))).toBe(true)
    expect(collector.spans.length).toBeGreaterThan(0)
    expect(Object.keys(written).length).toBeGreaterThan(12)
    expect(canary.findIn(written)).toEqual([])
  })

  it('are in no file but the records of the store, and tokens not even there', async () => {
    const files = await readTree(system.dataDir)
    expect(canary.findIn(files).filter((found) => found.includes('token'))).toEqual([])
    const { 'runtime.db': runtime = '' } = files
    expect(canary.findIn({ runtime })).toEqual([])
  })
})
