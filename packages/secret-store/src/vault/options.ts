import { X509Certificate } from 'node:crypto'
import { CodedError } from '@mtls-gateway/domain'

/** Gives a secret each time it is needed, so that one which was rotated meanwhile is taken up. */
export type SecretSource = () => Promise<string>

/** How the store gets its token. Mounts are below `auth/`. */
export type VaultAuth =
  | { readonly kind: 'token'; readonly token: SecretSource }
  | {
      readonly kind: 'app-role'
      readonly roleId: string
      readonly secretId: SecretSource
      /** `approle` unless given. */
      readonly mount?: string | undefined
    }
  | {
      readonly kind: 'kubernetes'
      readonly role: string
      /** The service account's token. */
      readonly jwt: SecretSource
      /** `kubernetes` unless given. */
      readonly mount?: string | undefined
    }

export interface VaultServerOptions {
  /** `https://vault.example:8200`, without a path. */
  readonly address: string
  /** Vault Enterprise, HCP and OpenBao. */
  readonly namespace?: string | undefined
  /** PEM; these instead of the system's CAs. */
  readonly caCertificates?: string | undefined
  /** The time that a call may take in all, with its login and retries, in milliseconds. 2,000 unless given. */
  readonly deadlineMs?: number | undefined
  /** Told with each answer how far the server's clock is ahead, in milliseconds: to half a second. Must not throw. */
  readonly onClock?: ((aheadMs: number) => void) | undefined
}

export interface VaultStoreOptions extends VaultServerOptions {
  readonly auth: VaultAuth
  /** The mount of a KV version 2 engine; `mtls-gateway` by default. */
  readonly mount?: string | undefined
}

export const defaultMount = 'mtls-gateway'
export const defaultDeadlineMs = 2_000

const mountPath = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/

/** @throws CodedError `CONFIGURATION_INVALID`, which never repeats what was given */
export function checkServerOptions({ address, namespace, caCertificates, deadlineMs }: VaultServerOptions): void {
  const url = URL.parse(address)
  // A path would be sent to a proxy that decides by it, a user and password would get into messages.
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
  if (!isOrigin) throw invalid('The address of Vault must be like https://vault.example:8200: no user, path or query.')
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw invalid('The address of Vault must begin with https://: over http, others on the network could read tokens.')
  }
  if (namespace !== undefined && !mountPath.test(namespace)) {
    throw invalid('The namespace of Vault must be like team or team/gateway.')
  }
  if (deadlineMs !== undefined && !(deadlineMs > 0)) throw invalid('The deadline for Vault must be above 0 ms.')
  if (caCertificates !== undefined && !isCertificate(caCertificates)) {
    throw invalid('The CA certificates for Vault must be PEM.')
  }
}

/** @throws CodedError `CONFIGURATION_INVALID` */
export function checkMount(mount: string): string {
  if (!mountPath.test(mount)) throw invalid('A mount of Vault must be like secret or team/secret.')
  return mount
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

/** TLS would take anything, and then trust nobody without saying why. */
function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}

function invalid(message: string): CodedError {
  return new CodedError('CONFIGURATION_INVALID', message)
}
