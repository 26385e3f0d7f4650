import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { safeText } from '@mtls-gateway/terminal'
import { CliFailure } from '../cli-failure.ts'

export type TerminalInput = NodeJS.ReadableStream & { readonly isTTY?: boolean }
export type TerminalOutput = { write(text: string): unknown; readonly isTTY?: boolean }

/** Shows the question and nothing of what is typed. @throws CliFailure where the user ends it (Ctrl-C, Ctrl-D) */
export async function askHidden(question: string, input: TerminalInput, output: TerminalOutput): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: unseen, terminal: true, historySize: 0 })
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const end = () => reject(new CliFailure('wrongUse', 'Nothing was typed.'))
  lines.once('close', end)
  lines.once('SIGINT', end)
  output.write(safeText(question))
  try {
    return await Promise.race([lines.question(''), ended])
  } finally {
    output.write('\n')
    lines.close()
  }
}
