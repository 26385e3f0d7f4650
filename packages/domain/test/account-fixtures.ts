import { createHash } from 'node:crypto'
import type {
  CertificateVersion,
  CommandContext,
  NewCertificate,
  NewMapping,
  RequestedVersion,
  UploadedVersion,
} from '../src/index.ts'
import {
  idleVersion,
  parseAccountId,
  parseCertificateId,
  parseMappingId,
  parseRecordId,
  parseTargetUrl,
} from '../src/index.ts'

export const accountId = parseAccountId('le123')

export function certificateId(value: number) {
  return parseCertificateId(value) ?? fail(value)
}

export function mappingId(value: number) {
  return parseMappingId(value) ?? fail(value)
}

export function context(changeId = 'change-1'): CommandContext {
  return { changeId: parseRecordId(changeId), at: '2026-01-02T03:04:05.000Z', actor: 'tester', address: '127.0.0.1' }
}

export function version(versionId: string, notAfter = '2030-01-01T00:00:00.000Z'): CertificateVersion {
  return {
    versionId: parseRecordId(versionId),
    keyId: parseRecordId(`key-${versionId}`),
    fingerprintSha256: createHash('sha256').update(versionId).digest('hex'),
    spkiSha256: 'c'.repeat(43),
    subject: 'CN=client',
    issuer: 'CN=ca',
    serialNumber: '01',
    keyType: 'EC-P256',
    notBefore: '2020-01-01T00:00:00.000Z',
    notAfter,
    clientAuth: 'present',
    createdAt: '2026-01-02T03:04:05.000Z',
    warnings: [],
  }
}

/** As it is staged. */
export function uploaded(versionId: string): UploadedVersion {
  return idleVersion(version(versionId))
}

/** A key that waits for its signed certificate; all of them have the same SPKI. */
export function request(key: string): RequestedVersion {
  const { spkiSha256, keyType, subject, createdAt } = version(key)
  return { keyId: parseRecordId(key), spkiSha256, keyType, subject, createdAt }
}

export function newCertificate(id: number, name: string): NewCertificate {
  return { id: certificateId(id), name, version: version(`v${id}`) }
}

export function newMapping(id: number, name: string, certificate: number, url = `https://t.example/${id}`): NewMapping {
  return {
    id: mappingId(id),
    name,
    serviceId: '1',
    url: parseTargetUrl(url).normalised,
    enable: true,
    certificateId: certificateId(certificate),
  }
}

function fail(value: unknown): never {
  throw new TypeError(`no id: ${value}`)
}
