import type { WrittenTexts } from '@mtls-gateway/test-kit'

/** Secrets that the test did not choose, by a label: a private key, an app secret, a token. */
export type Secrets = Readonly<Record<string, string | Uint8Array>>

/** Each secret that occurs in a text, plain, as hex or within base64, as `label in place`. */
export function leaksOf(secrets: Secrets, texts: WrittenTexts): string[] {
  return Object.entries(texts).flatMap(([place, text]) => {
    const written = Buffer.from(text)
    return Object.entries(secrets)
      .filter(([, secret]) => formsOf(Buffer.from(secret)).some((form) => written.includes(form)))
      .map(([label]) => `${label} in ${place}`)
  })
}

/** A signed JWT: both a token of a target and an assertion. Three letters of it alone stand in random ids as well. */
export const jwt = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/

function formsOf(secret: Buffer): (Buffer | string)[] {
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), secret]).toString('base64')
    const inside = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + secret.length) * 8) / 6))
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [secret, secret.toString('hex'), ...base64]
}
