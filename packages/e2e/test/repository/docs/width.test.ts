import { describe, expect, it } from '@jest/globals'
import { currentDocuments } from '../../support/documents.ts'

/** In characters: what GitHub shows of a line of code beside its list of files. The rest has to be scrolled to. */
const visible = 114

describe('the width of documents', () => {
  it.each(currentDocuments)('leaves all code visible: $path', ({ blocks }) => {
    const lines = blocks.filter(({ language }) => language !== 'mermaid').flatMap(({ text }) => text.split('\n'))
    expect(lines.filter((line) => line.length > visible)).toEqual([])
  })
})
