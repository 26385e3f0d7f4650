import { describe, expect, it } from '@jest/globals'
import { countDerElements } from '../../src/index.ts'

const der = (...bytes: readonly number[]) => Uint8Array.from(bytes)

describe('the elements of a text in DER', () => {
  it.each([
    ['a primitive one', der(0x02, 0x01, 0x05), 1],
    ['a sequence of two', der(0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x06), 3],
    ['an empty sequence', der(0x30, 0x00), 1],
    ['the value of an extension', der(0x04, 0x05, 0x30, 0x03, 0x82, 0x01, 0x61), 3],
    ['one that something follows', der(0x04, 0x08, 0x30, 0x03, 0x82, 0x01, 0x61, 0x02, 0x01, 0x00), 4],
    ['a string that only begins like one', der(0x04, 0x03, 0x30, 0x05, 0x61), 1],
    ['a long length', der(0x04, 0x81, 0x80, ...new Array<number>(128).fill(0)), 1],
  ])('are counted: %s', (_, text, count) => {
    expect(countDerElements(text)).toBe(count)
  })

  it.each([
    ['nothing', der()],
    ['half a header', der(0x30)],
    ['more than one', der(0x02, 0x01, 0x05, 0x00)],
    ['less than its length', der(0x30, 0x03, 0x02, 0x01)],
    ['an element that is longer than what holds it', der(0x30, 0x03, 0x02, 0x05, 0x01)],
    ['an indefinite length', der(0x30, 0x80, 0x00, 0x00)],
    ['a length of five bytes', der(0x04, 0x85, 0, 0, 0, 0, 1, 0)],
  ])('are not those of %s', (_, text) => {
    expect(countDerElements(text)).toBeUndefined()
  })

  it('may lie as deep as they like', () => {
    const levels = 200_000
    // Each with a length of four bytes, so that all headers are of one size.
    const text = new Uint8Array(levels * 6)
    for (let level = 0; level < levels; level++) {
      text.set([0x30, 0x84], level * 6)
      new DataView(text.buffer).setUint32(level * 6 + 2, (levels - level - 1) * 6)
    }
    expect(countDerElements(text)).toBe(levels)
  })
})
