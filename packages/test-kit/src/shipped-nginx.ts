import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

/** Texts of the shipped configuration, and what takes their place. */
export type Replacements = readonly (readonly [from: string, to: string])[]

export interface ShippedNginxOptions {
  /** A checkout of this repository. */
  readonly checkout: string
  /** Where everything goes; with TLS, its `tls.crt` and `tls.key` are there. */
  readonly directory: string
  readonly hasTls: boolean
  /** By default one, which is enough for tests. */
  readonly workers?: number
  readonly replacements?: Replacements
}

export interface ShippedNginx {
  /** On 127.0.0.1. The last one answers `/live`. */
  readonly ports: Readonly<Record<'configApi' | 'forwarderApi' | 'console' | 'live', number>>
  /** With these, the command `nginx` uses this configuration. */
  readonly args: readonly string[]
  /** The folder for what says where the instances are. */
  readonly instances: string
  readonly accessLog: string
}

/** Writes the nginx configuration that is shipped, but for ports, files and replacements. */
export async function writeShippedNginx(options: ShippedNginxOptions): Promise<ShippedNginx> {
  const { checkout, directory, hasTls, workers = 1, replacements = [] } = options
  const [configApi, forwarderApi, console, live] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
  const instances = join(directory, 'instances')
  await mkdir(instances)
  const shipped = await readFile(join(checkout, 'infra/nginx/nginx.conf'), 'utf8')
  const accessLog = join(directory, 'access.log')
  // Those of the package, which are root's.
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};\n`)
    .join('')
  const configuration = join(directory, 'nginx.conf')
  await writeFile(
    configuration,
    replaced(`user ${userInfo().username};\n${hasTls ? shipped : withoutTls(shipped)}`, [
      ...replacements,
      ['worker_processes 2', `worker_processes ${workers}`],
      ['events {', `pid ${directory}/nginx.pid;\nevents {`],
      ['http {', `http {\n${temporary}`],
      ...(hasTls ? ([['/tls/', `${directory}/`]] as const) : []),
      ['/var/log/nginx/access.log', accessLog],
      ['8080 config_api;', `${configApi} config_api;`],
      ['8081 forwarder_api;', `${forwarderApi} forwarder_api;`],
      ['8090 console;', `${console} console;`],
      ['listen 8080', `listen 127.0.0.1:${configApi}`],
      ['listen 8081', `listen 127.0.0.1:${forwarderApi}`],
      ['listen 8090', `listen 127.0.0.1:${console}`],
      ['listen 127.0.0.1:8082', `listen 127.0.0.1:${live}`],
    ]),
  )
  const args = ['-e', 'stderr', '-p', directory, '-c', configuration]
  return { ports: { configApi, forwarderApi, console, live }, args, instances, accessLog }
}

/** Writes the list of instances that is shipped, with these forwarders. @param hosts `127.0.0.1:8081` */
export async function writeInstances(
  { instances }: Pick<ShippedNginx, 'instances'>,
  checkout: string,
  hosts: readonly string[],
): Promise<void> {
  const shipped = await readFile(join(checkout, 'infra/nginx/instances.conf'), 'utf8')
  const [example = '', ...others] = ['10.1.0.21:8080', '10.1.0.22:8080']
  const keptBy = (host: string) => host.replace(':', '-')
  const linesOf = (address: string) =>
    shipped.split('\n').filter((line) => line.includes(address) || line.includes(keptBy(address)))
  const given = linesOf(example).map((line) => {
    const lines = hosts.map((host) => line.replaceAll(example, host).replaceAll(keptBy(example), keptBy(host)))
    return [line, lines.join('\n')] as const
  })
  const gone = others.flatMap(linesOf).map((line) => [`${line}\n`, ''] as const)
  await writeFile(join(instances, 'instances.conf'), replaced(shipped, [...given, ...gone]))
}

function withoutTls(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('  ssl_'))
  return lines.join('\n').replaceAll(/(listen \d+) ssl;/g, '$1;')
}

/** @throws Error if the shipped configuration has changed so that this no longer fits */
function replaced(text: string, replacements: Replacements): string {
  return replacements.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`the configuration in infra/nginx has no ${from}`)
    return before.replaceAll(from, to)
  }, text)
}
