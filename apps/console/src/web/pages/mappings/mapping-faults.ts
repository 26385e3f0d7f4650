import { GatewayProblem } from '@mtls-gateway/client/page'
import { faultOf } from '../../ui/faults.ts'
import { tlsFaults } from '../../ui/target-tls.ts'
import { mostHeaders } from './target-auth-draft.ts'

/** What the gateway says against the fields of a mapping; of the second header field, as `headers.1.name`. */
export function mappingFaults(error: Error | null) {
  // Both are urls, and may be wrong in the same way.
  const tokenUrl = faultOf(error, 'tokenUrl')
  const urlCodes = ['TARGET_URL_NOT_CANONICAL', 'TARGET_URL_NOT_HTTPS', 'MAPPING_ALREADY_EXISTS']
  return {
    name: faultOf(error, 'name', 'MAPPING_NAME_TAKEN'),
    serviceId: faultOf(error, 'serviceId', 'UNKNOWN_SERVICE'),
    url: faultOf(error, 'url', ...(tokenUrl === undefined ? urlCodes : [])),
    certificationId: faultOf(error, 'certificationId'),
    answerTimeoutSeconds: faultOf(error, 'answerTimeoutSeconds') && 'Type a whole number from 1 to 600, or nothing.',
    caCertificates: faultOf(error, 'caCertificates', 'TARGET_TRUST_EMPTY', 'TARGET_TRUST_UNUSABLE'),
    trust: faultOf(error, 'trust', 'MAPPING_TRUST_UNKNOWN'),
    spkiPins: faultOf(error, 'spkiPins'),
    serverName: faultOf(error, 'serverName'),
    ...tlsFaults(error),
    authType: faultOf(error, 'targetAuth'),
    tokenUrl,
    clientId: faultOf(error, 'clientId'),
    method: faultOf(error, 'method'),
    issuer: faultOf(error, 'issuer'),
    clientSecret: secretFault(error, 'secret'),
    scope: faultOf(error, 'scope'),
    parameters: faultOf(error, 'parameters'),
    ...headerFaults(error),
    ...signatureFaults(error),
  }
}

function signatureFaults(error: Error | null) {
  const of = (field: string) => faultOf(error, `messageSignature.${field}`)
  return {
    signatureScheme: faultOf(error, 'messageSignature') ?? of('scheme') ?? of('signingKey'),
    signatureCertificate: of('certificationId'),
    signatureAlgorithm: of('algorithm'),
    signatureKeyId: of('keyId'),
    signedHeaders: of('headers'),
    signedComponents: of('components'),
    optionalHeaders: of('optionalHeaders'),
    signatureDigest: of('digest'),
    signatureHeaderName: of('headerName'),
    protectedMembers: of('protectedHeader'),
    signatureIssuedAt: of('issuedAt'),
  }
}

export function headerFaults(error: Error | null): Readonly<Record<string, string | undefined>> {
  const entries = Array.from({ length: mostHeaders }, (_, index) => {
    const [name, secret] = [`headers.${index}.name`, `headers.${index}.secret`]
    return [[name, faultOf(error, name)] as const, [secret, secretFault(error, secret)] as const]
  })
  return Object.fromEntries(entries.flat())
}

/** In the words of the form. */
function secretFault(error: Error | null, field: string): string | undefined {
  const fault = faultOf(error, field)
  if (fault === undefined || !hasCode(error, 'TARGET_SECRET_NEEDED')) return fault
  return 'Type it: none is stored for this host, token endpoint and client.'
}

function hasCode(error: Error | null, code: string): boolean {
  return error instanceof GatewayProblem && error.code === code
}
