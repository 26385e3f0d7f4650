/** What a tenant hands in. Nothing in it has been looked at yet. */
export type KeyMaterialInput =
  /** `password` undefined: none was given, which is not the same as an empty one. */
  | { readonly kind: 'pkcs12'; readonly bytes: Uint8Array; readonly password?: string }
  /** `certificate` is the leaf and its chain in any order; `passphrase` opens an encrypted private key. */
  | { readonly kind: 'pem'; readonly certificate: string; readonly privateKey: string; readonly passphrase?: string }
