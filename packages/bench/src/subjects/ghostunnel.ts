import { freePort } from '@mtls-gateway/test-kit'
import { cores } from '../machine/cores.ts'
import { startServer } from '../machine/server-process.ts'
import { certificateOf, type Subject, type SubjectOptions } from '../subject.ts'
import { buildGoProgram } from './go-program.ts'
import { plainRequests } from './plain-requests.ts'

export const ghostunnel = { module: 'ghostunnel', package: 'github.com/ghostunnel/ghostunnel' }

/** A tunnel: it ends no HTTP, and each connection to it is one to the target. @throws MissingProgram */
export async function startGhostunnel(options: SubjectOptions): Promise<Subject> {
  const command = await buildGoProgram(ghostunnel)
  const port = await freePort()
  const { pathWithoutExtension } = certificateOf(options, 0)
  const server = await startServer({
    command,
    args: [
      'client',
      `--listen=127.0.0.1:${port}`,
      `--target=${options.target.address}:${options.target.port}`,
      '--override-server-name=localhost',
      `--cert=${pathWithoutExtension}.pem`,
      `--key=${pathWithoutExtension}.key`,
      `--cacert=${options.target.caFile}`,
      '--quiet=all',
    ],
    core: cores.subject,
    port,
  })
  return {
    name: 'ghostunnel',
    url: `http://127.0.0.1:${port}`,
    pid: server.pid,
    repeatable: true,
    requests: (call) => plainRequests(call, `localhost:${options.target.port}`),
    stop: server.stop,
  }
}
