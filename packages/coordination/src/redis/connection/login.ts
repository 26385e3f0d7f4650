import { readFile } from 'node:fs/promises'
import { CodedError } from '@mtls-gateway/domain'
import type { RedisLogin } from './connect-options.ts'
import type { ServerLogin } from './server-address.ts'

/** Read anew for each connection, because passwords are rotated. Rejects with a code that is a reason for the log. */
export type ReadLogin = () => Promise<ServerLogin>

/**
 * The login of the urls, with the password of a file if there is one.
 * @throws CodedError `CONFIGURATION_INVALID` if both have a user or a password
 */
export function readLogin(urls: ServerLogin, login: RedisLogin | undefined): ReadLogin {
  if (!login) return async () => urls
  const { username = urls.username, passwordFile } = login
  if (urls.password !== undefined || username !== (urls.username ?? username)) {
    throw new CodedError('CONFIGURATION_INVALID', 'The Redis urls have a user or password, and so have the settings.')
  }
  return async () => ({ ...urls, username, password: await passwordIn(passwordFile) })
}

class PasswordFileError extends Error {
  readonly code: string

  constructor(problem: string) {
    super("the file with Redis' password can't be read")
    this.code = `PASSWORD_FILE_${problem}`
  }
}

/** White space around it does not count. */
async function passwordIn(file: string): Promise<string> {
  const password = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new PasswordFileError(error.code ?? 'UNREADABLE')
  })
  if (password.trim() === '') throw new PasswordFileError('EMPTY')
  return password.trim()
}
