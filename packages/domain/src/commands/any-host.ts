import type { Account } from '../account/account.ts'
import type { CommandContext } from '../account/command.ts'
import { settingsOf } from '../account/settings.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { isAnyHost } from '../mappings/mapping-url.ts'
import type { EntryFault } from './entry-faults.ts'

/**
 * What is wrong with a mapping of any host that is made or changed; undefined: nothing. A certificate for any host
 * is shown to whatever a call names, so an administrator decides on it; and the account refuses unmapped calls: else
 * those would go out without a certificate, and nobody would notice, where the mapping is deleted or names another
 * service.
 */
export function anyHostFault(
  account: Account,
  { isAdmin = false }: CommandContext,
  { url, targetAuth, messageSignature }: Pick<Mapping, 'url' | 'targetAuth' | 'messageSignature'>,
): Omit<EntryFault, 'index'> | undefined {
  if (!isAnyHost(url)) return undefined
  if (targetAuth !== undefined) {
    const message = 'A mapping of any host has no "targetAuth": whatever host a call names would be given the secret.'
    return { code: 'TARGET_AUTH_INVALID', message, field: 'targetAuth' }
  }
  if (messageSignature !== undefined) {
    const message =
      'A mapping of any host has no "messageSignature": whatever host a call names could show the signature to others.'
    return { code: 'MESSAGE_SIGNATURE_INVALID', message, field: 'messageSignature' }
  }
  if (!isAdmin) {
    const message = 'Who maps any host to a certificate needs the scope "mtls:admin".'
    return { code: 'SCOPE_MISSING', message, field: 'url' }
  }
  if (settingsOf(account).unmappedCalls === 'refuse') return undefined
  const message =
    'Any host can be mapped only in an account that refuses unmapped calls: set "unmappedCalls" of its settings to "refuse" first.'
  return { code: 'UNMAPPED_CALLS_NOT_REFUSED', message, field: 'url' }
}

/** @throws CodedError `UNMAPPED_CALLS_NOT_REFUSED`: the account maps any host */
export function keepRefusing({ mappings }: Account): void {
  const fault = anyHostOfSettings(mappings)
  if (fault) throw fault
}

/** What keeps an account from letting unmapped calls out; undefined: nothing. */
export function anyHostOfSettings(mappings: readonly Mapping[]): CodedError | undefined {
  const mapping = mappings.find(({ url }) => isAnyHost(url))
  if (mapping === undefined) return undefined
  return new CodedError(
    'UNMAPPED_CALLS_NOT_REFUSED',
    `Unmapped calls stay refused while the mapping "${mapping.name}" is for any host. Delete it first.`,
  )
}
