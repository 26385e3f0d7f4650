import { type ShippedNginxOptions, writeInstances, writeShippedNginx } from '@mtls-gateway/test-kit'
import { cores } from './cores.ts'
import { requireProgram } from './programs.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export interface Edge extends ServerProcess {
  /** `http://127.0.0.1:PORT`, which leads to the forwarder. */
  readonly url: string
}

export interface EdgeOptions extends Pick<ShippedNginxOptions, 'checkout' | 'directory'> {
  readonly forwarderUrl: string
}

/** The shipped nginx in front of a forwarder, without TLS, which whoever calls would pay here, too. */
export async function startEdge({ checkout, directory, forwarderUrl }: EdgeOptions): Promise<Edge> {
  requireProgram('nginx')
  const nginx = await writeShippedNginx({ checkout, directory, hasTls: false, workers: 2 })
  await writeInstances(nginx, checkout, [new URL(forwarderUrl).host])
  const port = nginx.ports.forwarderApi
  const args = [...nginx.args, '-g', 'daemon off;']
  const server = await startServer({ command: 'nginx', args, core: cores.load, port })
  return { ...server, url: `http://127.0.0.1:${port}` }
}
