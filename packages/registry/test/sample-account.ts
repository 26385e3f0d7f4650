import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import {
  type Account,
  type AccountId,
  type AppKey,
  type Certificate,
  type CertificateId,
  type CertificateVersion,
  type Change,
  type Handover,
  type Invitation,
  type Mapping,
  type MappingId,
  parseAccountId,
  parseCertificateId,
  parseMappingId,
  parseRecordId,
  parseTargetUrl,
  type RecordId,
} from '@mtls-gateway/domain'

export const accountId: AccountId = parseAccountId('le123')

export function newId(): RecordId {
  return parseRecordId(randomBytes(16).toString('base64url'))
}

type SampleCertificate = Certificate & { readonly current: CertificateVersion }

/** As config-api makes them: every value that differs from certificate to certificate is as random as a real one. */
export function sampleCertificate(name: string, id = randomNumber()): SampleCertificate {
  const issuedAt = randomInt(1_700_000_000, 1_780_000_000) * 1_000
  const createdAt = new Date(issuedAt + 86_400_000 + randomInt(86_400_000)).toISOString()
  return {
    id: certificateId(id),
    name,
    createdAt,
    updatedAt: createdAt,
    ...revisions(),
    current: {
      versionId: newId(),
      keyId: newId(),
      createdAt,
      warnings: [],
      fingerprintSha256: randomBytes(32).toString('hex'),
      spkiSha256: createHash('sha256').update(randomBytes(32)).digest('base64url'),
      subject: `CN=${name}.clients.example.com,OU=Integrations,O=Example Retail Group,C=DE`,
      issuer: 'CN=Partner Issuing CA 07,O=Partner Trust Services GmbH,C=DE',
      serialNumber: randomBytes(16).toString('hex'),
      keyType: 'RSA-2048',
      notBefore: new Date(issuedAt).toISOString(),
      notAfter: new Date(issuedAt + 397 * 86_400_000).toISOString(),
      clientAuth: 'present',
    },
  }
}

/** A replacement of it has made it the previous version of its certificate. */
export function withPrevious(certificate: Certificate): Certificate {
  const { versionId, keyId, fingerprintSha256, notAfter, createdAt } = sampleCertificate(certificate.name).current
  const replacedAt = new Date(Date.parse(createdAt) + randomInt(300 * 86_400_000)).toISOString()
  return { ...certificate, previous: { versionId, keyId, fingerprintSha256, notAfter, createdAt, replacedAt } }
}

/** Its key waits for the first signed certificate. */
export function pendingCertificate(name: string, id = randomNumber()): Certificate {
  const { current, currentSince: _, ...certificate } = sampleCertificate(name, id)
  const { keyId, spkiSha256, keyType, subject, createdAt } = current
  return { ...certificate, staged: { keyId, spkiSha256, keyType, subject, createdAt } }
}

export interface SampleMapping {
  readonly id?: number
  readonly name?: string
  readonly serviceId?: string
  readonly url?: string
  readonly certificate?: number
}

export function sampleMapping({
  id = randomNumber(),
  name = `m${id}`,
  serviceId = '1',
  url = `https://api.example.com/${id}`,
  certificate = 1,
}: SampleMapping = {}): Mapping {
  return {
    id: mappingId(id),
    name,
    serviceId,
    url: parseTargetUrl(url).normalised,
    enable: true,
    certificateId: certificateId(certificate),
    revision: 1,
  }
}

export function sampleAppKey(id: RecordId = newId()): AppKey {
  return { id, label: 'shop', scopes: ['forward'], createdAt: '2026-01-01T00:00:00.000Z', expiresAt: null }
}

/** Expires long after any test. */
export function sampleInvitation(id: RecordId = newId()): Invitation {
  return {
    id,
    label: 'Anna of Bank',
    scopes: ['mtls:read'],
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'https://issuer.example.com#user-1',
    expiresAt: '2100-01-01T00:00:00.000Z',
    codeSha256: randomBytes(32).toString('base64url'),
  }
}

/** Answered, with the longest note. */
export function sampleHandover(certificate: CertificateId, mappings: readonly MappingId[] = []): Handover {
  const at = '2026-01-01T00:00:00.000Z'
  const version = newId()
  return {
    ...{ id: newId(), certificateId: certificate, label: 'Anna of Bank', mappings, createdAt: at },
    ...{ createdBy: 'https://issuer.example.com#user-1', expiresAt: '2100-01-01T00:00:00.000Z' },
    codeSha256: randomBytes(32).toString('base64url'),
    opened: { at, version },
    registered: mappings.map((mapping) => ({ mapping, version, at })),
    note: randomBytes(375).toString('base64'),
  }
}

export function sampleChange(revision: number, changeId: RecordId = newId()): Change {
  return {
    changeId,
    revision,
    at: new Date(1_780_000_000_000 + revision * 60_000).toISOString(),
    actor: `https://issuer.example.com#user-${randomInt(20)}`,
    address: `203.0.113.${randomInt(255)}`,
    action: 'mappings.create',
    subjects: [`${randomNumber()} m${revision}`],
    subjectCount: 1,
  }
}

export function sampleAccount(parts: Partial<Account> = {}): Account {
  const { revision = 1 } = parts
  return {
    accountId,
    revision,
    certificates: [],
    mappings: [],
    appKeys: [],
    changes: [sampleChange(revision)],
    ...parts,
  }
}

/** By default 1,000 certificates, 10,000 mappings with urls of 80 characters, 50 app keys and 200 changes. */
export function largeAccount({ certificates = 1_000, mappings = 10_000 } = {}): Account {
  const held = Array.from({ length: certificates }, (_, n) => sampleCertificate(`partner-${n}`))
  return sampleAccount({
    revision: 11_000,
    certificates: held,
    mappings: Array.from({ length: mappings }, (_, n) =>
      sampleMapping({
        name: `mapping-${n}`,
        serviceId: String(randomInt(4)),
        url: randomUrl(n),
        certificate: held[randomInt(certificates)]?.id ?? 1,
      }),
    ),
    appKeys: Array.from({ length: 50 }, () => sampleAppKey()),
    changes: Array.from({ length: 200 }, (_, n) => sampleChange(10_801 + n)),
  })
}

/** 80 characters, with a UUID as webhooks' urls have it. */
function randomUrl(n: number): string {
  return `https://hooks${n % 40}.partner.example.com/v2/${randomUUID()}/`.padEnd(80, 'events-inbound-')
}

function revisions() {
  const revision = randomInt(1, 12_000)
  return { revision, currentSince: revision }
}

function randomNumber(): number {
  return randomInt(1_000_000_000, 9_999_999_999)
}

export function certificateId(id: number): CertificateId {
  return parseCertificateId(id) ?? fail()
}

export function mappingId(id: number): MappingId {
  return parseMappingId(id) ?? fail()
}

function fail(): never {
  throw new TypeError('not an id')
}
