import { type ParsedTargetUrl, parseTargetUrl } from '@mtls-gateway/domain'
import { LRUCache } from 'lru-cache'

const maxUrls = 20_000
const maxCharacters = 8 * 1_048_576

/** Urls that calls name, each parsed once while calls keep naming it: parsing costs more than finding its mapping. */
export class TargetUrls {
  readonly #parsed = new LRUCache<string, ParsedTargetUrl>({
    max: maxUrls,
    maxSize: maxCharacters,
    sizeCalculation: (_, text) => text.length,
  })

  /** @throws CodedError as `parseTargetUrl` does */
  parse(text: string): ParsedTargetUrl {
    const known = this.#parsed.get(text)
    if (known !== undefined) return known
    const parsed = parseTargetUrl(text)
    this.#parsed.set(text, parsed)
    return parsed
  }
}
