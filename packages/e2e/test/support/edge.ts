import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa, type Replacements, writeInstances, writeShippedNginx } from '@mtls-gateway/test-kit'
import { root } from './entries.ts'
import { eventually } from './eventually.ts'

/** Instances of a service, all on one port. */
export interface EdgeService {
  /** Those that its name has. */
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
  /** What nginx has written to stderr. */
  log(): string
  /** Its access log, line by line. */
  records(): Promise<readonly EdgeRecord[]>
}

/** A line of the access log, as infra/nginx/nginx.conf has it. */
export interface EdgeRecord {
  readonly address: string
  readonly method: string
  readonly path: string
  readonly status: string
  readonly instance: string
}

export interface FixedEdge extends Edge {
  /** Has it read other addresses of forwarders. Resolves once it uses them; what it was doing goes on meanwhile. */
  reload(forwarders: readonly string[]): Promise<void>
}

const none: EdgeService = { addresses: [], port: 1 }
const nameServerMs = 100

/**
 * The nginx of infra/nginx, but for ports and files, with from-dns.sh: it finds the instances by names. In the place of
 * `getent`, which asks the name server of the machine, a program answers with their addresses of that moment.
 */
export async function startEdge(
  opened: AsyncDisposableStack,
  { configApi, forwarderApi, console = none }: EdgeServices,
  replacements: Replacements = [],
): Promise<Edge> {
  const prepared = await prepare(opened, replacements)
  const { directory, nginx, instances } = prepared
  const programs = await subfolder(directory, 'programs')
  const names = await subfolder(directory, 'names')
  const write = (name: string, lines: string) => writeFile(join(programs, name), `#!/bin/sh\n${lines}`, { mode: 0o755 })
  await write('getent', `cat ${names}/"$2" 2>/dev/null\n`)
  await write('nginx', `exec ${nginx.map((each) => `'${each}'`).join(' ')} "$@"\n`)
  const services = { 'config-api': configApi, 'forwarder-api': forwarderApi, console }
  const writeAddresses = () =>
    Promise.all(
      Object.entries(services).map(([name, { addresses }]) =>
        replace(join(names, name), addresses.map((address) => `${address} STREAM ${name}\n`).join('')),
      ),
    )
  await writeAddresses()
  let written: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    written = written.then(writeAddresses)
  }, nameServerMs)
  opened.defer(async () => {
    clearInterval(timer)
    await written
  })
  const args = Object.entries(services).map(([name, { port }]) => `${name.replace('-', '_')}=${name}:${port}`)
  const script = join(root, 'infra/nginx/from-dns.sh')
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}` }
  const { log } = await run(opened, prepared, [script, instances, ...args], env)
  return { ...prepared.edge, log }
}

/** The same with infra/nginx/instances.conf, in front of forwarders alone. @param forwarders their urls */
export async function startFixedEdge(
  opened: AsyncDisposableStack,
  forwarders: readonly string[],
  replacements: Replacements = [],
): Promise<FixedEdge> {
  const prepared = await prepare(opened, replacements)
  const write = (urls: readonly string[]) =>
    writeInstances(
      prepared,
      root,
      urls.map((url) => new URL(url).host),
    )
  await write(forwarders)
  const [command = '', ...args] = prepared.nginx
  const { log, pid } = await run(opened, prepared, [command, ...args, '-g', 'daemon off;'])
  const reload = async (urls: readonly string[]) => {
    const before = await workersOf(pid)
    await write(urls)
    process.kill(pid, 'SIGHUP')
    await eventually(
      () => workersOf(pid),
      (now) => now.length > 0 && !now.some((worker) => before.includes(worker)),
    )
  }
  return { ...prepared.edge, log, reload }
}

interface Prepared {
  readonly directory: string
  /** The command, which reads the configuration there. */
  readonly nginx: readonly string[]
  readonly instances: string
  readonly livePort: number
  readonly edge: Omit<Edge, 'log'>
}

async function prepare(opened: AsyncDisposableStack, replacements: Replacements): Promise<Prepared> {
  const { stdout } = spawnSync('sh', ['-c', 'command -v nginx'], { encoding: 'utf8' })
  if (stdout === '') throw new Error('nginx is not installed (apt-get install nginx)')
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-edge-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  const ca = await writeCertificate(directory)
  const nginx = await writeShippedNginx({ checkout: root, directory, hasTls: true, replacements })
  const url = (port: number) => `https://localhost:${port}`
  const { configApi, forwarderApi, console, live } = nginx.ports
  const records = async () => {
    const lines = (await readFile(nginx.accessLog, 'utf8')).split('\n').filter((line) => line !== '')
    return lines.map((line): EdgeRecord => JSON.parse(line))
  }
  return {
    directory,
    nginx: [stdout.trim(), ...nginx.args],
    instances: nginx.instances,
    livePort: live,
    edge: { configApi: url(configApi), forwarderApi: url(forwarderApi), console: url(console), ca, records },
  }
}

async function subfolder(directory: string, name: string): Promise<string> {
  const path = join(directory, name)
  await mkdir(path)
  return path
}

/** As a whole: whoever reads meanwhile gets the file before or after. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

async function writeCertificate(directory: string): Promise<string> {
  const ca = await createCa({ name: 'Edge CA' })
  const { certificate, privateKey } = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  await writeFile(join(directory, 'tls.crt'), certificate)
  await writeFile(join(directory, 'tls.key'), privateKey)
  return ca.certificate
}

/** The workers that take connections: those that a reload has sent away still finish what they do. */
async function workersOf(pid: number): Promise<readonly string[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .split(' ')
    .filter((each) => each !== '')
  const titles = await Promise.all(children.map((each) => readFile(`/proc/${each}/cmdline`, 'utf8').catch(() => '')))
  return children.filter((_, n) => titles[n]?.includes('worker process') && !titles[n].includes('shutting down'))
}

async function run(
  opened: AsyncDisposableStack,
  { livePort }: Prepared,
  [command = '', ...args]: readonly string[],
  env = process.env,
): Promise<{ readonly pid: number; log(): string }> {
  const nginx = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  nginx.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = once(nginx, 'close')
  opened.defer(async () => {
    nginx.kill('SIGQUIT')
    await ended
  })
  // An answer, not just a connection: the nginx -T of from-dns.sh listens as well, and resets what it has not taken.
  const isLive = () =>
    new Promise<boolean>((resolve) => {
      get({ host: '127.0.0.1', port: livePort, path: '/live', agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode === 204)
      }).on('error', () => resolve(false))
    })
  await eventually(isLive, (isThere) => isThere || nginx.exitCode !== null)
  if (nginx.exitCode !== null || nginx.pid === undefined) throw new Error(`nginx did not start: ${output}`)
  return { pid: nginx.pid, log: () => output }
}
