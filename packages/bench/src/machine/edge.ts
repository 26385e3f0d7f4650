import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@mtls-gateway/test-kit'
import { cores } from './cores.ts'
import { requireProgram } from './programs.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export interface Edge extends ServerProcess {
  /** `http://127.0.0.1:PORT`, which leads to the forwarder. */
  readonly url: string
}

export interface EdgeOptions {
  /** It has the nginx configuration as it is shipped. */
  readonly checkout: string
  /** A folder of its own. */
  readonly directory: string
  readonly forwarderUrl: string
}

/** The shipped nginx in front of a forwarder, but for ports, files and TLS, which whoever calls would pay here, too. */
export async function startEdge({ checkout, directory, forwarderUrl }: EdgeOptions): Promise<Edge> {
  requireProgram('nginx')
  const shipped = (name: string) => readFile(join(checkout, 'infra/nginx', name), 'utf8')
  const [port, configApi, console, live] = [await freePort(), await freePort(), await freePort(), await freePort()]
  await mkdir(join(directory, 'instances'), { recursive: true })
  const { host } = new URL(forwarderUrl)
  const instances = join(directory, 'instances/instances.conf')
  await writeFile(
    instances,
    replaced(await shipped('instances.conf'), [
      ['  server 10.1.0.21:8080', `  server ${host}`],
      ['  server 10.1.0.22:8080 max_fails=1 fail_timeout=1s;\n', ''],
      ['upstream 10.1.0.21-8080 { server 10.1.0.21:8080;', `upstream ${host.replace(':', '-')} { server ${host};`],
    ]),
  )
  const configuration = join(directory, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};\n`)
    .join('')
  await writeFile(
    configuration,
    replaced(`user ${userInfo().username};\ndaemon off;\n${withoutTls(await shipped('nginx.conf'))}`, [
      ['worker_processes auto', 'worker_processes 1'],
      ['events {', `pid ${directory}/nginx.pid;\nevents {`],
      ['http {', `http {\n${temporary}`],
      ['/var/log/nginx/access.log', join(directory, 'access.log')],
      ['8080 config_api;', `${configApi} config_api;`],
      ['8081 forwarder_api;', `${port} forwarder_api;`],
      ['8090 console;', `${console} console;`],
      ['listen 8080 ssl', `listen 127.0.0.1:${configApi}`],
      ['listen 8081 ssl', `listen 127.0.0.1:${port}`],
      ['listen 8090 ssl', `listen 127.0.0.1:${console}`],
      ['listen 127.0.0.1:8082', `listen 127.0.0.1:${live}`],
    ]),
  )
  const args = ['-e', 'stderr', '-p', directory, '-c', configuration]
  const server = await startServer({ command: 'nginx', args, core: cores.load, port })
  return { ...server, url: `http://127.0.0.1:${port}` }
}

function withoutTls(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('  ssl_'))
    .join('\n')
}

/** @throws Error if what is shipped has changed so that this no longer fits */
function replaced(text: string, replacements: readonly (readonly [from: string, to: string])[]): string {
  return replacements.reduce((before, [from, to]) => {
    const after = before.replace(from, to)
    if (after === before) throw new Error(`the configuration in infra/nginx has no ${from}`)
    return after
  }, text)
}
