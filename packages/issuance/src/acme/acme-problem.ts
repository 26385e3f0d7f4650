import { IssuerError, type IssuerErrorCode } from '../issuer-error.ts'

/** The types of RFC 8555 section 6.7 that say something here. Any other is as good as none. */
const meanings = {
  badNonce: ['ISSUER_UNREACHABLE', 'refuses every nonce that it has given. It is asked again later'],
  serverInternal: ['ISSUER_UNREACHABLE', 'has failed. It is asked again later'],
  rateLimited: ['ISSUER_UNREACHABLE', 'says that too much has been ordered lately. It is asked again later'],
  orderNotReady: ['ISSUER_UNREACHABLE', 'is not ready to sign. It is asked again later'],
  unauthorized: ['ISSUER_FORBIDDEN', 'does not let this account do that. Ask who runs the CA what it may order'],
  userActionRequired: ['ISSUER_FORBIDDEN', 'wants its operator to agree to something first, such as new terms'],
  badPublicKey: ['ISSUER_FORBIDDEN', 'does not take the account key. Use one of another type, such as EC P-256'],
  badSignatureAlgorithm: ['ISSUER_FORBIDDEN', 'does not take the type of the account key. Use EC P-256 or RSA'],
  accountDoesNotExist: ['ISSUER_ACCOUNT_MISSING', 'does not know the account. Check the account key'],
  externalAccountRequired: [
    'ISSUER_ACCOUNT_MISSING',
    'opens accounts only with an external account binding. Give its key id and key in the profile',
  ],
  rejectedIdentifier: ['ISSUER_REFUSED', 'does not sign one of these names. Ask for names that the CA allows'],
  unsupportedIdentifier: ['ISSUER_REFUSED', 'does not sign names of this kind. Ask for DNS names only'],
  badCSR: ['ISSUER_REFUSED', 'does not take this request. Try another key type, or other names'],
  malformed: ['ISSUER_REFUSED', 'does not understand the order, or no longer has it. Order again'],
  caa: ['ISSUER_REFUSED', 'may not sign one of these names: a CAA record of its domain forbids it'],
  compound: ['ISSUER_REFUSED', 'refuses several of these names. Ask for names that the CA allows'],
} as const satisfies Readonly<Record<string, readonly [IssuerErrorCode, string]>>

/** Why a name could not be proved; all of them stand for what the CA saw when it asked for the answer. */
const challengeProblems: ReadonlySet<string> = new Set([
  'connection',
  'dns',
  'incorrectResponse',
  'malformed',
  'rejectedIdentifier',
  'serverInternal',
  'tls',
  'unauthorized',
  'caa',
])

const namespace = 'urn:ietf:params:acme:error:'

/** An error that an ACME server answered. Of its text, nothing is kept: only what is known about its type. */
export class AcmeProblem extends Error {
  override readonly name = 'AcmeProblem'
  /** Undefined: none of those that are known. */
  readonly type: keyof typeof meanings | undefined
  readonly status: number
  /** Whether it was an error of ACME at all, and not of something on the way there. */
  readonly #isAcme: boolean

  constructor(status: number, type: unknown) {
    super(`status ${status}`)
    this.status = status
    this.type = knownType(type, isMeaning)
    this.#isAcme = isAcmeType(type)
  }

  toIssuerError(): IssuerError {
    const [code, meaning] = this.type === undefined ? this.#byStatus() : meanings[this.type]
    const named = this.type ?? this.status
    return new IssuerError(code, `The ACME server ${meaning} (${named}).`, { cause: this })
  }

  #byStatus(): readonly [IssuerErrorCode, string] {
    if (this.status >= 500 || this.status === 429) return meanings.serverInternal
    if (this.status === 401 || this.status === 403) return meanings.unauthorized
    if (this.#isAcme) return ['ISSUER_REFUSED', 'refuses this. Ask who runs the CA']
    return ['ISSUED_NO_CERTIFICATE', 'answered something else. Check the directory url of the profile']
  }
}

/** The type of a problem below a challenge, if it is a known one. */
export function challengeProblem(type: unknown): string | undefined {
  return knownType(type, (name): name is string => challengeProblems.has(name))
}

function knownType<Name extends string>(type: unknown, isKnown: (name: string) => name is Name): Name | undefined {
  if (!isAcmeType(type)) return undefined
  const name = type.slice(namespace.length)
  return isKnown(name) ? name : undefined
}

function isAcmeType(type: unknown): type is string {
  return typeof type === 'string' && type.startsWith(namespace)
}

function isMeaning(name: string): name is keyof typeof meanings {
  return Object.hasOwn(meanings, name)
}
