/** A tenant's upload, not examined yet. */
export type KeyMaterialInput =
  /** `password` is undefined if none was given, which differs from an empty one. */
  | { readonly kind: 'pkcs12'; readonly bytes: Uint8Array; readonly password?: string }
  /** `certificate` is the leaf and its chain in any order; `passphrase` opens an encrypted private key. */
  | { readonly kind: 'pem'; readonly certificate: string; readonly privateKey: string; readonly passphrase?: string }
