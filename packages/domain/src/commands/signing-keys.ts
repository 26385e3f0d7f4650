import type { Account } from '../account/account.ts'
import type { Command, CommandContext } from '../account/command.ts'
import { changedMappings } from '../account/command.ts'
import {
  activeSigningKey,
  neededSigningKeys,
  type SigningKey,
  signingKeyAlgorithmFor,
  signingKeyState,
} from '../account/signing-key.ts'
import { CodedError } from '../errors/coded-error.ts'
import { maxSigningKeys } from '../limits/limits.ts'
import type { Mapping } from '../mappings/mapping.ts'
import type { EntryFault } from './entry-faults.ts'
import { auditedActor, type ChangeDescription, nextAccount } from './next-account.ts'

export type NewSigningKey = Pick<SigningKey, 'kid' | 'use' | 'algorithm' | 'jwk'>

/**
 * The first key of a use signs at once: nobody can have the key set without it. Another waits for its activation.
 * @throws CodedError `TOO_MANY_SIGNING_KEYS` (20 an account)
 */
export function createSigningKey(context: CommandContext, made: NewSigningKey): Command<SigningKey> {
  return (account) => {
    refuseTooManySigningKeys(account)
    const isFirst = activeSigningKey(account, made.use) === undefined
    const result: SigningKey = {
      ...made,
      createdAt: context.at,
      createdBy: auditedActor(context.actor),
      ...(isFirst && { activatedAt: context.at }),
    }
    const description: ChangeDescription = { action: 'signing-keys.create', subjects: [subjectOf(result)] }
    const signingKeys = [...(account.signingKeys ?? []), result]
    return { account: nextAccount(account, context, description, { signingKeys }), result, revoked: [] }
  }
}

/**
 * The key signs from then on, and the one that did retires. One that signs already is left as it is.
 * @throws CodedError `SIGNING_KEY_NOT_FOUND`, `SIGNING_KEY_IN_USE`: a mapping needs the one that does for its algorithm
 */
export function activateSigningKey(context: CommandContext, kid: string): Command<SigningKey> {
  return (account) => {
    const key = findSigningKey(account, kid)
    if (signingKeyState(key) === 'active') return { account, result: key, revoked: [] }
    const { retiredAt: _, ...rest } = key
    const result: SigningKey = { ...rest, activatedAt: context.at }
    refuseUnfit(account, key)
    const before = activeSigningKey(account, key.use)
    const signingKeys = (account.signingKeys ?? []).map((each) => {
      if (each === key) return result
      return each === before ? { ...each, retiredAt: context.at } : each
    })
    const description: ChangeDescription = { action: 'signing-keys.activate', subjects: [subjectOf(result)] }
    const next = nextAccount(account, context, description, { signingKeys })
    // A copy of the account that lacks this would sign with a key that may be deleted next.
    return { account: next, result, revoked: [changedMappings] }
  }
}

/**
 * The key leaves the key set.
 * @throws CodedError `SIGNING_KEY_NOT_FOUND`, `SIGNING_KEY_IN_USE`: it signs for a mapping
 */
export function deleteSigningKey(context: CommandContext, kid: string): Command<SigningKey> {
  return (account) => {
    const key = findSigningKey(account, kid)
    const isActive = signingKeyState(key) === 'active'
    const mapping = isActive && account.mappings.find((each) => neededSigningKeys(each).includes(key.use))
    if (mapping) {
      const message = `The mapping "${mapping.name}" signs with this key. Activate another key of the same use first, or change the mapping.`
      throw new CodedError('SIGNING_KEY_IN_USE', message)
    }
    const description: ChangeDescription = { action: 'signing-keys.delete', subjects: [subjectOf(key)] }
    const signingKeys = (account.signingKeys ?? []).filter((each) => each !== key)
    return { account: nextAccount(account, context, description, { signingKeys }), result: key, revoked: [] }
  }
}

/** @throws CodedError `TOO_MANY_SIGNING_KEYS` */
export function refuseTooManySigningKeys({ signingKeys = [] }: Pick<Account, 'signingKeys'>): void {
  if (signingKeys.length < maxSigningKeys) return
  const message = `An account may have at most ${maxSigningKeys} signing keys. Delete those that have retired.`
  throw new CodedError('TOO_MANY_SIGNING_KEYS', message, { details: { limit: maxSigningKeys } })
}

/** What is wrong with a mapping that signs with a key which the account does not have; undefined: nothing. */
export function signingKeyFault(account: Account, mapping: Mapping): Omit<EntryFault, 'index'> | undefined {
  const use = neededSigningKeys(mapping).find((each) => activeSigningKey(account, each) === undefined)
  if (use === undefined) return undefined
  const message = `This mapping needs a signing key, and the account has none for "${use}". Create one first.`
  const field = use === 'client-authentication' ? 'targetAuth.method' : 'messageSignature.signingKey'
  return { code: 'SIGNING_KEY_NEEDED', message, field }
}

/** Calls would be refused from then on. */
function refuseUnfit({ mappings }: Account, { use, algorithm }: SigningKey): void {
  for (const { name, messageSignature } of mappings) {
    if (use !== 'message-signature' || !messageSignature?.signingKey) continue
    if (signingKeyAlgorithmFor(messageSignature, algorithm) !== undefined) continue
    const message = `The mapping "${name}" cannot sign by a key for ${algorithm}. Activate a key for the same algorithm as before, or change the mapping first.`
    throw new CodedError('SIGNING_KEY_IN_USE', message)
  }
}

function findSigningKey({ signingKeys = [] }: Account, kid: string): SigningKey {
  const key = signingKeys.find((candidate) => candidate.kid === kid)
  if (key) return key
  throw new CodedError('SIGNING_KEY_NOT_FOUND', 'This account has no such signing key. List them for their ids.')
}

function subjectOf({ kid, use }: SigningKey): string {
  return `${kid} ${use}`
}
