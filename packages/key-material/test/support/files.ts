import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import { type BagSpec, buildPfx, type PfxSpec } from './pkcs12-builder.ts'
import { type Protection, pbes2 } from './protections.ts'

export const password = 'correct horse'

export interface FileSpec extends Partial<Pick<PfxSpec, 'mac'>> {
  readonly password?: string | undefined
  /** The protection of key and certificates; null: none. */
  readonly key?: Protection | null
  readonly certificates?: Protection | null
  /** Attributes of the bags: the localKeyIDs fit each other unless told otherwise. */
  readonly keyBag?: { readonly alias?: string; readonly localKeyId?: string }
  readonly certificateBag?: { readonly alias?: string; readonly localKeyId?: string }
  /** More bags beside the certificate. */
  readonly more?: readonly BagSpec[]
}

/** A file of one key and its certificate, as most are, with one thing changed. */
export function p12(identity: Pick<IssuedCertificate, 'certificate' | 'privateKey'>, spec: FileSpec = {}): Buffer {
  const { key = pbes2(), certificates = pbes2(), more = [] } = spec
  const { keyBag = { localKeyId: 'a' }, certificateBag = { localKeyId: 'a' } } = spec
  return buildPfx({
    password: 'password' in spec ? spec.password : password,
    ...(spec.mac === undefined ? {} : { mac: spec.mac }),
    safes: [
      { protection: certificates, bags: [{ certificate: identity.certificate, ...certificateBag }, ...more] },
      { protection: null, bags: [{ privateKey: identity.privateKey, protection: key, ...keyBag }] },
    ],
  })
}
