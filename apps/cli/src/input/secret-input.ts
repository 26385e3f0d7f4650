import type { CliContext } from '../cli-context.ts'

export interface SecretSources {
  /** `-` is stdin. */
  readonly file: string | undefined
  /** Of the environment. */
  readonly variable: string
  /** For the terminal; without it nobody is asked. */
  readonly question?: string
}

/**
 * From a file, else from the environment, else asked for where there is a terminal: never from an argument, which
 * others see.
 */
export async function readSecret(
  { environment, inputs }: CliContext,
  { file, variable, question }: SecretSources,
): Promise<string | undefined> {
  if (file !== undefined) return inputs.secretFile(file)
  const given = environment[variable]
  if (given !== undefined) return given
  return question !== undefined && inputs.isTerminal ? inputs.ask(question) : undefined
}
