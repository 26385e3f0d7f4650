import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { adminEntry } from './entries.ts'

const run = promisify(execFile)

/** A token of the embedded issuer, by the command that users have; `accounts` may be `['*']`. */
export async function issueToken(
  env: Readonly<Record<string, string>>,
  accounts: readonly string[],
  scopes: readonly string[],
): Promise<string> {
  const named = accounts.flatMap((account) => ['--account', account])
  const { stdout } = await run(process.execPath, [adminEntry, 'token', ...named, '--scope', scopes.join(' ')], { env })
  return stdout.trim()
}
