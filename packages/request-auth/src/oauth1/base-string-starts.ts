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
 * The part of base strings before the parameters, kept per path from the last request to it: nearly all requests to a
 * path have the same method and base url. Independent of app keys, so that its timing reveals nothing about them.
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
