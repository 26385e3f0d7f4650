import {
  type Account,
  type Certificate,
  emptyAccount,
  type PlanChoices,
  parseAccountId,
  parseCertificateId,
  parseRecordId,
} from '@mtls-gateway/domain'

export const hourMs = 3_600_000
const plan: PlanChoices = { profile: 'test', renewAt: 0.5, test: 'auto', promote: 'auto', rollBack: 'auto' }

/** Valid since two hours ago: due if it expires before in two hours. */
export function plannedCertificate(number: number, leftMs = hourMs, planned = true): Certificate {
  const id = parseCertificateId(number)
  if (id === undefined) throw new TypeError('no id')
  const at = '2026-01-01T00:00:00.000Z'
  return {
    ...{ id, name: `c${number}`, createdAt: at, updatedAt: at, revision: 1, currentSince: 1 },
    current: {
      versionId: parseRecordId(`v${number}`),
      keyId: parseRecordId(`k${number}`),
      ...{ fingerprintSha256: '', spkiSha256: '', subject: '', issuer: '', serialNumber: '', keyType: 'EC-P256' },
      notBefore: new Date(Date.now() - 2 * hourMs).toISOString(),
      notAfter: new Date(Date.now() + leftMs).toISOString(),
      ...{ clientAuth: 'present', createdAt: at, warnings: [] },
    },
    ...(planned && { plan }),
  }
}

export function accountWith(name: string, certificates: readonly Certificate[], revision = 1): Account {
  return { ...emptyAccount(parseAccountId(name)), revision, certificates }
}
