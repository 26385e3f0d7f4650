import { BoundedMemo } from '@mtls-gateway/event-loop'
import { signatureBaseString } from './base-string.ts'

/** Longer than the paths of this gateway; at most some 4 MB. */
const limits = { maxTexts: 4_000, maxLength: 256 }

interface Start {
  readonly method: string
  readonly baseUrl: string
  readonly text: string
}

/**
 * What precedes the parameters in base strings, kept for each path of the last request to it: nearly all requests to
 * one have the same method and base url. Of no key, so that the time that it takes tells of none.
 */
export class BaseStringStarts {
  readonly #byPath = new BoundedMemo<Start>(limits)

  /** @param path as the request line has it, without its query */
  of(method: string, baseUrl: string, path: string): string {
    const kept = this.#byPath.get(path)
    if (kept !== undefined && kept.method === method && kept.baseUrl === baseUrl) return kept.text
    return this.#byPath.make(path, (path) => ({
      method,
      baseUrl,
      text: signatureBaseString(method, baseUrl + path, ''),
    })).text
  }
}
