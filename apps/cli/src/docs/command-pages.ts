import { Readable } from 'node:stream'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { Inputs } from '../input/inputs.ts'
import { Output } from '../output.ts'
import { createProgram } from '../program.ts'

const columns = 110
const begin = '<!-- commands -->'
const end = '<!-- /commands -->'

/** docs/cli.md with the help of every command as it is now. */
export function withCommandPages(page: string): string {
  const [before, rest = ''] = page.split(begin)
  const [, after = ''] = rest.split(end)
  return `${before}${begin}\n\n${commandPages()}\n${end}${after}`
}

function commandPages(): string {
  const printed: string[] = []
  const stream = { write: (text: string) => printed.push(text) }
  const output = new Output({ stdout: stream, stderr: stream, environment: {} })
  const inputs = new Inputs({ stdin: Readable.from([]), stderr: stream })
  const program = createProgram({ environment: {}, inputs, output, heard: {} }, '')
  for (const command of withSubcommands(program)) {
    printed.push(`### ${commandPath(command).join(' ')}\n\n\`\`\`text\n`)
    command.configureHelp({ helpWidth: columns }).outputHelp()
    printed.push('```\n\n')
  }
  return printed.join('').trimEnd()
}

function withSubcommands(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

function commandPath(command: CommandUnknownOpts): readonly string[] {
  return [...(command.parent ? commandPath(command.parent) : []), command.name()]
}
