import { blank, byteOfDigits, percent, plus } from './percent-encoding.ts'
import { codes, type SortableText } from './sortable-text.ts'

const equals = 0x3d
const special = 256
/** The code of each character that is not an escape: one look-up for nearly every byte. */
const plainCodes = Uint16Array.from(codes)
for (const each of [percent, plus, equals]) plainCodes[each] = special

/** Reused by most forms: creating a buffer for each would cost more than decoding it. */
const scratch = Buffer.allocUnsafeSlow(2_048)

/** Decodes names and values of one form, into one buffer for all of them. */
export class FormDecoder {
  readonly #form: Uint8Array
  readonly #decoded: Buffer
  /** The end of the last text. */
  end = 0

  constructor(form: Uint8Array) {
    this.#form = form
    this.#decoded = form.length <= scratch.length ? scratch : Buffer.allocUnsafe(form.length)
  }

  /**
   * The text between two positions. A name ends before the first `=`.
   * @throws CodedError `OAUTH_MALFORMED`: a `%` that is not part of an escape
   */
  decode(from: number, to: number, isName: boolean): SortableText {
    const form = this.#form
    const decoded = this.#decoded
    let length = 0
    let at = from
    for (; at < to; at++) {
      const byte = form[at] as number
      let code = plainCodes[byte] as number
      if (code === special) {
        if (byte === percent) {
          // The last position is followed by an `&` or nothing, neither of which is a digit.
          code = codes[byteOfDigits(form[at + 1] ?? 0, form[at + 2] ?? 0)] as number
          at += 2
        } else if (byte === plus) code = codes[blank] as number
        else if (isName) break
        else code = codes[equals] as number
      }
      decoded[length++] = code
    }
    this.end = at
    return decoded.toString('latin1', 0, length)
  }
}
