import type { X509Certificate } from 'node:crypto'
import { UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { readableTime } from '@mtls-gateway/domain'
import { isVaultFailure, type VaultSession } from '@mtls-gateway/secret-store'
import { readCaCertificates } from '../check/foreign-pem.ts'
import type { Issuance, IssuanceOrder, Issuer } from '../issuer.ts'
import { IssuerError } from '../issuer-error.ts'
import type { IssuerProfile } from '../issuers.ts'
import { roleFaults } from './role-faults.ts'

export interface VaultPkiOptions {
  /** Taken over: {@link VaultPkiIssuer.close} closes it. */
  readonly session: VaultSession
  /** The mount of a PKI engine. */
  readonly mount: string
  readonly role: string
  readonly profile: Pick<IssuerProfile, 'keyTypes' | 'lifetimeSeconds'>
}

type Fields = Readonly<Record<string, unknown>>

/** The PKI engine of Vault or OpenBao, by the `sign` of a role. It answers at once. */
export class VaultPkiIssuer implements Issuer {
  readonly #options: VaultPkiOptions

  constructor(options: VaultPkiOptions) {
    this.#options = options
  }

  async issue({ csr }: IssuanceOrder, signal: AbortSignal): Promise<Issuance> {
    const { mount, role, profile } = this.#options
    await this.#refuseNearEnd(signal)
    const ttl = profile.lifetimeSeconds === undefined ? {} : { ttl: `${profile.lifetimeSeconds}s` }
    // Sent again only if it was certainly not done: another certificate would be of no use to anybody.
    const answer = await this.#ask('post', `${mount}/sign/${role}`, signal, { csr, format: 'pem', ...ttl })
    const { certificate, ca_chain, issuing_ca } = answer
    const chain: readonly unknown[] = Array.isArray(ca_chain) && ca_chain.length > 0 ? ca_chain : [issuing_ca]
    const certificates = [certificate, ...chain].filter((pem) => typeof pem === 'string').join('\n')
    return { state: 'issued', certificates }
  }

  /** Nothing is ever pending here. */
  collect(order: IssuanceOrder, _reference: string, signal: AbortSignal): Promise<Issuance> {
    return this.issue(order, signal)
  }

  async ca(_account: unknown, signal: AbortSignal): Promise<string> {
    const chain = await this.#readCa(signal)
    return chain.map((certificate) => certificate.toString()).join('')
  }

  async check(signal: AbortSignal): Promise<void> {
    const { mount, role, profile } = this.#options
    const faults = roleFaults(await this.#ask('get', `${mount}/roles/${role}`, signal), profile)
    if (faults.length > 0) {
      const message = `The role ${role} of the PKI engine at ${mount} has to be changed: ${faults.join('; ')}.`
      throw new IssuerError('ISSUER_REFUSED', message)
    }
    await this.#refuseNearEnd(signal)
  }

  async close(): Promise<void> {
    this.#options.session.close()
  }

  /** A certificate that outlives its CA is refused by targets on the CA's last day, not on its own. */
  async #refuseNearEnd(signal: AbortSignal): Promise<void> {
    const { mount, profile } = this.#options
    const [signing] = await this.#readCa(signal)
    const end = signing?.validToDate
    if (end !== undefined && end.getTime() < Date.now() + (profile.lifetimeSeconds ?? 0) * 1_000)
      throw expiresSoon(mount, end)
  }

  /** The CA that signs, then those above it. Nothing else that the server might answer with gets any further. */
  async #readCa(signal: AbortSignal): Promise<readonly X509Certificate[]> {
    const { mount } = this.#options
    const { ca_chain, certificate } = await this.#ask('get', `${mount}/cert/ca_chain`, signal)
    // Servers before 1.11 have it only as a certificate.
    const chain = ca_chain ?? certificate
    try {
      return readCaCertificates(typeof chain === 'string' ? chain : '')
    } catch (cause) {
      if (!(cause instanceof UnfitCertificate)) throw cause
      const message = `The PKI engine at ${mount} has no CA certificate that can be used. Generate or import one there.`
      throw new IssuerError('ISSUER_REFUSED', message, { cause })
    }
  }

  async #ask(method: 'get' | 'post', url: string, signal: AbortSignal, data?: object): Promise<Fields> {
    const { session } = this.#options
    try {
      const retried = method === 'get' ? (['not-done', 'unknown'] as const) : (['not-done'] as const)
      return await session.ask(
        retried,
        async (_vault, token, axios) => {
          const answer = await axios({ method, url, headers: { 'X-Vault-Token': token }, data })
          return fieldsOf(fieldsOf(answer.data).data)
        },
        signal,
      )
    } catch (error) {
      throw this.#asIssuerError(error, url)
    }
  }

  #asIssuerError(cause: unknown, path: string): unknown {
    const { mount, role } = this.#options
    const error = (code: IssuerError['code'], message: string) => new IssuerError(code, message, { cause })
    // What is no failure of Vault's is a credential that can't be read, or a closed session.
    if (!isVaultFailure(cause)) {
      return error(
        'ISSUER_FORBIDDEN',
        'The credential for Vault cannot be read. The operator of the gateway has to put it in place.',
      )
    }
    const { kind, reasons } = cause
    if (kind === 'forbidden') {
      return error('ISSUER_FORBIDDEN', `Vault forbids ${path}. The policy of the login has to allow it.`)
    }
    if (kind === 'no-login') return error('ISSUER_FORBIDDEN', `${cause.message} Give the issuer another credential.`)
    if (reasons.includes('sealed')) return error('ISSUER_SEALED', 'Vault is sealed. Its operators have to unseal it.')
    if (kind === 'missing' || reasons.includes('unknown role')) {
      return error(
        'ISSUER_REFUSED',
        `The PKI engine at ${mount} has no role ${role}. Create it, or correct the profile.`,
      )
    }
    if (reasons.includes('beyond the expiration of the CA')) return expiresSoon(mount)
    if (kind === 'refused') return error('ISSUER_REFUSED', `Vault does not sign this: ${reasons || cause.message}.`)
    return error('ISSUER_UNREACHABLE', `${cause.message} It is tried again later.`)
  }
}

function expiresSoon(mount: string, end?: Date): IssuerError {
  const when = end === undefined ? '' : ` on ${readableTime(end)}`
  return new IssuerError(
    'ISSUER_EXPIRES_SOON',
    `The CA at ${mount} expires${when}, before a certificate that it would sign now. Give the engine a new CA.`,
  )
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
