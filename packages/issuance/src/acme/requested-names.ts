import { isIP } from 'node:net'
import { IssuerError } from '../issuer-error.ts'

/** RFC 8555 section 9.7.7, RFC 8738. */
export interface AcmeIdentifier {
  readonly type: 'dns' | 'ip'
  readonly value: string
}

export interface RequestedNames {
  readonly identifiers: readonly AcmeIdentifier[]
  /** DER, base64url: as an order is finalized. */
  readonly csr: string
}

/** Let's Encrypt's limit, and that of most others. Each one is an authorization, to be asked for on its own. */
const maxNames = 100
const maxNameLength = 253
const commonName = 'common name'
const dnsName = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * What a signing request asks for, in ACME's terms: its common name and its alternative names, each once. A server
 * compares both sets when the order is finalized (RFC 8555 section 7.4), so that leaving one out would only fail later.
 * @throws IssuerError ISSUER_REFUSED
 */
export async function requestedNames(csr: string): Promise<RequestedNames> {
  const { request, alternative } = await readRequest(csr)
  const commonNames = request.subjectName.getField('CN').map((value) => ({ type: commonName, value }))
  const identifiers = new Map<string, AcmeIdentifier>()
  for (const name of [...commonNames, ...alternative]) {
    const identifier = identifierOf(name)
    identifiers.set(`${identifier.type} ${identifier.value}`, identifier)
  }
  if (identifiers.size === 0) {
    throw refused('An ACME CA signs DNS names, and the request has none. Add the name of a host to it.')
  }
  if (identifiers.size > maxNames) {
    throw refused(`The request has ${identifiers.size} names, and an ACME CA takes ${maxNames} at most.`)
  }
  return { identifiers: [...identifiers.values()], csr: Buffer.from(request.rawData).toString('base64url') }
}

async function readRequest(csr: string) {
  // Deployments without such an issuer never need it. tsyringe, below it, refuses to load without reflect-metadata.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  try {
    const request = new x509.Pkcs10CertificateRequest(csr)
    const names = request.extensions.find((each) => each instanceof x509.SubjectAlternativeNameExtension)?.names
    return { request, alternative: names?.items ?? [] }
  } catch (error) {
    throw new IssuerError('ISSUER_REFUSED', 'The order has no signing request that can be read.', { cause: error })
  }
}

function identifierOf({ type, value }: { readonly type: string; readonly value: string }): AcmeIdentifier {
  const family = isIP(value)
  if ((type === 'ip' || type === commonName) && family !== 0) {
    return { type: 'ip', value: family === 4 ? value : canonicalIpv6(value) }
  }
  const mayBeHost = (type === 'dns' || type === commonName) && family === 0 && value.length <= maxNameLength
  if (mayBeHost && dnsName.test(value)) return { type: 'dns', value: value.toLowerCase() }
  const shown = JSON.stringify(value.slice(0, maxNameLength))
  throw refused(
    `An ACME CA signs only DNS names and IP addresses, and the ${type} ${shown} is neither. Request it without this name.`,
  )
}

/** RFC 5952, as RFC 8738 demands. */
function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

function refused(message: string): IssuerError {
  return new IssuerError('ISSUER_REFUSED', message)
}
