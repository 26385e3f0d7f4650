import { compareFiles, exportAgain, tryPassword } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import type { Encryption } from './encryption/encryption.ts'
import type { Mac } from './mac.ts'

/**
 * Elsewhere users get "mac verify failure", for a wrong password as well as for an unknown cipher
 * (mtrojnar/osslsigncode#178). Here each has a message of its own.
 */
export function wrongPassword(password: string | undefined, encryptions: readonly Encryption[]): Fault {
  if (!password) {
    const message = 'The file is protected by a password, and none was given. Give its password.'
    return new Fault('P12_PASSWORD_REQUIRED', message, tryPassword)
  }
  const known = encryptions.every(({ library }) => library !== undefined)
  const message = 'The password does not open the file.'
  const notTheFormat = ' Its format is supported, so only the password is wrong.'
  return new Fault('P12_WRONG_PASSWORD', known ? message + notTheFormat : message, tryPassword)
}

export function ownPassword(): Fault {
  const message =
    'The password is that of the file, but a part of it (most likely the key) has a password of its own. Give both the same.'
  return new Fault('P12_WRONG_PASSWORD', message, exportAgain())
}

export function changedAfterwards(): Fault {
  const message = 'The password is right, but the file was changed or damaged after it was written.'
  return new Fault('P12_DAMAGED', message, compareFiles)
}

export function unsupportedCipher(cipher: string): Fault {
  const message = `The file is encrypted with ${cipher}, which is not supported here.`
  return new Fault('P12_UNSUPPORTED_ALGORITHM', message, exportAgain({ legacy: true }))
}

export function unsupportedMac({ name }: Mac): Fault {
  const message = `The file's integrity check is by ${name}, which is not supported here.`
  return new Fault('P12_UNSUPPORTED_ALGORITHM', message, exportAgain())
}
