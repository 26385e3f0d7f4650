import { fileURLToPath } from 'node:url'
import { freePort } from '@mtls-gateway/test-kit'
import { cores } from '../machine/cores.ts'
import { startServer } from '../machine/server-process.ts'
import type { Subject, SubjectName, SubjectOptions } from '../subject.ts'
import { plainRequests } from './plain-requests.ts'

/** The program of each, which Node runs as it is. */
const programs = {
  'bare undici': 'bare-undici.ts',
  '@fastify/reply-from': 'reply-from.ts',
  'http-proxy': 'http-proxy.ts',
} as const satisfies Partial<Record<SubjectName, string>>

/** A forwarder on Node, with the target's address and its certificates in the environment. */
export function nodePeer(name: keyof typeof programs): (options: SubjectOptions) => Promise<Subject> {
  return async (options) => {
    const port = await freePort()
    const server = await startServer({
      command: process.execPath,
      args: [fileURLToPath(new URL(`../../peers/${programs[name]}`, import.meta.url))],
      core: cores.subject,
      port,
      env: {
        NODE_ENV: 'production',
        PORT: String(port),
        TARGET: `https://${options.target.address}:${options.target.port}`,
        TARGET_CA_FILE: options.target.caFile,
        IDENTITIES: String(options.identities),
        CERTIFICATES: options.certificates.map(({ pathWithoutExtension }) => pathWithoutExtension).join(','),
      },
    })
    return {
      name,
      url: `http://127.0.0.1:${port}`,
      pid: server.pid,
      repeatable: true,
      requests: (call) => plainRequests(call, `127.0.0.1:${port}`),
      stop: server.stop,
    }
  }
}
