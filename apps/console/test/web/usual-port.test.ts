import { expect, it } from '@jest/globals'
import { withoutUsualPort } from '../../src/web/format/usual-port.ts'

it.each([
  ['https://bank.example:443/token', 'https://bank.example/token'],
  ['https://bank.example:443', 'https://bank.example'],
  ['https://[2001:db8::1]:443/', 'https://[2001:db8::1]/'],
  ['https://bank.example:8443/token', 'https://bank.example:8443/token'],
  ['https://bank.example/a:443/b', 'https://bank.example/a:443/b'],
])('a call to %s is one to %s', (called, mapped) => {
  expect(withoutUsualPort(called)).toBe(mapped)
})
