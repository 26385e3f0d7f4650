import type { TargetTlsRequest } from '@mtls-gateway/contract'
import { CodedError, type MappingTls, offeredTlsVersions } from '@mtls-gateway/domain'
import { knownCiphers, knownGroups } from '@mtls-gateway/outbound'

const field = 'targetTls'

/**
 * What a mapping says of TLS, checked against what this process's OpenSSL has.
 * @throws CodedError `TARGET_TLS_INVALID`
 */
export function readTargetTls(body: TargetTlsRequest): MappingTls {
  const { minVersion, maxVersion, legacyRenegotiation, ciphers, groups } = body
  const tls: MappingTls = {
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(legacyRenegotiation && { legacyRenegotiation }),
    ...(ciphers && ciphers.length > 0 && { ciphers: namesOf('ciphers', ciphers) }),
    ...(groups && groups.length > 0 && { groups: namesOf('groups', groups) }),
  }
  if (Object.keys(tls).length === 0) {
    throw refusal(field, '"targetTls" says nothing. To remove it, send null.')
  }
  if (minVersion && maxVersion && minVersion > maxVersion) {
    throw refusal(`${field}.minVersion`, '"targetTls.minVersion" is above "targetTls.maxVersion".')
  }
  if (offeredTlsVersions(tls).length === 0) {
    throw refusal(
      field,
      '"targetTls" leaves no version of TLS: each version needs one of the ciphers and one of the groups, where they are named. Those of TLS 1.3 have names that begin with TLS_.',
    )
  }
  return tls
}

const kinds = {
  ciphers: {
    known: knownCiphers,
    advice: () =>
      'Write it as OpenSSL does, such as ECDHE-RSA-AES128-GCM-SHA256 or TLS_AES_128_GCM_SHA256. Those with DHE, PSK or SRP are not offered to any target.',
  },
  groups: { known: knownGroups, advice: () => `There are: ${[...knownGroups()].join(', ')}.` },
}

/** Each once, in their order. */
function namesOf(kind: keyof typeof kinds, names: readonly string[]): readonly string[] {
  const { known, advice } = kinds[kind]
  names.forEach((name, index) => {
    const path = `${field}.${kind}.${index}`
    if (!known().has(name)) throw refusal(path, `"${path}" is none that this gateway can offer. ${advice()}`)
  })
  return [...new Set(names)]
}

function refusal(path: string, message: string): CodedError {
  return new CodedError('TARGET_TLS_INVALID', message, { details: { field: path } })
}
