import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { tlsSuggestions } from '../../src/web/ui/target-tls.ts'

const labels = (message: string) => tlsSuggestions({ message }).map(({ label }) => label)

it('offers what the explanation of a call names, and nothing else', () => {
  const message = 'Until then, targetTls.legacyRenegotiation: true in the mapping lets its calls through.'
  expect(labels(message)).toEqual(['Allow legacy renegotiation'])
  expect(labels('bank.example did not answer in time.')).toEqual([])
  expect(tlsSuggestions(null)).toEqual([])
})

it('knows every setting that an explanation names', () => {
  const source = '../../../../packages/outbound/src/failures/transport-sentences.ts'
  const sentences = readFileSync(new URL(source, import.meta.url), 'utf8')
  const named = new Set(sentences.match(/targetTls\.\w+: (?:true|"[^"]+"|\[[^\]]+\])/g))
  expect(labels([...named].join('\n'))).toHaveLength(named.size)
})
