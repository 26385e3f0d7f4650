import { Readable } from 'node:stream'
import { withCommandPages as withPages } from '@mtls-gateway/terminal'
import { Inputs } from '../input/inputs.ts'
import { Output } from '../output.ts'
import { createProgram } from '../program.ts'

/** docs/cli.md with the help of every command as it is now. */
export function withCommandPages(page: string): string {
  const stream = { write: () => true }
  const output = new Output({ stdout: stream, stderr: stream, environment: {} })
  const inputs = new Inputs({ stdin: Readable.from([]), stderr: stream })
  return withPages(
    page,
    createProgram({ environment: {}, inputs, output, heard: {}, build: { version: '', commit: '' } }),
  )
}
