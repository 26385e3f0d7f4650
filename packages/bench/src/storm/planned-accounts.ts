import { createHash, X509Certificate } from 'node:crypto'
import {
  type AccountId,
  type Applied,
  type CertificateId,
  createCertificates,
  type NewCertificate,
  type PlanChoices,
  parseAccountId,
  parseCertificateId,
} from '@mtls-gateway/domain'
import { AccountWriter, newRecordId, ownChange } from '@mtls-gateway/registry'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'

export interface PlannedAccounts {
  /** The data directory of the services, which have not started. */
  readonly directory: string
  readonly accounts: readonly AccountOfStorm[]
  /** All certificates are made of this one: making keys takes longer than storing them. */
  readonly identity: IssuedCertificate
}

export interface AccountOfStorm {
  readonly id: string
  readonly certificates: number
  /** Absent: nothing of it renews itself. */
  readonly plan?: PlanChoices
}

export function certificateIdOf(number: number): CertificateId {
  const id = parseCertificateId(number + 1)
  if (id === undefined) throw new TypeError(`no id: ${number}`)
  return id
}

/**
 * Writes accounts into an embedded store, each by one change, with keys and chains of their own: 10,000 certificates
 * take seconds, and through the API they take minutes.
 */
export async function writePlannedAccounts({ directory, accounts, identity }: PlannedAccounts): Promise<void> {
  const store = openEmbeddedStore({ directory })
  // The services start later, and read all there is.
  const writer = new AccountWriter({ store, changeFeed: { append: async () => {}, follow: neverFollowed } })
  try {
    for (const account of accounts) await writeAccount(writer, account, identity)
  } finally {
    await writer.close()
    await store.close()
  }
}

async function writeAccount(
  writer: AccountWriter,
  { id, certificates, plan }: AccountOfStorm,
  identity: IssuedCertificate,
): Promise<void> {
  const accountId = parseAccountId(id)
  const context = ownChange(Date.now())
  const entries: NewCertificate[] = []
  for (let number = 0; number < certificates; number++) {
    const version = await storeVersion(writer, accountId, identity)
    const createdAt = context.at
    entries.push({
      id: certificateIdOf(number),
      name: `c${number}`,
      version: { ...version, ...factsOf(identity), createdAt, warnings: [] },
    })
  }
  const create = createCertificates(context, entries)
  await writer.change(accountId, context.changeId, (before): Applied<unknown> => {
    const applied = create(before)
    if (plan === undefined) return applied
    const planned = applied.account.certificates.map((certificate) => ({ ...certificate, plan }))
    return { ...applied, account: { ...applied.account, certificates: planned } }
  })
}

async function storeVersion({ records }: AccountWriter, account: AccountId, identity: IssuedCertificate) {
  const [keyId, versionId] = [newRecordId(), newRecordId()]
  await records.put('keys', account, keyId, { privateKey: identity.privateKey })
  await records.put('chains', account, versionId, { leaf: identity.certificate, chain: identity.chain })
  return { keyId, versionId }
}

function factsOf({ certificate, fingerprintSha256 }: IssuedCertificate) {
  const { publicKey, subject, issuer, serialNumber, validFromDate, validToDate } = new X509Certificate(certificate)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return {
    fingerprintSha256,
    spkiSha256: createHash('sha256').update(spki).digest('base64url'),
    subject,
    issuer,
    serialNumber: serialNumber.toLowerCase(),
    keyType: 'EC-P256',
    notBefore: validFromDate.toISOString(),
    notAfter: validToDate.toISOString(),
    clientAuth: 'present',
  } as const
}

function neverFollowed(): never {
  throw new TypeError('nobody follows what is written before the services start')
}
