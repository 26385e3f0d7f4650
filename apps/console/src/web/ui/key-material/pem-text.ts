const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----((?:[^-]|-(?!----))*)-----END \1-----/g

/** The parts of a PEM text as an upload has them: by the labels of its blocks, whatever is in them. */
export interface PemParts {
  readonly certificates: string
  readonly keys: string
}

export function pemParts(text: string): PemParts {
  const blocks = [...text.matchAll(block)]
  const joined = (areKeys: boolean) =>
    blocks
      .filter(([, label = '']) => label.endsWith('PRIVATE KEY') === areKeys)
      .map(([whole]) => whole)
      .join('\n')
  return { certificates: joined(false), keys: joined(true) }
}

/** PKCS#8 says so in its label, OpenSSL's own format in a header. */
export function isEncrypted(keys: string): boolean {
  return keys.includes('ENCRYPTED')
}
