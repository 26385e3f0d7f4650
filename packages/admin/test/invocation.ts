import { fileURLToPath } from 'node:url'
import { commonRules, commonSettings, type Environment, parseConfiguration } from '@mtls-gateway/service-kit'
import { AdminContext, type AdminService } from '../src/admin-context.ts'
import { allCommands } from '../src/commands/all.ts'
import type { Finding } from '../src/finding.ts'
import { run } from '../src/run.ts'
import { examination, memory, storeServiceChecks } from '../src/work/doctor/index.ts'

const vaultPolicies = fileURLToPath(new URL('../../../infra/vault', import.meta.url))
const settings = commonSettings('CONFIG_API', { service: 8_080, management: 9_080 })

const readConfiguration = (environment: Environment) => parseConfiguration(settings, environment, commonRules(settings))
const examined = examination({
  readConfiguration,
  checks: [memory('config-api'), ...storeServiceChecks({ settings, role: 'config-api', vaultPolicies })],
})

/** A service with nothing but what all of them have. */
export const service: AdminService = {
  name: 'config-api',
  version: '1.2.3',
  commit: '0123456789ab',
  settings,
  readConfiguration,
  vaultPolicies,
  processes: { 'config-api': async () => examined },
}

/** Nobody listens there. At the usual ports another process may, which is asked and may never answer. */
export const noService = { CONFIG_API_PORT: '1', CONFIG_API_MANAGEMENT_PORT: '1' }

/** Runs a command with streams that keep what is written. */
export async function mtlsAdmin(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  ask?: (question: string) => Promise<string>,
) {
  const [stdout, stderr] = [recorder(), recorder()]
  const exitCode = await run(
    args,
    new AdminContext(service, { ...noService, ...environment }, { stdout, stderr }, ask),
    allCommands,
  )
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

/** What `mtls-admin doctor` finds. */
export async function findings(environment: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const { stdout } = await mtlsAdmin(['doctor', '--json'], environment)
  return JSON.parse(stdout).findings
}

export function named(found: readonly Finding[], check: string): Finding | undefined {
  return found.find((finding) => finding.check === check)
}

function recorder() {
  const written: Buffer[] = []
  return {
    write: (text: string | Uint8Array) => written.push(Buffer.from(text)),
    text: () => Buffer.concat(written).toString(),
  }
}
