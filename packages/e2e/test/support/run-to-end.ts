import { execFile } from 'node:child_process'
import { compileCache } from '@mtls-gateway/test-kit'

export interface Ended {
  readonly code: number | null
  /** Stdout and stderr together. */
  readonly output: string
}

/** Runs a command, or a service that should not start; ends it after 110 s if it does. */
export function runToEnd(
  entry: string,
  env: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...compileCache(), ...env }, timeout: 110_000 }
    const child = execFile(process.execPath, [entry, ...words], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, output: stdout + stderr })
    })
  })
}
