import { Fault } from '../report/fault.ts'
import type { KeyMaterialInput } from './key-material-input.ts'
import { maxFileBytes, maxPasswordLength } from './limits.ts'
import type { SignedInput } from './signed-input.ts'

/** @throws Fault `LIMIT_EXCEEDED` naming field and limit */
export function checkSignedLimits({ certificates }: SignedInput): void {
  checkSize('certificate', Buffer.byteLength(certificates))
}

/** @throws Fault `LIMIT_EXCEEDED` naming field and limit */
export function checkLimits(input: KeyMaterialInput): void {
  if (input.kind === 'pkcs12') {
    checkSize('file', input.bytes.length)
    checkPassword('password', input.password)
  } else {
    checkSize('certificate', Buffer.byteLength(input.certificate))
    checkSize('privateKey', Buffer.byteLength(input.privateKey))
    checkPassword('passphrase', input.passphrase)
  }
}

function checkSize(field: string, bytes: number): void {
  if (bytes <= maxFileBytes) return
  throw new Fault('LIMIT_EXCEEDED', `${field} has ${bytes} bytes; at most ${maxFileBytes} are taken.`)
}

function checkPassword(field: string, password: string | undefined): void {
  if ((password?.length ?? 0) <= maxPasswordLength) return
  throw new Fault('LIMIT_EXCEEDED', `${field} is longer than ${maxPasswordLength} characters.`)
}
