import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createCa, freePort } from '@mtls-gateway/test-kit'
import { root } from './entries.ts'
import { eventually } from './eventually.ts'
import { startNameServer } from './name-server.ts'

/** Instances of a service, all on one port. */
export interface EdgeService {
  /** Those in rotation. */
  readonly addresses: readonly string[]
  readonly port: number
}

export interface EdgeServices {
  readonly configApi: EdgeService
  readonly forwarderApi: EdgeService
  readonly console?: EdgeService
}

export interface Edge {
  readonly configApi: string
  readonly forwarderApi: string
  readonly console: string
  /** PEM of the issuer of its certificate. */
  readonly ca: string
  /** What nginx has written. */
  log(): string
}

const none: EdgeService = { addresses: [], port: 1 }

/**
 * An nginx with the configuration of infra/nginx, but for addresses and files. It finds the instances in rotation by
 * their names, as that one does.
 */
export async function startEdge(
  opened: AsyncDisposableStack,
  { configApi, forwarderApi, console = none }: EdgeServices,
): Promise<Edge> {
  const names = opened.use(
    await startNameServer({
      'config-api': () => configApi.addresses,
      'forwarder-api': () => forwarderApi.addresses,
      console: () => console.addresses,
    }),
  )
  const livePort = await freePort()
  return startShipped(opened, 'nginx.conf', livePort, (_, directory) => [
    ['/tmp/', `${directory}/`],
    ['resolver 127.0.0.11 ', `resolver 127.0.0.1:${names.port} `],
    ['listen 127.0.0.1:8082', `listen 127.0.0.1:${livePort}`],
    ['http://config-api:8080', `http://config-api:${configApi.port}`],
    ['http://forwarder-api:8080', `http://forwarder-api:${forwarderApi.port}`],
    ['http://console:8080', `http://console:${console.port}`],
  ])
}

/** The same with infra/nginx/fixed-addresses.conf, in front of forwarders alone; its url is that of these. */
export async function startFixedEdge(
  opened: AsyncDisposableStack,
  forwarders: readonly [string, string],
): Promise<Pick<Edge, 'ca' | 'forwarderApi' | 'log'>> {
  return startShipped(opened, 'fixed-addresses.conf', undefined, (ports, directory) => [
    // Those of the package, which are root's.
    ['events {', `pid ${directory}/nginx.pid;\nevents {`],
    ['http {', `http {\n${temporaryFolders.map((name) => `${name}_temp_path ${directory}/${name};\n`).join('')}`],
    ['8080 config_api;', `${ports.configApi} config_api;`],
    ['8081 forwarder_api;', `${ports.forwarderApi} forwarder_api;`],
    ['8090 console;', `${ports.console} console;`],
    ['10.1.0.21:8080', new URL(forwarders[0]).host],
    ['10.1.0.22:8080', new URL(forwarders[1]).host],
  ])
}

const temporaryFolders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

type Ports = Readonly<Record<'configApi' | 'forwarderApi' | 'console', number>>
type Replacements = readonly (readonly [from: string, to: string])[]

/** @param livePort where it listens once it runs; undefined: on that of the forwarders */
async function startShipped(
  opened: AsyncDisposableStack,
  file: string,
  livePort: number | undefined,
  addresses: (ports: Ports, directory: string) => Replacements,
): Promise<Edge> {
  if (spawnSync('nginx', ['-v']).status !== 0) throw new Error('nginx is not installed (apt-get install nginx)')
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-edge-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  const [configApi, forwarderApi, console] = await Promise.all([freePort(), freePort(), freePort()])
  const ports = { configApi, forwarderApi, console }
  const ca = await writeCertificate(directory)
  const shipped = await readFile(join(root, 'infra/nginx', file), 'utf8')
  const configuration = join(directory, 'nginx.conf')
  await writeFile(
    configuration,
    replaced(`user ${userInfo().username};\ndaemon off;\n${shipped}`, [
      ['worker_processes auto', 'worker_processes 1'],
      ...addresses(ports, directory),
      ['/tls/', `${directory}/`],
      ['listen 8080 ', `listen 127.0.0.1:${configApi} `],
      ['listen 8081 ', `listen 127.0.0.1:${forwarderApi} `],
      ['listen 8090 ', `listen 127.0.0.1:${console} `],
    ]),
  )
  const log = await runNginx(opened, directory, configuration, livePort ?? forwarderApi)
  const url = (port: number) => `https://localhost:${port}`
  return { configApi: url(configApi), forwarderApi: url(forwarderApi), console: url(console), ca, log }
}

/** @throws Error if the shipped configuration has changed so that this no longer fits */
function replaced(text: string, replacements: Replacements): string {
  return replacements.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`the configuration in infra/nginx has no ${from}`)
    return before.replaceAll(from, to)
  }, text)
}

async function writeCertificate(directory: string): Promise<string> {
  const ca = await createCa({ name: 'Edge CA' })
  const { certificate, privateKey } = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'tls.crt'), certificate)
  await writeFile(join(directory, 'tls.key'), privateKey)
  return ca.certificate
}

async function runNginx(
  opened: AsyncDisposableStack,
  directory: string,
  file: string,
  port: number,
): Promise<() => string> {
  const nginx = spawn('nginx', ['-e', 'stderr', '-p', directory, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  nginx.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = once(nginx, 'close')
  opened.defer(async () => {
    nginx.kill('SIGQUIT')
    await ended
  })
  const listens = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  await eventually(listens, (isThere) => isThere || nginx.exitCode !== null)
  if (nginx.exitCode !== null) throw new Error(`nginx did not start: ${output}`)
  return () => output
}
