import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiClient, createCa, freePort, startTestTarget } from '@mtls-gateway/test-kit'
import { System } from '../../test/support/system.ts'
import { lp, Tenant } from '../../test/support/tenant.ts'
import { atLeast, atMost, type Scenario } from '../scenario.ts'

const trustDomain = 'prod.example'
const workload = `spiffe://${trustDomain}/ns/payments/sa/checkout`
const account = 'le123'
const rounds = 12
const pauseMs = 5_000

/**
 * A workload calls with what a real SPIRE agent gives it, for a minute in which its certificates expire: by certificate
 * and by token. Needs spire-server and spire-agent on the PATH (infra/spire/record.mjs says how to build them).
 */
export const spire: Scenario = async ({ opened, steps }) => {
  if (!isOnPath('spire-server') || !isOnPath('spire-agent')) {
    return { figures: [], notes: [], leftOut: 'there is no spire-server and spire-agent on the PATH' }
  }
  steps.expect(3)
  steps.next('starting SPIRE')
  const folder = await mkdtemp(join(tmpdir(), 'mtls-gateway-spire-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const fetchSvids = await startSpire(opened, folder)

  steps.next('starting both services')
  const target = opened.adopt(await startTestTarget(), (server) => server.close())
  const serviceCa = await createCa()
  const own = await serviceCa.issue({ commonName: 'service', ipAddresses: ['127.0.0.1'] })
  const write = async (name: string, content: string) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const first = await fetchSvids()
  const given = { accounts: [account], scopes: ['forward', 'mtls:read', 'mtls:write'] }
  const byName = (name: object) => [{ when: { ...name, matches: `spiffe://${trustDomain}/ns/payments/*` }, ...given }]
  const issuer = { trustDomain, keys: first.keys, audience: 'mtls-gateway', rules: byName({ claim: 'sub' }) }
  const env = {
    TLS_CERT_FILE: await write('tls.crt', own.certificate),
    TLS_KEY_FILE: await write('tls.key', own.privateKey),
    CALLER_CA_FILE: await write('callers.pem', first.bundle),
    CALLER_CERTIFICATE_RULES_FILE: await write('rules.json', JSON.stringify({ rules: byName({ san: 'uri' }) })),
    TOKEN_ISSUERS_FILE: await write('issuers.json', JSON.stringify({ issuers: [issuer] })),
    FORWARD_ACCEPTS: 'oauth1,bearer',
  }
  const system = opened.adopt(await System.start({ targets: [target], env }), (all) => all.stop())
  const ca = serviceCa.certificate
  const manager = system.toConfigApi({ ca, clientCertificate: first.certificate })
  const tenant = new Tenant(system, account, manager)
  await tenant.onboard(await target.clientCa.issue({ commonName: 'forwarded' }), `${target.url}/*`)

  steps.next('calls while certificates expire')
  const ends: number[] = []
  const serials = new Set<string>()
  const call = async (baseUrl: string, credentials: object) => {
    const client = new ApiClient({ baseUrl, ca, ...credentials })
    const { status } = await client.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(`${target.url}/`) })
    ends.push(status)
    await client.close()
  }
  for (let round = 0; round < rounds; round++) {
    const { certificate: clientCertificate, token } = await fetchSvids()
    serials.add(clientCertificate.cert)
    await call(system.forwarderApi.url, { clientCertificate })
    await call(system.forwarderApi.url, { bearer: token })
    await delay(pauseMs)
  }
  const late = new ApiClient({ baseUrl: system.configApi.url, ca, clientCertificate: first.certificate })
  const { status: expired } = await late.json('GET', tenant.path('certificates'))
  await late.close()
  const failed = ends.filter((status) => status !== 200).length
  return {
    figures: [
      atMost(0, `calls that failed, of ${ends.length}`, { before: undefined, now: failed }),
      atLeast(2, 'certificates that the agent gave', { before: undefined, now: serials.size }),
      atLeast(401, 'answer to the first of them at the end', { before: undefined, now: expired }),
    ],
    notes: [],
    calls: { made: ends.length, failed },
  }
}

/** What the agent has for the workload at the moment. */
async function startSpire(opened: AsyncDisposableStack, folder: string) {
  const at = (name: string) => join(folder, name)
  const port = await freePort()
  const plugins = 'KeyManager "memory" { plugin_data {} } NodeAttestor "join_token" { plugin_data {} }'
  const store = `DataStore "sql" { plugin_data { database_type = "sqlite3" connection_string = "${at('db')}" } }`
  await writeFile(
    at('server.conf'),
    `server { bind_address = "127.0.0.1" bind_port = "${port}" socket_path = "${at('server.sock')}"
      trust_domain = "${trustDomain}" data_dir = "${folder}" log_level = "ERROR" default_x509_svid_ttl = "40s" }
    plugins { ${store} ${plugins} }`,
  )
  await writeFile(
    at('agent.conf'),
    `agent { data_dir = "${at('agent')}" server_address = "127.0.0.1" server_port = "${port}" log_level = "ERROR"
      socket_path = "${at('agent.sock')}" trust_domain = "${trustDomain}" insecure_bootstrap = true }
    plugins { ${plugins} WorkloadAttestor "unix" { plugin_data {} } }`,
  )
  const run = (program: string, ...args: string[]) => {
    const child = spawn(program, ['run', ...args], { stdio: 'ignore' })
    opened.defer(() => void child.kill())
  }
  const ask = (program: string, socket: string, ...args: string[]) =>
    execFileSync(program, [...args, '-socketPath', at(socket)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const server = (...args: string[]) => ask('spire-server', 'server.sock', ...args)
  const agent = (...args: string[]) => ask('spire-agent', 'agent.sock', ...args)
  run('spire-server', '-config', at('server.conf'))
  await answerOf(() => server('healthcheck'))
  const node = `spiffe://${trustDomain}/node`
  const [, joinToken = ''] = /Token: (\S+)/.exec(server('token', 'generate', '-spiffeID', node)) ?? []
  run('spire-agent', '-config', at('agent.conf'), '-joinToken', joinToken)
  await answerOf(() => agent('healthcheck'))
  const selector = ['-selector', `unix:uid:${process.getuid?.()}`]
  server('entry', 'create', '-parentID', node, '-spiffeID', workload, ...selector)
  return async () => {
    await answerOf(() => agent('api', 'fetch', 'x509', '-write', folder))
    const [answer] = JSON.parse(agent('api', 'fetch', 'jwt', '-audience', 'mtls-gateway', '-output', 'json'))
    const [cert, key, bundle] = await Promise.all(
      ['svid.0.pem', 'svid.0.key', 'bundle.0.pem'].map((name) => readFile(at(name), 'utf8')),
    )
    return {
      certificate: { cert: cert ?? '', key: key ?? '' },
      bundle: bundle ?? '',
      token: answer.svids[0].svid as string,
      keys: JSON.parse(server('bundle', 'show', '-format', 'spiffe')) as object,
    }
  }
}

/** Asks for up to a minute. */
async function answerOf(ask: () => string): Promise<string> {
  for (let attempts = 0; ; attempts++) {
    try {
      return ask()
    } catch (error) {
      if (attempts === 120) throw error
      await delay(500)
    }
  }
}

function isOnPath(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
