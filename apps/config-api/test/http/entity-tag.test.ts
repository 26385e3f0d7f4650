import { describe, expect, it } from '@jest/globals'
import { ifMatchRevisions } from '../../src/http/entity-tag.ts'

describe('If-Match', () => {
  it.each([
    [undefined, undefined],
    ['*', undefined],
    ['"7"', [7]],
    ['"7", "12"', [7, 12]],
    ['"0"', [0]],
    ['"10"', [10]],
    ['W/"7"', []],
    ['"07"', []],
    ['"00"', []],
    ['7', []],
    ['"seven"', []],
    ['', []],
  ])('%p names the revisions %p', (header, revisions) => {
    expect(ifMatchRevisions(header)).toEqual(revisions)
  })
})
