import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort, type IssuedCertificate, takesConnections } from '@mtls-gateway/test-kit'

export interface Program {
  /** `https://localhost:port` */
  readonly url: string
  close(): Promise<void>
}

/** Where a program finds its files, and where it listens. */
export interface ProgramPlace {
  readonly directory: string
  readonly port: number
}

interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly files: Readonly<Record<string, string | Uint8Array>>
}

/** Starts a server in a directory of its own, and waits until it takes connections on a free port of 127.0.0.1. */
export async function startProgram(launchFor: (place: ProgramPlace) => Launch): Promise<Program> {
  const directory = mkdtempSync(join(tmpdir(), 'target-program-'))
  const port = await freePort()
  const { command, args, files } = launchFor({ directory, port })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  const server = spawn(command, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  server.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const closed = once(server, 'close')
  const close = async () => {
    server.kill('SIGTERM')
    await closed
    rmSync(directory, { recursive: true })
  }
  while (!(await takesConnections(port))) {
    if (server.exitCode !== null) throw new Error(`${command} did not start: ${said}`)
    await setTimeout(25)
  }
  return { url: `https://localhost:${port}`, close }
}

/** The files that every server here reads its own certificate from, and the CA that it trusts for clients. */
export function tlsFiles(identity: IssuedCertificate, clientCa: string): Launch['files'] {
  return {
    'server.pem': identity.certificate,
    'server.key': identity.privateKey,
    'both.pem': identity.certificate + identity.privateKey,
    'client-ca.pem': clientCa,
  }
}
