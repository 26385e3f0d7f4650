import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from '@jest/globals'

it.each([
  ['node:fs', () => readFileSync('/nowhere')],
  ['node:sqlite', () => new DatabaseSync(':memory:').exec('no SQL')],
  ['JSON', () => JSON.parse('{')],
])('gets errors of %s that are instances of Error', (_, fail) => {
  expect(fail).toThrow(Error)
})

it('gets bytes of Node that are instances of Uint8Array', () => {
  expect(Buffer.from('x')).toBeInstanceOf(Uint8Array)
  expect(new TextEncoder().encode('x')).toBeInstanceOf(Uint8Array)
})
