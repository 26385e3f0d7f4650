import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { errorCode } from './error-text.ts'
import { StepFailure } from './step-failure.ts'

/** A week, in seconds: the tokens of the demo file must work as long as the demo stays up. */
const lifetime = 7 * 24 * 3_600

export interface TokenOptions {
  /** The script of `mtls-admin`. */
  readonly entry: string
  readonly env: NodeJS.ProcessEnv
  readonly account: string
  readonly scope: string
}

/** A token of the embedded issuer. @throws StepFailure with what the script said on stderr */
export async function bearerToken({ entry, env, account, scope }: TokenOptions): Promise<string> {
  const words = ['token', '--account', account, '--scope', scope, '--subject', 'demo', '--expires-in', String(lifetime)]
  const { stdout } = await promisify(execFile)(process.execPath, [entry, ...words], { env }).catch((error) => {
    throw new StepFailure(String(error.stderr ?? '').trim() || `no token: exit code ${errorCode(error)}`)
  })
  return stdout.trim()
}
