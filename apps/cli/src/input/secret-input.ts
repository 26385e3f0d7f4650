import type { InputContext } from './inputs.ts'

export interface SecretSources {
  /** `-` is stdin. */
  readonly file: string | undefined
  /** The environment variable's name. */
  readonly variable: string
  /** For the terminal; without it nobody is asked. */
  readonly question?: string
}

/** From a file, the environment, or a prompt if there is a terminal: never from an argument, which others can see. */
export async function readSecret(
  { environment, inputs }: InputContext,
  { file, variable, question }: SecretSources,
): Promise<string | undefined> {
  if (file !== undefined) return inputs.secretFile(file)
  const given = environment[variable]
  if (given !== undefined) return given
  return question !== undefined && inputs.isTerminal ? inputs.askSecret(question) : undefined
}
