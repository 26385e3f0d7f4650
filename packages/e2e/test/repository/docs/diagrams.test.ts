import { describe, expect, it } from '@jest/globals'
import { findChromium, withTools } from '@mtls-gateway/test-kit'
import { documents } from '../../support/documents.ts'
import { fetchedMermaids } from '../../support/mermaid.ts'
import { renderDiagrams } from '../../support/rendered-diagrams.ts'

const diagrams = documents.flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => language === 'mermaid')
    .map(({ text }) => ({ path, text, kind: text.split('\n')[0] })),
)
const mermaids = fetchedMermaids()

describe('the diagrams of the documents', () => {
  it('are there', () => {
    expect(diagrams.length).toBeGreaterThan(7)
  })

  // Mermaid ends a statement at each, in the middle of a sentence too.
  it.each(diagrams)('have no semicolon: $path, $kind', ({ text }) => {
    expect(text).not.toContain(';')
  })
})

if (mermaids.length === 0) {
  withTools(it, 'Mermaid')('Mermaid can read the diagrams of the documents', () => {
    expect(mermaids).not.toEqual([])
  })
}

for (const mermaid of mermaids) {
  describe(`Mermaid ${mermaid.version}`, () => {
    it.each(diagrams)('can read the diagram in $path: $kind', async ({ text }) => {
      await expect(mermaid.parse(text)).resolves.toBeTruthy()
    })

    // Parsing finds nearly all faults, without a browser. Drawing finds the rest, where there is one.
    withTools(it, 'Chromium')('can draw every diagram in Chromium', async () => {
      const drawn = await renderDiagrams(
        findChromium() ?? '',
        mermaid,
        diagrams.map(({ text }) => text),
      )
      expect(drawn).toEqual(diagrams.map(() => 'drawn'))
    })

    it('refuses what is no diagram', async () => {
      await expect(mermaid.parse('sequenceDiagram\n  a->>b: first; then another\n')).rejects.toThrow('Parse error')
    })
  })
}
