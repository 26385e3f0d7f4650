import { signOAuth1 } from '@mtls-gateway/request-signing'

/** What the placeholders of a case stand for. */
export interface Meaning {
  /** Scheme and authority of the forwarder. */
  readonly base: string
  readonly path: string
  /** The base url of a mapping, as a path. */
  readonly basePath: string
  readonly appKey: string
  readonly appSecret: string
  readonly targetUrl: string
  /** In `LP-authorization-override`. */
  readonly override: string
}

/** The bytes of a case as they are sent. */
export interface Filled {
  readonly bytes: Buffer
  /** The tokens of its urls, in order. */
  readonly tokens: readonly string[]
  /** Those of them that stand below the base url. */
  readonly below: readonly string[]
  /** How many of its requests the caller can have signed. */
  readonly signatures: number
}

const placeholder =
  /\{(sign|signbelow|form|wrong|url|below|host|path|override)(?: ([A-Z]{1,9}))?(?: ([^}\r\n]{0,200}))?\}/g

/**
 * Cases are kept with placeholders, as a signature is valid for a moment and a key: `{sign METHOD ?query}` is an
 * Authorization for that, `{form METHOD a=b}` one that covers a form, `{wrong METHOD}` one by another secret, and each
 * `{url}` has a token of its own. So has each `{below}`, a path below the base url; `{signbelow METHOD ?query}` signs
 * the last one.
 */
export function fill(input: Buffer, meaning: Meaning, number: number): Filled {
  const tokens: string[] = []
  const below: string[] = []
  const nextToken = () => tokens[tokens.push(`t-${number}-${tokens.length}e`) - 1] ?? ''
  let signatures = 0
  const { base, path, basePath, appKey, appSecret } = meaning
  const signed = (method = 'GET', query = '', formBody?: string, secret = appSecret, signedPath = path) => {
    const request = { method, url: base + signedPath + query, appKey, appSecret: secret }
    return signOAuth1(formBody === undefined ? request : { ...request, formBody })
  }
  const text = input.toString('latin1').replace(placeholder, (_, name: string, method?: string, more?: string) => {
    if (name === 'url') return `${meaning.targetUrl}/${nextToken()}`
    if (name === 'below') {
      below.push(nextToken())
      return `${basePath}/${below.at(-1)}`
    }
    if (name === 'host') return new URL(base).host
    if (name === 'path') return path
    if (name === 'override') return meaning.override
    if (name === 'wrong') return signed(method, '', undefined, 'wrong')
    signatures += 1
    if (name === 'form') return signed(method, '', more ?? '')
    const query = /^\?[\x21-\x7e]*$/.test(more ?? '') ? more : ''
    if (name === 'signbelow') return signed(method, query, undefined, appSecret, `${basePath}/${below.at(-1) ?? ''}`)
    return signed(method, query)
  })
  return { bytes: Buffer.from(text, 'latin1'), tokens, below, signatures }
}
