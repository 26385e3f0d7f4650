import { CodedError } from '@mtls-gateway/domain'
import type { Configuration, Settings } from './fields.ts'

export interface ConfigurationFault {
  readonly variable: string
  /** What is wrong, as a sentence whose subject is the variable. Never its value, which may be a secret. */
  readonly problem: string
  readonly example: string
}

/** A rule about several settings. Absent ones are undefined; ones that are invalid on their own are left out. */
export type ConfigurationRule<C> = (values: Partial<C>) => readonly ConfigurationFault[]

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The typed configuration of an environment. An empty variable counts as absent, an unknown one is ignored.
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once
 */
export function parseConfiguration<S extends Settings>(
  settings: S,
  environment: Environment,
  rules: readonly ConfigurationRule<Configuration<S>>[] = [],
): Configuration<S> {
  const values: Record<string, unknown> = {}
  const faults: ConfigurationFault[] = []
  for (const [name, { variable, schema, required, example, default: usual }] of Object.entries(settings)) {
    const text = environment[variable]?.trim() || usual
    const fail = (problem: string) => faults.push({ variable, problem, example })
    if (text === undefined) {
      if (required) fail('is required')
      else values[name] = undefined
      continue
    }
    const { success, data, error } = schema.safeParse(text)
    if (success) values[name] = data
    else fail(error.issues.map(({ message }) => message).join('; '))
  }
  // Each value was made by its setting's own schema; only the type checker can't follow the names.
  const configuration = values as Configuration<S>
  for (const rule of rules) faults.push(...rule(configuration))
  if (faults.length > 0) throw invalid(faults)
  return configuration
}

function invalid(faults: readonly ConfigurationFault[]): CodedError {
  const lines = faults.map(
    ({ variable, problem, example }) => `- ${variable} ${problem}. Example: ${variable}=${example}`,
  )
  return new CodedError('CONFIGURATION_INVALID', `The configuration is not valid:\n${lines.join('\n')}`, {
    details: { faults },
  })
}
