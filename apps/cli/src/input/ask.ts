import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { safeText } from '@mtls-gateway/terminal'
import { CliFailure } from '../cli-failure.ts'

export type TerminalInput = NodeJS.ReadableStream & { readonly isTTY?: boolean }
export type TerminalOutput = { write(text: string): unknown; readonly isTTY?: boolean }

export interface Question {
  readonly text: string
  /** What is typed is a secret. */
  readonly isHidden: boolean
}

/** Shows the question; the terminal shows what is typed unless it is hidden. @throws CliFailure if the user ends it */
export async function ask({ text, isHidden }: Question, input: TerminalInput, output: TerminalOutput): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  // By `terminal` it takes the echo of what is typed from the terminal.
  const lines = createInterface({ input, output: unseen, terminal: isHidden, historySize: 0 })
  const ended = new Promise<never>((_, reject) => {
    const end = () => reject(new CliFailure('wrongUse', 'Nothing was typed.'))
    lines.once('close', end)
    lines.once('SIGINT', end)
  })
  output.write(safeText(text))
  try {
    return await Promise.race([lines.question(''), ended])
  } finally {
    if (isHidden) output.write('\n')
    lines.close()
  }
}
