import { describe, expect, it } from '@jest/globals'
import { reasonsOf } from '../../src/vault/refusal-reasons.ts'

describe('the reasons of a refusal', () => {
  it.each([
    [['refused JSON input due to high complexity: exceeded maximum number of strings']],
    [['no handler for route "kv/data/accounts". route entry not found']],
    [['check-and-set parameter required for this call']],
  ])('are told as they are: %s', (errors) => {
    expect(reasonsOf(errors)).toBe(errors[0])
  })

  it.each([
    ['a token', 'permission denied for hvs.CAESIJlWLtDjhEXAMPLEEXAMPLE', 'permission denied for …'],
    ['a secret id', 'invalid 6e3cf8a2-8f4d-4f0e-9f0b-0a9a5f3d0a11!', 'invalid …!'],
    ['a key', 'no PEM: MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj+/==', 'no PEM: …'],
  ])('are told without %s', (_what, text, told) => {
    expect(reasonsOf([text])).toBe(told)
  })

  it('are one short line of texts, whatever is sent', () => {
    expect(reasonsOf(['one\n\ttwo', 3, null, { a: 1 }, 'three. '])).toBe('one two; three')
    expect(reasonsOf(['ab '.repeat(1_000_000)])).toHaveLength(201)
    expect(reasonsOf(['x'.repeat(10_000_000)])).toBe('…')
    expect(reasonsOf([])).toBe('')
  })
})
