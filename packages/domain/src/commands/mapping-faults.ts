import type { Account } from '../account/account.ts'
import type { CommandContext } from '../account/command.ts'
import { activeSigningKey, signingKeyAlgorithmFor, unfitSigningKeySentence } from '../account/signing-key.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { CertificateId, MappingId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { type MessageSignature, signatureAlgorithmFor, unfitKeySentence } from '../mappings/message-signature.ts'
import { anyHostFault } from './any-host.ts'
import type { EntryFault } from './entry-faults.ts'
import { signingKeyFault } from './signing-keys.ts'

/** Faults of the ids in a list of updates: each must be there, and once. */
export function faultsOfIds(
  updates: readonly { readonly id: MappingId }[],
  present: ReadonlyMap<MappingId, Mapping>,
): readonly EntryFault[] {
  const seen = new Set<MappingId>()
  return updates.flatMap(({ id }, index): EntryFault[] => {
    if (!present.has(id)) return [{ index, code: 'MAPPING_NOT_FOUND', message: `This account has no mapping ${id}.` }]
    if (seen.size === seen.add(id).size) {
      return [{ index, code: 'VALIDATION_FAILED', message: 'This id is in the list twice.', field: 'id' }]
    }
    return []
  })
}

/** Faults of the entries against the account as it would be; an undefined entry is one that goes. */
export function faultsOf(
  account: Account,
  context: CommandContext,
  mappings: readonly Mapping[],
  entries: readonly (Mapping | undefined)[],
): readonly EntryFault[] {
  const certificates = new Map(account.certificates.map((certificate) => [certificate.id, certificate]))
  const { names, services } = countsOf(mappings, entries)
  return entries.flatMap((entry, index): EntryFault[] => {
    if (!entry) return []
    const faults: EntryFault[] = []
    if (!certificates.has(entry.certificateId)) {
      const message = `This account has no certificate ${entry.certificateId}.`
      faults.push({ index, code: 'MAPPING_CERTIFICATE_UNKNOWN', message, field: 'certificationId' })
    }
    if (Number(names.get(entry.name)) > 1) {
      const message = `The name "${entry.name}" is used by another mapping of this account.`
      faults.push({ index, code: 'MAPPING_NAME_TAKEN', message, field: 'name' })
    }
    if (Number(services.get(entry.url)?.get(entry.serviceId)) > 1) {
      const message = 'Another mapping of this account has the same service and url; update that one.'
      faults.push({ index, code: 'MAPPING_ALREADY_EXISTS', message, field: 'url' })
    }
    const ofSignature = signatureFault(account, entry, certificates)
    if (ofSignature) faults.push({ index, ...ofSignature })
    const ofAnyHost = anyHostFault(account, context, entry)
    if (ofAnyHost) faults.push({ index, ...ofAnyHost })
    const ofKey = signingKeyFault(account, entry)
    if (ofKey) faults.push({ index, ...ofKey })
    const ofTrust = trustFault(entry)
    if (ofTrust) faults.push({ index, ...ofTrust })
    return faults
  })
}

/** That the certificate which signs is there, and has a key for it, as far as that is known before it is signed. */
function signatureFault(
  account: Account,
  { messageSignature, certificateId: own }: Mapping,
  certificates: ReadonlyMap<CertificateId, Certificate>,
): Omit<EntryFault, 'index'> | undefined {
  if (messageSignature === undefined) return undefined
  if (messageSignature.signingKey) return unfitFault(account, messageSignature)
  const { certificateId = own } = messageSignature
  const certificate = certificates.get(certificateId)
  if (certificate === undefined) {
    if (certificateId === own) return undefined
    const message = `This account has no certificate ${certificateId}.`
    return { code: 'MAPPING_CERTIFICATE_UNKNOWN', message, field: 'messageSignature.certificationId' }
  }
  const keyType = certificate.current?.keyType
  if (keyType === undefined || signatureAlgorithmFor(messageSignature, keyType) !== undefined) return undefined
  const message = unfitKeySentence(messageSignature, keyType)
  return { code: 'MESSAGE_SIGNATURE_INVALID', message, field: 'messageSignature.algorithm' }
}

/** That the account's key is for another algorithm. Whether there is one is the next question. */
function unfitFault(account: Account, signature: MessageSignature): Omit<EntryFault, 'index'> | undefined {
  const own = activeSigningKey(account, 'message-signature')?.algorithm
  if (own === undefined || signingKeyAlgorithmFor(signature, own) !== undefined) return undefined
  const message = unfitSigningKeySentence(signature, own)
  return { code: 'MESSAGE_SIGNATURE_INVALID', message, field: 'messageSignature.signingKey' }
}

/** That its trust list is none of the account, which therefore has found no record for it; undefined: nothing. */
export function trustFault({ targetTrust }: Pick<Mapping, 'targetTrust'>): Omit<EntryFault, 'index'> | undefined {
  const { trust, caRecordId } = targetTrust ?? {}
  if (trust === undefined || caRecordId !== undefined) return undefined
  const message = `This account has no trust list "${trust}".`
  return { code: 'MAPPING_TRUST_UNKNOWN', message, field: 'targetTrust.trust' }
}

/**
 * How many mappings have the names of the entries, and how many their urls and services. Others are not counted, and
 * no text is put together of url and service: for a thousand entries with long urls, that took 30 ms in one go.
 */
function countsOf(mappings: readonly Mapping[], entries: readonly (Mapping | undefined)[]) {
  const names = new Map<string, number>()
  const services = new Map<string, Map<string, number>>()
  for (const entry of entries) {
    if (!entry) continue
    names.set(entry.name, 0)
    const ofUrl = services.get(entry.url) ?? new Map<string, number>()
    services.set(entry.url, ofUrl.set(entry.serviceId, 0))
  }
  for (const mapping of mappings) {
    countUp(names, mapping.name)
    const ofUrl = services.get(mapping.url)
    if (ofUrl) countUp(ofUrl, mapping.serviceId)
  }
  return { names, services }
}

function countUp(counts: Map<string, number>, key: string): void {
  const count = counts.get(key)
  if (count !== undefined) counts.set(key, count + 1)
}
