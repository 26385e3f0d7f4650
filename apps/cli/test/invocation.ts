import { Readable } from 'node:stream'
import { Inputs } from '../src/input/inputs.ts'
import { Output } from '../src/output.ts'
import { run } from '../src/run.ts'

export interface Invocation {
  readonly environment?: NodeJS.ProcessEnv
  readonly stdin?: string
  /** All three streams are terminals. */
  readonly isTerminal?: boolean
  /** How wide a terminal is. */
  readonly columns?: number
  /** Gets what is written to stderr, while the command runs. */
  readonly onStderr?: (text: string) => void
}

/** Runs a command with streams that keep what is written. */
export async function mtls(args: readonly string[], invocation: Invocation = {}) {
  const { environment = {}, stdin = '', isTerminal = false, columns = 80, onStderr } = invocation
  const [stdout, stderr] = [recorder(isTerminal, columns), recorder(isTerminal, columns, onStderr)]
  const inputs = new Inputs({ stdin: Object.assign(Readable.from([stdin]), { isTTY: isTerminal }), stderr })
  const output = new Output({ stdout, stderr, environment })
  const build = { version: '1.2.3', commit: '0123456789ab' }
  const exitCode = await run(args, { environment, inputs, output, heard: {}, build })
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

function recorder(isTTY: boolean, columns: number, onWrite: (text: string) => void = () => {}) {
  const chunks: Buffer[] = []
  return {
    isTTY,
    columns,
    write: (chunk: string | Uint8Array) => {
      chunks.push(Buffer.from(chunk))
      onWrite(chunk.toString())
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}
