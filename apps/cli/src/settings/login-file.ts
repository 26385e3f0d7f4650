import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { CliFailure, errorCode } from '../cli-failure.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** What `mtls login` keeps. */
export interface Login extends LoginSettings {
  readonly token?: string | undefined
  /** By which the provider gives the next token. */
  readonly refreshToken?: string | undefined
  /** When the token ends (ISO 8601), if the provider says so. */
  readonly expiresAt?: string | undefined
  readonly appKey?: string | undefined
  readonly appSecret?: string | undefined
}

/** What `mtls logout` leaves of it. */
export interface LoginSettings {
  readonly configApi?: string | undefined
  readonly forwarderApi?: string | undefined
  readonly console?: string | undefined
  readonly account?: string | undefined
  readonly provider?: ProviderSettings | undefined
}

export function settingsOf({ configApi, forwarderApi, console, account, provider }: Login): LoginSettings {
  return { configApi, forwarderApi, console, account, provider }
}

/** In the user's configuration directory (XDG Base Directory Specification). */
export function loginFilePath(environment: NodeJS.ProcessEnv): string {
  const { XDG_CONFIG_HOME: directory } = environment
  return join(directory || join(homedir(), '.config'), 'mtls-gateway', 'login.json')
}

/** Empty where nobody has logged in. @throws CliFailure where the file can not be read */
export async function readLogin(path: string): Promise<Login> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {}
    throw new CliFailure('wrongUse', `${path} can not be read (${errorCode(error)}).`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch {
    // What JSON.parse says quotes the file, which holds a token.
    throw new CliFailure('wrongUse', `${path} is damaged. Log in again: mtls login.`)
  }
}

/** Before something is asked for that is given out only once. @throws CliFailure where nothing can be written */
export async function expectWritable(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await access(dirname(path), constants.W_OK)
  } catch (error) {
    throw new CliFailure('wrongUse', `${path} can not be written (${errorCode(error)}).`, { cause: error })
  }
}

/** Whole or not at all, and for its owner alone. @throws CliFailure */
export async function writeLogin(path: string, login: Login): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(draft, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw new CliFailure('wrongUse', `${path} can not be written (${errorCode(error)}).`, { cause: error })
  }
}
