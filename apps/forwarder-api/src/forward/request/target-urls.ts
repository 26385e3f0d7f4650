import { type ParsedTargetUrl, parseTargetUrl } from '@mtls-gateway/domain'

const maxUrls = 20_000
const maxCharacters = 4 * 1_048_576

/**
 * The target urls of calls, each parsed once while calls keep using it: parsing takes longer than finding the mapping.
 * There are two generations. When the young one is full it becomes the old one, and urls that are used again move to
 * the new young one. Keeping them in the order of their use would cost each call more.
 */
export class TargetUrls {
  #young = new Map<string, ParsedTargetUrl>()
  #old: ReadonlyMap<string, ParsedTargetUrl> = new Map()
  /** In the young generation. */
  #characters = 0

  /** @throws CodedError as `parseTargetUrl` does */
  parse(text: string): ParsedTargetUrl {
    const known = this.#young.get(text)
    if (known !== undefined) return known
    const parsed = this.#old.get(text) ?? parseTargetUrl(text)
    this.#keep(text, parsed)
    return parsed
  }

  #keep(text: string, parsed: ParsedTargetUrl): void {
    if (this.#young.size >= maxUrls || this.#characters + text.length > maxCharacters) {
      this.#old = this.#young
      this.#young = new Map()
      this.#characters = 0
    }
    this.#young.set(text, parsed)
    this.#characters += text.length
  }
}
