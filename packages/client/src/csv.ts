import type { Certificate, Mapping } from '@mtls-gateway/contract'

/** Lists as CSV (RFC 4180), with the names of the API, wherever they are made. */

type Value = string | number | boolean | null | undefined

export function certificatesCsv(certificates: readonly Certificate[]): string {
  const head = [
    ...['id', 'name', 'status', 'expirationDate', 'subject', 'issuer', 'serialNumber', 'keyType', 'clientAuth'],
    ...['fingerprintSha256', 'calls', 'lastUsedAt', 'createdAt', 'updatedAt'],
  ]
  const rows = certificates.map((one) => [
    ...[one.id, one.name, one.status, one.expirationDate, one.subject, one.issuer, one.serialNumber, one.keyType],
    ...[one.clientAuth, one.fingerprintSha256, one.usage?.calls, one.usage?.lastUsedAt, one.createdAt, one.updatedAt],
  ])
  return csvOf([head, ...rows])
}

export function mappingsCsv(mappings: readonly Mapping[]): string {
  const head = [
    ...['id', 'name', 'serviceId', 'url', 'certificationId', 'enable', 'answerTimeoutSeconds'],
    ...['succeededAt', 'failedAt', 'failureCode', 'failuresInARow'],
  ]
  const rows = mappings.map((one) => [
    ...[one.id, one.name, one.serviceId, one.url, one.certificationId, one.enable, one.answerTimeoutSeconds],
    ...[one.lastCalls?.succeededAt, one.lastCalls?.failedAt, one.lastCalls?.failureCode],
    one.lastCalls?.failuresInARow,
  ])
  return csvOf([head, ...rows])
}

function csvOf(rows: readonly (readonly Value[])[]): string {
  return rows.map((row) => `${row.map(fieldOf).join(',')}\r\n`).join('')
}

/**
 * A spreadsheet runs a cell as a formula that begins with one of these, also behind spaces, and where its own separator
 * cuts our field in two (OWASP, CSV injection); quotes at the beginning of such a part are taken away there. Whoever
 * uploads a certificate chooses its subject.
 */
const formula = /(^|[;,\t\r\n])[ "]*(?=[=+\-@\uff0b\uff0d\uff1d\uff20])/g

function fieldOf(value: Value): string {
  if (typeof value !== 'string') return value === null || value === undefined ? '' : String(value)
  const text = value.replaceAll(formula, "$&'")
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
