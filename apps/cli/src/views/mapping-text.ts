import type { LastCalls, Mapping, MessageSignature, TargetAuth, TargetTls, TargetTrust } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { facts, readableTime } from './lines.ts'

export function mappingText(mapping: Mapping): string {
  const { id, name, serviceId, url, certificationId, enable, targetTrust, targetTls } = mapping
  const { targetAuth, messageSignature, answerTimeoutSeconds, managedBy, lastCalls } = mapping
  return facts([
    ['id', String(id)],
    ['name', name],
    ['service', serviceId],
    ['url', url],
    ['certificate', certificationId],
    ['enabled', enable ? 'yes' : 'no: calls fail'],
    ['target', targetTrust && trustLine(targetTrust)],
    ['TLS', targetTls && tlsLine(targetTls)],
    ['wants', targetAuth && authLine(targetAuth)],
    ['signed', messageSignature && signatureLine(messageSignature)],
    ['answer', answerTimeoutSeconds === undefined ? undefined : `within ${answerTimeoutSeconds} s`],
    ['managed by', managedBy && `the document ${managedBy}`],
    ['calls', lastCalls && lastCallsLine(lastCalls)],
  ])
}

export function mappingTable(mappings: readonly Mapping[]): string {
  if (mappings.length === 0) return 'There is no mapping.'
  const rows = mappings.map(({ id, name, serviceId, enable, certificationId, url, lastCalls }) => [
    id,
    name,
    serviceId,
    enable ? 'yes' : 'no',
    certificationId,
    lastCalls === undefined ? '-' : callsWord(lastCalls),
    url,
  ])
  return table(['ID', 'NAME', 'SERVICE', 'ENABLED', 'CERTIFICATE', 'CALLS', 'URL'], rows)
}

function trustLine({ caCertificates, trust, spkiPins, serverName }: TargetTrust): string {
  const cas = caCertificates === '' ? 'lost: give them again' : 'of its own'
  return [
    ...(caCertificates === undefined ? [] : [`CAs ${cas}`]),
    ...(trust === undefined ? [] : [`CAs of the trust list ${trust}`]),
    ...(spkiPins === undefined ? [] : [`pins ${spkiPins.join(', ')}`]),
    ...(serverName === undefined ? [] : [`server name ${serverName}`]),
  ].join('; ')
}

function tlsLine({ minVersion, maxVersion, legacyRenegotiation, ciphers, groups }: TargetTls): string {
  return [
    ...(minVersion === undefined ? [] : [`at least ${minVersion}`]),
    ...(maxVersion === undefined ? [] : [`at most ${maxVersion}`]),
    ...(legacyRenegotiation === undefined ? [] : ['legacy renegotiation']),
    ...(ciphers === undefined ? [] : [`ciphers ${ciphers.join(', ')}`]),
    ...(groups === undefined ? [] : [`groups ${groups.join(', ')}`]),
  ].join('; ')
}

/** What a target wants beside the certificate. */
export function authLine(auth: TargetAuth): string {
  const { headers, tokenUrl, clientId, method, scope } = auth
  if (headers !== undefined) return headers.map(({ name }) => `${name} (stored)`).join(', ')
  const scopes = scope === undefined ? '' : `, scope ${scope}`
  return `a token of ${tokenUrl} for ${clientId}, by ${method}${scopes}`
}

function signatureLine({ scheme, certificationId, algorithm, headers, components, ...rest }: MessageSignature): string {
  const signed = [...(headers ?? components ?? []), ...(rest.optionalHeaders ?? [])]
  return [
    `by ${scheme}`,
    ...(certificationId === undefined ? [] : [`with certificate ${certificationId}`]),
    ...(rest.signingKey ? ['with the signing key of the account'] : []),
    ...(algorithm === undefined ? [] : [algorithm]),
    ...(signed.length === 0 ? [] : [signed.join(' ')]),
  ].join('; ')
}

function callsWord({ failuresInARow }: LastCalls): string {
  return failuresInARow === 0 ? 'succeed' : `fail (${failuresInARow})`
}

function lastCallsLine({ succeededAt, failedAt, failureCode, failuresInARow }: LastCalls): string {
  const row = failuresInARow > 1 ? `, ${failuresInARow} in a row` : ''
  return [
    ...(succeededAt === null ? [] : [`succeeded ${readableTime(succeededAt)}`]),
    ...(failedAt === null
      ? []
      : [`failed ${readableTime(failedAt)} (${failureCode ?? 'the target answered 5xx'})${row}`]),
  ].join('; ')
}
