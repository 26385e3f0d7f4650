import type { Account, Mapping } from '../account.ts'
import { CodedError } from '../coded-error.ts'
import type { Command, CommandContext } from '../command.ts'
import { refuseUsedKey } from '../idempotency.ts'
import type { CertificateId, MappingId } from '../ids.ts'
import type { MappingUrl } from '../mapping-url.ts'
import { maxNameLength } from '../text-rules.ts'
import { findCertificate } from './certificate-change.ts'
import { nextAccount } from './next-account.ts'

export interface Activation {
  readonly certificateId: CertificateId
  readonly serviceId: string
  readonly url: MappingUrl
}

/**
 * The mapping that an activation comes to where there is one already.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`; `MAPPING_ALREADY_EXISTS`: it is to another certificate
 */
export function activatedMapping(account: Account, { certificateId, serviceId, url }: Activation): Mapping | undefined {
  findCertificate(account, certificateId)
  const mapping = account.mappings.find((each) => each.serviceId === serviceId && each.url === url)
  if (mapping === undefined || mapping.certificateId === certificateId) return mapping
  throw new CodedError(
    'MAPPING_ALREADY_EXISTS',
    `The mapping "${mapping.name}" maps this service and url to another certificate. Change that mapping, or delete it first.`,
    { details: { mapping: { id: mapping.id, name: mapping.name } } },
  )
}

/**
 * Maps a service and url to a certificate, by a name of that certificate and a number; a mapping that is there already
 * is enabled. May be repeated.
 * @param id of the mapping if it is new
 * @throws CodedError as {@link activatedMapping}, `IDEMPOTENCY_KEY_REUSED`
 */
export function activateMapping(context: CommandContext, id: MappingId, activation: Activation): Command<Mapping> {
  return (account) => {
    const present = activatedMapping(account, activation)
    if (present?.enable) {
      refuseUsedKey(account, context.idempotency)
      return { account, result: present, revoked: [] }
    }
    const revision = account.revision + 1
    const mapping = present
      ? { ...present, enable: true, revision }
      : { ...activation, id, name: nameFor(account, activation), enable: true, revision }
    const mappings = present
      ? account.mappings.map((each) => (each === present ? mapping : each))
      : [...account.mappings, mapping]
    const description = { action: 'mappings.activate', subjects: [`${mapping.id} ${mapping.name}`] }
    return { account: nextAccount(account, context, description, { mappings }), result: mapping, revoked: [] }
  }
}

/** `c1-1`, `c1-2`, ...: the first that nobody has. */
function nameFor(account: Account, { certificateId }: Activation): string {
  const characters = [...findCertificate(account, certificateId).name]
  const taken = new Set(account.mappings.map(({ name }) => name))
  for (let number = 1; ; number++) {
    const suffix = `-${number}`
    const name = characters.slice(0, maxNameLength - suffix.length).join('') + suffix
    if (!taken.has(name)) return name
  }
}
