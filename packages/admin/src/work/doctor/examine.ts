import { type CodedError, isCodedError } from '@mtls-gateway/domain'
import type { ConfigurationFault, Environment } from '@mtls-gateway/service-kit'
import type { DoctorContext, ExaminedProcess } from '../../admin-context.ts'
import { type Check, type Finding, fail, ok } from '../../finding.ts'
import { nodeVersion } from './process-checks.ts'

/** How a process reads its settings, and what it needs of them, in the order of the report. */
export interface Examination<Configuration> {
  /** @throws CodedError `CONFIGURATION_INVALID` */
  readonly readConfiguration: (environment: Environment) => Configuration
  readonly checks: readonly Check<Configuration>[]
}

/** What others answered stands in findings: a line of it is enough to recognise it. */
const mostCharacters = 500

/** Looks at everything that the settings name. With wrong settings it says only what is wrong with them. */
export function examination<Configuration>(examined: Examination<Configuration>): ExaminedProcess {
  return (environment) => examineSettings(examined, environment)
}

/** Examines a process of the image: the service itself unless another one is named. */
export async function examine(
  { service, environment }: DoctorContext,
  process = service.name,
): Promise<readonly Finding[]> {
  const load = service.processes[process]
  if (load === undefined) throw new TypeError(`there is no process ${process}`)
  const version = ok('mtls-admin', `${service.version}, commit ${service.commit}, in ${process}`)
  return [version, ...nodeVersion(), ...(await (await load())(environment))]
}

async function examineSettings<Configuration>(
  { readConfiguration, checks }: Examination<Configuration>,
  environment: Environment,
): Promise<readonly Finding[]> {
  let configuration: Configuration
  try {
    configuration = readConfiguration(environment)
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CONFIGURATION_INVALID') throw error
    return faultsOf(error)
  }
  const results = await Promise.all(checks.map((check) => findingsOf(check, { environment, configuration })))
  return [ok('settings', 'valid'), ...results.flat()]
}

/** Whatever goes wrong with one check, the findings of the others are told. */
async function findingsOf<Configuration>(
  check: Check<Configuration>,
  facts: Parameters<Check<Configuration>>[0],
): Promise<readonly Finding[]> {
  try {
    const findings = await check(facts)
    return findings.map((finding) => ({ ...finding, found: inOneLine(finding.found) }))
  } catch (error) {
    // What the service says itself if it does not start; an error of the file system names the file.
    if (isCodedError(error) || (error instanceof Error && 'syscall' in error)) {
      return [fail('start', error.message, 'The service does not start until this is changed.')]
    }
    const fix = 'All other findings hold. Report this one to whoever maintains the gateway.'
    return [fail('mtls-admin', `a check could not be made: ${inOneLine(String(error))}`, fix)]
  }
}

/** An answer with line breaks must not write further lines of the report. */
function inOneLine(found: string): string {
  const line = found.replaceAll(/\s+/g, ' ')
  return line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters)}...`
}

function faultsOf(error: CodedError): readonly Finding[] {
  // As `parseConfiguration` throws it.
  const { faults = [] } = (error.details ?? {}) as { readonly faults?: readonly ConfigurationFault[] }
  if (faults.length === 0) return [fail('settings', error.message, 'The service does not start until this is changed.')]
  return faults.map(({ variable, problem, example }) => fail(variable, problem, `For example ${variable}=${example}`))
}
