export interface Instruction {
  /** In upper case. */
  readonly name: string
  /** `--flag=value` before the rest. */
  readonly flags: Readonly<Record<string, string>>
  readonly rest: string
}

export interface Stage {
  /** The name of another stage, or of an image. */
  readonly from: string
  /** The variable that `--platform` names. */
  readonly platform: string | undefined
  readonly instructions: readonly Instruction[]
}

/** The stages of a Dockerfile by name. Here-documents, parser directives and stages without a name are not known. */
export function parseDockerfile(text: string): ReadonlyMap<string, Stage> {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  const instructions = lines.join('\n').replaceAll('\\\n', ' ').split('\n')
  const stages = new Map<string, Stage & { readonly instructions: Instruction[] }>()
  const beforeStages: Instruction[] = []
  let stage = beforeStages
  for (const instruction of instructions.filter((line) => line.trim() !== '').map(parseInstruction)) {
    if (instruction.name !== 'FROM') {
      stage.push(instruction)
      continue
    }
    const args = Object.assign({}, ...beforeStages.map(({ rest }) => environmentOf(rest)))
    const [from = '', name = ''] = withVariables(instruction.rest, args).split(/\s+AS\s+/)
    stage = []
    const [, platform] = /^\$\{(\w+)\}$/.exec(instruction.flags.platform ?? '') ?? []
    stages.set(name, { from, platform, instructions: stage })
  }
  return stages
}

function parseInstruction(line: string): Instruction {
  const [, name = '', flagWords = '', rest = ''] = /^(\w+)\s+((?:--\S+\s+)*)(.*)$/.exec(line.trim()) ?? []
  const flags = [...flagWords.matchAll(/--([\w-]+)=(\S+)/g)].map(([, flag, value]) => [flag, value])
  return { name: name.toUpperCase(), flags: Object.fromEntries(flags), rest }
}

/** `${NAME}` and `$NAME`, as in all instructions but RUN, CMD, ENTRYPOINT and HEALTHCHECK. */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, plain) => variables[braced ?? plain] ?? '')
}

/** The pairs of an ENV instruction. */
export function environmentOf(rest: string): Record<string, string> {
  return Object.fromEntries([...rest.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))
}
