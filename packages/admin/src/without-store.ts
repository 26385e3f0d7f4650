import type { ExaminedService } from './admin-context.ts'
import { completionCommand } from './commands/completion.ts'
import { doctorCommand } from './commands/doctor.ts'
import { supportBundleCommand } from './commands/support-bundle.ts'
import { versionCommand } from './commands/version.ts'
import { main as runMain } from './main.ts'

export type { ExaminedProcess } from './admin-context.ts'

/** Runs `mtls-admin` for a service without a store: with the commands that need none. */
export function main(service: ExaminedService): Promise<void> {
  return runMain(service, [doctorCommand, supportBundleCommand, completionCommand, versionCommand])
}
