import { signatureBaseString } from './base-string.ts'

/** Longer than the paths of this gateway, in characters. */
const longestKeptPath = 256
/** At most some 4 MB. */
const maxKept = 4_000

interface Start {
  readonly method: string
  readonly baseUrl: string
  readonly text: string
}

/**
 * What precedes the parameters in base strings, kept for each path of the last request to it: nearly all requests to one have the same
 * method and base url. Of no key, so that the time that it takes tells of none.
 */
export class BaseStringStarts {
  readonly #kept = new Map<string, Start>()

  /** @param path as the request line has it, without its query */
  of(method: string, baseUrl: string, path: string): string {
    const kept = this.#kept.get(path)
    if (kept !== undefined && kept.method === method && kept.baseUrl === baseUrl) return kept.text
    const text = signatureBaseString(method, baseUrl + path, '')
    if (path.length <= longestKeptPath) this.#keep(path, { method, baseUrl, text })
    return text
  }

  #keep(path: string, start: Start): void {
    // Those that are asked for are soon back; whoever invents more keeps no place from them.
    if (this.#kept.size >= maxKept) this.#kept.clear()
    // A copy: a piece of a request line would keep all of it.
    this.#kept.set(Buffer.from(path, 'latin1').toString('latin1'), start)
  }
}
